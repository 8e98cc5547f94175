"""How far the rotor may turn in one train before the guard of the motor's power cuts it (SR-21)."""

from micropython import const

# Steps of the longest train that any step train takes.
_MAX_STEPS = const(8)


def edges_allowed(board):
    """Edges of the sensor on ROTOR that a train may give, by its steps (0 to 8): its own, and those of 1 uL, half of
    what SR-21 allows, so that what one train may add stays small beside what is summed over many. All 1 where no pin
    gives edges: the guard watches ENABLE then, whose own fall reaches it one cycle late, through the pin's
    synchroniser.

    With quadrature these are the edges of the first channel, which is what is counted too. Raises ValueError for a
    sensor too fine for the guard (over 255 edges in a train).
    """
    per_turn = 0 if board.ROTATION == "AS5600" else board.ROTOR_COUNTS_PER_REVOLUTION
    excess = max(-(-per_turn // board.MICROLITRES_PER_REVOLUTION), 1)
    steps_per_turn = board.STEPS_PER_REVOLUTION
    return bytes([-(-steps * per_turn // steps_per_turn) + excess for steps in range(_MAX_STEPS + 1)])
