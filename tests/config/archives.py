"""What tests of back-ups share."""

from pathlib import Path

from commanda.config.paths import UPLOAD_FOLDERS


def files_of(data_dir: Path) -> dict[str, bytes]:
    """Every uploaded file below a data directory: name → content."""
    return {
        path.relative_to(data_dir).as_posix(): path.read_bytes()
        for folder in UPLOAD_FOLDERS
        for path in (data_dir / folder).rglob("*")
        if path.is_file()
    }
