"""The fake as a process of its own: python -m tests.fakes.google PORT KEY_FILE CSV_FILE

Holds one sheet with the rows of the CSV file, which anybody may read and write. A key file is written to KEY_FILE;
point the application at the fake with COMMANDA_GOOGLE_API_BASE.
"""

import csv
import sys
import time
from pathlib import Path

from tests.fakes.google import make_key_file, running

SHEET_ID = "1" * 30


def main(port: str, key_file: str, csv_file: str) -> None:
    with Path(csv_file).open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))
    with running(port=int(port)) as google:
        google.add(SHEET_ID, rows)
        Path(key_file).write_text(make_key_file(google))
        print(f"{google.base} · spreadsheet {SHEET_ID} · key file {key_file}", flush=True)
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main(*sys.argv[1:])
