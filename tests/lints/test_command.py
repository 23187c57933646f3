import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "lints", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_command_names_file_line_and_code_when_a_rule_is_broken(tmp_path):
    file = tmp_path / "views.py"
    file.write_text("x = 1\norder.save()\n")
    result = run(str(tmp_path))
    assert result.returncode == 1
    assert result.stdout.startswith(f"{file.as_posix()}:2: CM101 ")
    assert "1 found" in result.stderr


def test_command_is_silent_when_all_is_well(tmp_path):
    (tmp_path / "views.py").write_text("x = 1\n")
    result = run(str(tmp_path))
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_command_says_so_when_a_path_is_missing():
    result = run("nowhere")
    assert result.returncode == 2
    assert "nowhere" in result.stderr
