"""The archive of a back-up: one ZIP file with the dump, every uploaded file and a manifest.

    manifest.json   what made it, and size and SHA-256 of every other member
    database.dump   pg_dump's custom format
    media/… attachments/… receipts/… uploads/…   as below the data directory
    secret-key      only when asked for

The manifest is written last, so an archive that was cut short has none.
"""

import errno
import hashlib
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

from commanda.config.cli_errors import CliError
from commanda.config.paths import UPLOAD_FOLDERS

FORMAT: Final = 1
MANIFEST, DUMP, KEY = "manifest.json", "database.dump", "secret-key"
_BLOCK: Final = 1024 * 1024
NO_ROOM: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True)
class Member:
    """What the manifest says of one member: bytes, and their SHA-256 in hexadecimal."""

    size: int
    sha256: str


@dataclass
class Manifest:
    """What an archive holds and what made it; `missing` are files the database names and the disk did not have."""

    commanda: str
    made_at: str
    postgresql: str
    database_bytes: int
    migrations: list[str]
    format: int = FORMAT
    missing: list[str] = field(default_factory=list)
    files: dict[str, Member] = field(default_factory=dict)

    @property
    def has_key(self) -> bool:
        """True when the key file is in the archive."""
        return KEY in self.files

    @property
    def uploads(self) -> list[str]:
        """The names of the uploaded files."""
        return [name for name in self.files if name not in {DUMP, KEY}]

    @property
    def uploads_bytes(self) -> int:
        """What the uploaded files take on a disk."""
        return sum(self.files[name].size for name in self.uploads)


class ArchiveWriter:
    """Adds members; their sums are kept in `manifest`."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self._archive = archive
        self.manifest = manifest

    def add(self, name: str, fill: Callable[[Callable[[bytes], object]], None]) -> None:
        """Write one member: `fill` is given the function to write blocks with."""
        digest, size = hashlib.sha256(), 0
        info = zipfile.ZipInfo(name)
        # The dump is compressed already.
        info.compress_type = zipfile.ZIP_STORED if name == DUMP else zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16

        def write(block: bytes) -> None:
            nonlocal size
            digest.update(block)
            size += len(block)
            member.write(block)

        with self._archive.open(info, "w", force_zip64=True) as member:
            fill(write)
        self.manifest.files[name] = Member(size=size, sha256=digest.hexdigest())

    def add_file(self, name: str, path: Path) -> None:
        """Write one member from a file."""

        def fill(write: Callable[[bytes], object]) -> None:
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    write(block)

        self.add(name, fill)

    def close(self) -> None:
        """Write the manifest: from now on the archive is whole."""
        self._archive.writestr(MANIFEST, json.dumps(asdict(self.manifest), ensure_ascii=False, indent=1))


@contextmanager
def writing(path: Path, manifest: Manifest) -> Iterator[ArchiveWriter]:
    """A new archive, for its owner only; it appears under its name when it is whole and on the disk.

    Raises CliError when there is no room, or no right to write there.
    """
    draft = path.with_name(f".{path.name}.unfinished")
    try:
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        with draft.open("r+b") as file:
            with zipfile.ZipFile(file, "w", compresslevel=1) as archive:
                writer = ArchiveWriter(archive, manifest)
                yield writer
                writer.close()
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise no_room(path.parent, needed=0) from None
        raise CliError(f"Cannot write {path} ({error}). Choose another place.") from None
    finally:
        draft.unlink(missing_ok=True)


def no_room(place: Path, *, needed: int) -> CliError:
    """The error for a full disk; `needed` bytes, 0 when unknown."""
    free = shutil.disk_usage(place).free // 1024**2
    amount = f", {needed // 1024**2 + 1} MB needed" if needed else ""
    return CliError(
        f"The disk of {place} has no room ({free} MB free{amount}). Free some space or choose another disk; "
        "nothing was changed."
    )


class ArchiveReader:
    """An archive opened for reading, its manifest read and understood."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path = path
        self._archive = archive
        self.manifest = self._read_manifest()

    def verify(self) -> None:
        """Read everything once and compare it with the manifest. Raises CliError at the first difference."""
        for name in self.manifest.files:
            with self.member(name) as read:
                while read(_BLOCK):
                    pass

    @contextmanager
    def member(self, name: str) -> Iterator[Callable[[int], bytes]]:
        """Read a member in blocks; its end is reached only if size and sum are those of the manifest."""
        expected = self.manifest.files[name]
        digest, size = hashlib.sha256(), 0
        try:
            with self._archive.open(name) as member:

                def read(length: int) -> bytes:
                    nonlocal size
                    block = member.read(length)
                    digest.update(block)
                    size += len(block)
                    if not block and (size, digest.hexdigest()) != (expected.size, expected.sha256):
                        raise damaged(self.path, f"{name} is not what the manifest says")
                    return block

                yield read
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise damaged(self.path, f"{name}: {error}") from None

    def _read_manifest(self) -> Manifest:
        try:
            content: dict[str, Any] = json.loads(self._archive.read(MANIFEST))
            version = int(content["format"])
        except (KeyError, ValueError, TypeError, zipfile.BadZipFile, zlib.error) as error:
            raise damaged(self.path, f"no readable {MANIFEST}: {error}") from None
        if version > FORMAT:
            raise CliError(
                f"{self.path} was made by a newer Commanda ({content.get('commanda', 'unknown')}). "
                "Install that version, or a later one, and restore with it."
            )
        try:
            files = {_safe(name): Member(**member) for name, member in content.pop("files").items()}
            return Manifest(**content, files=files)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise damaged(self.path, f"the manifest is not understood: {error}") from None


@contextmanager
def reading(path: Path) -> Iterator[ArchiveReader]:
    """Open an archive. Raises CliError when there is none, it is damaged or of a newer format."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield ArchiveReader(path, archive)
    except FileNotFoundError:
        raise CliError(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise CliError(f"{path} is a directory; name the archive in it.") from None
    except zipfile.BadZipFile:
        raise damaged(path, "it is cut short, or no back-up at all") from None


def damaged(path: Path, detail: str) -> CliError:
    """The error for an archive that cannot be trusted."""
    return CliError(f"{path} is damaged ({detail}). Use another back-up, or fetch this one again; nothing was changed.")


def _safe(name: str) -> str:
    """The name, if it leads nowhere but into our own folders; raises ValueError otherwise."""
    parts = PurePosixPath(name).parts
    is_upload = len(parts) > 1 and parts[0] in UPLOAD_FOLDERS and ".." not in parts
    if name not in {DUMP, KEY} and not is_upload:
        raise ValueError(f"{name!r} does not belong there")
    return name
