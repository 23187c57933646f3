"""`make chaos`: exit code 1 when something was lost, done twice, left undone, or does not add up."""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.killing import plan
from tests.chaos.run import judge, run
from tests.config.running import READY_LINE, Up, free_port


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Kill parts of Commanda under load")
    parser.add_argument("--seconds", type=float, default=120.0, help="of load (default 120)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="decides what is killed when")
    parser.add_argument("--report", type=Path, help="write the report there, too")
    options = parser.parse_args()
    top = Path(tempfile.mkdtemp(prefix="commanda-chaos-"))
    top.chmod(0o711)
    say(f"Making a shop in {top}, seed {options.seed} …")
    up = Up(top / "var", free_port())
    try:
        up.wait_for(READY_LINE)
        report, journal, up = run(
            up, seconds=options.seconds, seed=options.seed, moments=plan(options.seed, options.seconds), say=say
        )
        code = up.end()
        report.wrong += [f"commanda up ended with code {code}:\n{up.text[-3000:]}"] if code else []
        judge(report, journal, up.data_dir)
    finally:
        up.end()
        shutil.rmtree(top, ignore_errors=True)
    say(f"\n{report}")
    if options.report:
        options.report.write_text(f"{report}\n", encoding="utf-8")
    return 1 if report.wrong else 0


def say(text):
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
