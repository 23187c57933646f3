"""The fake as a process of its own: python -m tests.fakes.google [PORT] [KEY_FILE]

Holds one sheet of orders that anybody may write. The key file is written to KEY_FILE; point the application at it with
COMMANDA_GOOGLE_API_BASE.
"""

import sys
import time
from pathlib import Path

from tests.fakes.google import make_key_file, running
from tests.intake.helpers import row, sheet

SHEET_ID = "1" * 30


def main(port: str = "8099", key_file: str = "google-key.json") -> None:
    with running(port=int(port)) as google:
        google.add(SHEET_ID, sheet(*(row(number) for number in range(1, 41))))
        Path(key_file).write_text(make_key_file(google))
        print(f"{google.base} · spreadsheet {SHEET_ID} · key file {key_file}", flush=True)
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main(*sys.argv[1:])
