"""Imports by processes of their own, as the worker's are."""

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings

from commanda.config.paths import BASE_DIR
from commanda.intake.locks import AlreadyRunning
from commanda.intake.services.import_file import ImportReport, import_file
from commanda.kernel.actor import system_actor


def start_child(file: Path, *arguments: str) -> subprocess.Popen[str]:
    """`import_child.py` on the database of the test."""
    at = urlsplit(os.environ["DATABASE_URL"])
    url = urlunsplit(at._replace(path=f"/{settings.DATABASES['default']['NAME']}"))
    return subprocess.Popen(
        [sys.executable, "-m", "tests.concurrency.import_child", str(file), *arguments],
        cwd=BASE_DIR,
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "commanda.config.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )


def import_when_free(file: Path) -> ImportReport:
    """The server notices the death of a client, and copies that of their process; until then the lock stands."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return import_file(actor=system_actor("test"), path=file)
        except AlreadyRunning:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
