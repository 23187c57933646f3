"""Errors of the command line: one line for the person at the terminal, never a traceback."""

USAGE = 2


class CliError(Exception):
    """Ends the command with `text` on stderr and exit code 2."""

    def __init__(self, text: str, *, exit_code: int = USAGE) -> None:
        super().__init__(text)
        self.exit_code = exit_code
