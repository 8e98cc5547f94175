"""All hardware of an RP2040 board, constructed from its board.py."""

from thecal.drivers import motor
from thecal.drivers.analog import AnalogIn
from thecal.drivers.hardware_parts import Parts
from thecal.drivers.rotor_edges import edges_allowed


class Hardware(Parts):
    """board: a board module. button_changed: callable, called in interrupt context at each edge of a button.

    motor_was_off: how boot.py left the enable line.
    """

    def __init__(self, board, button_changed):
        self.motor_was_off = motor.is_off(board.PUMP_ENABLE_N)
        super().__init__(board, AnalogIn, button_changed)
        machines = (board.STEP_TRAIN_MACHINE, board.MOTOR_GUARD_MACHINE)
        rotor = None if board.ROTATION == "AS5600" else board.ROTOR
        edges = edges_allowed(board)
        if board.MOTOR == "STEP_DIR":
            from thecal.drivers.step_train_rp2 import StepTrain

            self.train = StepTrain(machines, board.PUMP_STEP, board.PUMP_ENABLE_N, rotor, edges)
        elif board.MOTOR == "FOUR_PHASE":
            from thecal.drivers.four_phase_rp2 import FourPhaseTrain

            self.train = FourPhaseTrain(machines, board.PUMP_PHASES[0], board.PUMP_ENABLE_N, rotor, edges)
        if board.ROTATION == "SLOTS":
            from thecal.drivers.rotation_rp2 import Rotation

            self.rotation = Rotation(board.ROTATION_MACHINE, rotor)
        elif board.ROTATION == "QUADRATURE":
            from thecal.drivers.quadrature_rp2 import Quadrature

            self.rotation = Quadrature(board.ROTATION_MACHINE, rotor, board.ROTOR_B)
