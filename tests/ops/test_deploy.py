"""The files in deploy/ name nothing that is not there: files, commands, options, variables, ports, figures."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from commanda.config.cli import _parser
from commanda.config.paths import BASE_DIR

DEPLOY = BASE_DIR / "deploy"
COMPOSE = (DEPLOY / "compose.yaml").read_text()
EXAMPLE = dict(
    line.split("=", 1) for line in (DEPLOY / "commanda.env.example").read_text().splitlines() if line[:1].isupper()
)
UNITS = sorted((DEPLOY / "systemd").iterdir())
SETTINGS = (BASE_DIR / "src" / "commanda" / "config" / "settings.py").read_text()
# What deploy/ itself fills in, and what others than Commanda read.
OF_DEPLOY = {"COMMANDA_HOST", "COMMANDA_TLS_DIR", "COMMANDA_IMAGE", "COMMANDA_WEB_WORKERS", "COMMANDA_WEB"}
OF_DEPLOY |= {"COMMANDA_EVENTS_AT", "POSTGRES_PASSWORD", "POSTGRES_USER", "POSTGRES_DB"}
VARIABLE = re.compile(r"\b(?:COMMANDA|DATABASE|POSTGRES)_[A-Z_]+\b")


def filled(text: str) -> str:
    """As compose puts the example's values in; what must be set gets something."""
    values = {name: value or "set" for name, value in EXAMPLE.items()}
    values |= {"COMMANDA_SECRETS_KEY": "", "COMMANDA_EMAIL_URL": "", "DATABASE_REPLICA_URL": ""}

    def put(found: re.Match[str]) -> str:
        return values.get(found["name"]) or (found["default"] or "")

    return re.sub(r"\$\{(?P<name>\w+)(?:(?::-)(?P<default>[^}]*)|:\?[^}]*)?\}", put, text)


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(filled(COMPOSE))["services"]
    return found


def understood(line: list[str]) -> bool:
    """Whether `commanda` takes these arguments; Django's own commands by their name."""
    if line[1] == "manage":
        from django.core.management import get_commands

        return line[2] in get_commands()
    return bool(_parser().parse_args(line[1:]))


def test_every_variable_is_one_that_commanda_or_deploy_knows() -> None:
    files = [file for file in DEPLOY.rglob("*") if file.is_file()]
    assert len(files) >= 9
    named = {name for file in files for name in VARIABLE.findall(file.read_text())}
    known = set(VARIABLE.findall(SETTINGS)) | OF_DEPLOY
    assert named - known == set()
    assert "DATABASE_REPLICA_URL" in named


def test_compose_runs_commands_that_exist_in_the_order_of_their_needs(services: dict[str, Any]) -> None:
    assert set(services) == {"database", "migrate", "web", "worker", "events", "proxy"}
    for name in ("web", "worker", "events"):
        assert understood(services[name]["command"]), name
        assert "migrate" in services[name]["depends_on"]
    for line in services["migrate"]["command"][2].split(" && "):
        assert understood(line.split())
    assert services["migrate"]["depends_on"]["database"]["condition"] == "service_healthy"
    assert services["proxy"]["environment"]["COMMANDA_WEB"] == "web:8000"
    assert services["proxy"]["environment"]["COMMANDA_EVENTS_AT"] == "events:8001"
    mounted = [volume.split(":")[0] for volume in services["proxy"]["volumes"]]
    assert (DEPLOY / mounted[0]).is_file()


def test_all_processes_share_the_directories_that_files_are_put_into(services: dict[str, Any]) -> None:
    code = "".join(file.read_text() for file in (BASE_DIR / "src" / "commanda").rglob("*.py"))
    folders = {"media", "mail", *re.findall(r'settings\.DATA_DIR\) / "(\w+)"', code)}
    assert len(folders) >= 5
    image = (DEPLOY / "Dockerfile").read_text()
    for name in ("web", "worker"):
        mounted = {volume.rpartition("/")[2] for volume in services[name]["volumes"]}
        assert folders == mounted
    assert all(re.search(rf"install --directory --owner=commanda .*\b{folder}\b", image) for folder in folders)


def test_settings_load_with_the_environment_that_compose_gives(services: dict[str, Any], tmp_path: Path) -> None:
    code = (
        "import json; from commanda.config import settings as s;"
        "print(json.dumps([s.ALLOWED_HOSTS, s.HTTPS, s.PUBLIC_URL, s.EMAIL_BACKEND, s.DATABASES['default']['HOST'],"
        "sorted(s.DATABASES), s.EVENTS_URL, s.METRICS_TOKEN]))"
    )
    given = {name: value or "" for name, value in services["web"]["environment"].items()}
    environment = {**given, "COMMANDA_DATA_DIR": str(tmp_path), "PATH": "/usr/bin"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    hosts, https, address, mail, database, databases, events, token = json.loads(done.stdout)
    assert hosts == ["orders.example.ma", "localhost"]
    assert (https, address, events, token) == (True, "https://orders.example.ma", "/events", "set")
    assert mail.endswith("filebased.EmailBackend")
    assert (database, databases) == ("database", ["default"])


def test_the_image_is_made_of_files_that_are_there_and_runs_as_nobody_special() -> None:
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    steps = [line.split(None, 1) for line in text.splitlines() if line and not line.startswith("#")]
    ignored = set((BASE_DIR / ".dockerignore").read_text().split())
    for word, rest in steps:
        if word == "COPY" and "--from" not in rest:
            for name in rest.split()[:-1]:
                assert (BASE_DIR / name).exists(), name
                assert name not in ignored
    assert [rest for word, rest in steps if word == "USER"] == ["commanda"]
    # By hash, and never the newest of anything that changes what runs.
    assert all("--require-hashes" in rest or "-e ." in rest for word, rest in steps if word == "RUN" and "pip" in rest)
    assert all(":latest" not in rest for word, rest in steps if word == "FROM")
    (command,) = [json.loads(rest) for word, rest in steps if word == "CMD"]
    assert understood(command)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_command_that_exists(unit: Path) -> None:
    lines = [line for line in unit.read_text().splitlines() if line.startswith("ExecStart=")]
    assert lines
    for line in lines:
        words = line.removeprefix("ExecStart=").replace("%i", "8100").split()
        assert words[0] == "/opt/commanda/.venv/bin/commanda"
        assert understood(words)
    assert "User=commanda" in unit.read_text()


def test_units_are_accepted_by_systemd_where_it_is_there(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        return
    for unit in UNITS:
        text = unit.read_text().replace("/opt/commanda/.venv/bin/commanda", sys.executable)
        (tmp_path / unit.name.replace("@.", "@8100.")).write_text(text.replace("%i", "8100"))
    names = [str(file) for file in sorted(tmp_path.iterdir())]
    done = subprocess.run(["systemd-analyze", "verify", *names], capture_output=True, text=True, check=False)
    told = [line for line in done.stderr.splitlines() if str(tmp_path) in line]
    assert told == [], done.stderr


def test_the_proxy_takes_the_clients_address_and_keeps_figures_and_queries_to_itself() -> None:
    text = (DEPLOY / "nginx" / "commanda.conf.template").read_text()
    assert text.count("{") == text.count("}")
    assert "X-Forwarded-For $remote_addr" in text
    assert "location = /metrics" in text
    assert not re.search(r"\$(request\b(?!_)|request_uri|args|query_string|http_referer)", text.split("server {", 1)[0])
    # The redirect to TLS is the one place where an address is passed on.
    assert text.count("$request_uri") == 1


def test_the_dashboard_shows_figures_that_are_collected() -> None:
    board = json.loads((DEPLOY / "monitoring" / "dashboard.json").read_text())
    asked = {target["expr"] for panel in board["panels"] for target in panel.get("targets", [])}
    rules = yaml.safe_load((DEPLOY / "monitoring" / "alerts.yaml").read_text())["groups"]
    asked |= {rule["expr"] for group in rules for rule in group["rules"]}
    assert len(asked) > 15
    source = "".join(
        file.read_text()
        for file in [*(BASE_DIR / "src/commanda/config/metrics").glob("*.py"), BASE_DIR / "src/commanda/events/app.py"]
    )
    collected = set(re.findall(r'"(commanda_[a-z_]+)"', source))
    for expression in asked:
        names = {
            re.sub(r"_(total|bucket|count|sum)$", "", name) for name in re.findall(r"commanda_[a-z_]+", expression)
        }
        assert names, expression
        assert names <= collected, names - collected


def test_no_file_names_a_registrys_host() -> None:
    for file in [*DEPLOY.rglob("*"), BASE_DIR / ".dockerignore"]:
        if file.is_file():
            assert not re.search(r"docker\.io|ghcr\.io|quay\.io|pypi\.org|npmjs", file.read_text()), file
