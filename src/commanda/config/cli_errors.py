"""Errors of the command line: one line for the person at the terminal, never a traceback."""

USAGE = 2


def no_right_to(error: PermissionError) -> str:
    """What to do about a file that another user (often root, by an earlier `sudo`) has made."""
    return (
        f"No right to use {error.filename}. It was made by another user: start Commanda as that user, "
        "or give the files of the data directory to yourself (sudo chown)."
    )


class CliError(Exception):
    """Ends the command with `text` on stderr and exit code 2."""

    def __init__(self, text: str, *, exit_code: int = USAGE) -> None:
        super().__init__(text)
        self.exit_code = exit_code
