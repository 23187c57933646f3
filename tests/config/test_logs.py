"""The log: one JSON object a line, ours and that of the libraries alike."""

import json
import subprocess
import sys
from typing import Any

WRITE = """
import logging.config
import structlog
from commanda.config.logs import configure_logs
logging.config.dictConfig(configure_logs(debug=False))
structlog.stdlib.get_logger("commanda.intake").info("import.done", rows=3)
try:
    raise ValueError("no such sheet")
except ValueError:
    logging.getLogger("procrastinate.worker").exception("Job failed")
"""


def lines() -> list[dict[str, Any]]:
    done = subprocess.run([sys.executable, "-c", WRITE], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_lines_say_what_happened_when_we_and_when_a_library_write_them() -> None:
    ours, library = lines()
    assert (ours["event"], ours["rows"], ours["level"]) == ("import.done", 3, "info")
    assert (library["event"], library["level"]) == ("Job failed", "error")
    assert library["logger"] == "procrastinate.worker"
    assert library["exception"].endswith("ValueError")
    assert "Traceback" in library["exception"]
    assert ours["timestamp"].endswith("Z")
    assert library["timestamp"].endswith("Z")
