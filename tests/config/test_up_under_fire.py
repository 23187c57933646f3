"""A minute of `make chaos`: parts of a running shop are killed under load, and nothing is lost or done twice."""

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.chaos.killing import SHORT, plan
from tests.chaos.run import judge, run
from tests.config.running import READY_LINE, Up, free_port, processes_of

pytestmark = pytest.mark.xdist_group("up")
SECONDS, SEED = 22.0, 6


def test_nothing_is_lost_or_done_twice_when_parts_are_killed_under_load():
    top = Path(tempfile.mkdtemp(prefix="commanda-chaos-"))
    top.chmod(0o711)
    up = Up(top / "var", free_port())
    try:
        up.wait_for(READY_LINE)
        moments = plan(SEED, SECONDS, targets=SHORT, pause=(5.0, 7.0))
        report, journal, up = run(up, seconds=SECONDS, seed=SEED, moments=moments)
        assert up.end() == 0, up.text[-3000:]
        judge(report, journal, up.data_dir)
        assert sum(bool(killed.pids) for killed in report.killed) >= len(SHORT), report
        assert report.wrong == [], str(report)
        assert processes_of(up.data_dir) == []
    finally:
        up.end()
        shutil.rmtree(top, ignore_errors=True)
