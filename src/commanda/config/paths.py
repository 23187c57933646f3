"""Where things lie, for code that runs before Django; `settings` says the same (a test compares them)."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parents[3]
PACKAGE_DIR = Path(__file__).resolve().parents[1]
LOCALE_DIR = BASE_DIR / "locale"
# Everything people have uploaded, below the data directory (a test compares them with the models).
UPLOAD_FOLDERS = ("media", "attachments", "receipts", "uploads")


def data_dir() -> Path:
    """The directory of all state: COMMANDA_DATA_DIR, or `var/` beside the source."""
    return Path(os.environ.get("COMMANDA_DATA_DIR") or BASE_DIR / "var").resolve()


def node_modules() -> Path:
    """The directory with the front end's packages: COMMANDA_NODE_MODULES, or the checkout's own."""
    return Path(os.environ.get("COMMANDA_NODE_MODULES") or BASE_DIR / "node_modules")


def own_migrations() -> set[str]:
    """The migrations this version knows of our own apps: `orders.0001_initial`."""
    return {f"{path.parents[1].name}.{path.stem}" for path in PACKAGE_DIR.glob("*/migrations/[0-9]*.py")}
