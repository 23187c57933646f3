"""Data directories of their own for the tests of the embedded server, and a plain user to run it as."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from commanda.config import embedded, embedded_launch

AsPlainUser = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def empty_dir() -> Iterator[Path]:
    """A data directory that is not there yet; whatever runs on it at the end is stopped."""
    top = Path(tempfile.mkdtemp(prefix="commanda-t-"))
    # Every account may pass, as below /opt or /home.
    top.chmod(0o711)
    yield top / "var"
    if (top / "var").is_dir():
        embedded.stop(top / "var")
    shutil.rmtree(top)


@pytest.fixture(scope="session")
def made_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PostgreSQL data directory made by a first start, to copy from."""
    directory = tmp_path_factory.mktemp("made")
    with embedded.start(directory):
        pass
    return directory / "postgres"


@pytest.fixture
def data_dir(empty_dir: Path, made_data: Path) -> Path:
    """A data directory that has been started once and holds no rows."""
    shutil.copytree(made_data, empty_dir / "postgres")
    return empty_dir


@pytest.fixture
def plain_uid() -> int:
    """The user that `as_plain_user` runs as: ourselves, or `nobody` when the tests run as root."""
    return os.geteuid() or pwd.getpwnam("nobody").pw_uid


@pytest.fixture
def as_plain_user(plain_uid: int) -> AsPlainUser:
    """Run Python code as a user who is not root.

    Our Python may lie in root's own home: the launcher lets the user read there, but write nowhere.
    """

    def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-c", code, *arguments]
        if os.geteuid() == 0:
            group = str(pwd.getpwuid(plain_uid).pw_gid)
            line = [sys.executable, "-I", "-S", embedded_launch.__file__, str(plain_uid), group, *line]
        return subprocess.run(line, capture_output=True, text=True, check=False, timeout=180)

    return run
