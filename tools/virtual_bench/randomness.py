"""Random numbers that are the same on every interpreter and need no memory."""


def _scatter(seed, stream, prime):
    """A whole number from 0 to prime - 2; neighbouring seeds and streams come out far apart."""
    number = prime // 3
    for part in (seed, stream, seed // 1000, 77, stream + seed):
        # Squaring breaks the straight lines that the generator itself would keep between neighbours.
        number = (number + part) % prime
        number = (number * number + 4321) % prime
    return number % (prime - 1)


class Random:
    """Wichmann and Hill's generator (Applied Statistics 31, 1982, AS 183): all products stay below 2^23.

    seed: any whole number. stream: keeps the draws of one part of the bench apart from those of the others.
    """

    def __init__(self, seed, stream=0):
        self._a = 1 + _scatter(seed, stream, 30_269)
        self._b = 1 + _scatter(seed, stream, 30_307)
        self._c = 1 + _scatter(seed, stream, 30_323)

    def bell(self):
        """A whole number from -45447 to 45446, bell-shaped about 0 with a standard deviation of 15149.

        The sum of three even draws from about 30,300 numbers each: 3 deviations is the limit.
        """
        self._a = 171 * self._a % 30_269
        self._b = 172 * self._b % 30_307
        self._c = 170 * self._c % 30_323
        return self._a + self._b + self._c - 45_450

    def below(self, limit):
        """A whole number from 0 to limit - 1; limit at most 1,000,000."""
        return int(self.fraction() * limit)

    def fraction(self):
        """A float from 0 up to but not including 1."""
        self.bell()
        total = self._a / 30_269 + self._b / 30_307 + self._c / 30_323
        return total - int(total)

    def tolerance(self, half_width):
        """A float from -half_width to +half_width, the middle likelier: the spread of a part's property."""
        return self.bell() * half_width / 45_450
