"""A volume that starts no flash operation while the motor is powered.

On RP2040 an erase keeps interrupts off for 45 ms and more, so the processor could not answer the rotor in that time.
"""


class QuietVolume:
    """volume: see records.files. motor_powered: callable. wait: callable(ms), called until the train is over."""

    def __init__(self, volume, motor_powered, wait):
        self._volume = volume
        self._motor_powered = motor_powered
        self._wait = wait
        self.read = volume.read
        self.listdir = volume.listdir

    def write(self, path, data):
        self._when_quiet()
        self._volume.write(path, data)

    def append(self, path, data):
        self._when_quiet()
        self._volume.append(path, data)

    def remove(self, path):
        self._when_quiet()
        self._volume.remove(path)

    def mkdir(self, path):
        self._when_quiet()
        self._volume.mkdir(path)

    def _when_quiet(self):
        while self._motor_powered():
            self._wait(1)
