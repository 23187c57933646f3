"""The signing key: from the environment, otherwise made once and kept in the data directory."""

import os
import secrets
from pathlib import Path


def load_secret_key(data_dir: Path, from_environment: str) -> str:
    """Return the key; on the first start write a new one, readable by its owner only.

    Two processes starting at once agree: the file is created exclusively and the loser reads it.
    """
    if from_environment:
        return from_environment
    path = data_dir / "secret-key"
    data_dir.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
