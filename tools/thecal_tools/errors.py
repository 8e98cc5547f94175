"""What a verb raises for an expected failure: the command line prints it as one line and ends with its exit code."""


class ThecalError(Exception):
    """The text is one line that says what was wrong, where, and what to do. exit_code: 1, or 2 for bad input."""

    exit_code = 1
