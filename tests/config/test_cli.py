"""The console script, on the database of the tests."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commanda.accounts.services.api_keys import authenticate_key
from commanda.config import cli, embedded, prepare, up
from commanda.config.cli_errors import CliError
from commanda.orders.models import Order
from tests.factories.orders import make_order
from tests.factories.people import make_user
from tests.factories.products import make_variant

SHEET = """Référence;Date;Nom;Téléphone;Ville;Adresse;Produit;Quantité;Prix
A-1;2026-11-20;Hajar Test;0612345678;Casablanca;12 rue X;THE-1;2;199
A-2;2026-11-20;Ali Test;0698765432;Rabat;3 rue Y;INCONNU-9;1;99
"""


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "commandes.csv"
    path.write_text(SHEET)
    return path


def report_of(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.django_db
def test_import_makes_orders_once_when_the_file_is_given_twice(sheet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_variant(name="Thé vert", sku="THE-1", price="199.00", stock=10)
    assert cli.main(["import", str(sheet), "--source", "Feuille", "--json"]) == 0
    first = report_of(capsys)
    assert (first["source"], first["read"], first["new"], first["rejected"], first["orders"]) == (
        "Feuille",
        2,
        1,
        1,
        1,
    )
    assert cli.main(["import", str(sheet), "--source", "Feuille", "--json"]) == 0
    second = report_of(capsys)
    assert (second["new"], second["unchanged"], second["orders"]) == (0, 1, 0)
    assert Order.objects.count() == 1


@pytest.mark.django_db
def test_import_changes_nothing_and_explains_itself_when_dry(sheet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_variant(name="Thé vert", sku="THE-1", price="199.00", stock=10)
    assert cli.main(["import", str(sheet), "--dry-run"]) == 0
    text = capsys.readouterr().out
    assert "commandes.csv → commandes (dry run: nothing was changed)" in text
    assert "2 rows read: 1 new, 0 changed, 0 unchanged, 1 rejected; 1 orders would be made." in text
    assert "row 3: " in text
    assert Order.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content"), [("missing.csv", None), ("empty.csv", b""), ("picture.csv", b"\x89PNG\r\n\x1a\n\0\0")]
)
def test_import_ends_in_one_line_when_the_file_is_no_sheet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert cli.main(["import", str(tmp_path / name)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("commanda: ")
    assert error.count("\n") == 1


@pytest.mark.django_db
def test_check_books_ends_with_one_when_a_level_is_not_the_sum_of_its_movements(
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_variant(sku="THE-1", stock=10)
    assert cli.main(["check-books", "--json"]) == 0
    assert report_of(capsys)["balanced"] is True
    with connection.cursor() as cursor:
        cursor.execute("UPDATE stock_stocklevel SET on_hand = 11")
    assert cli.main(["check-books", "--json"]) == 1
    report = report_of(capsys)
    assert report["balanced"] is False
    (wrong,) = [book for book in report["books"] if not book["balanced"]]  # type: ignore[attr-defined]
    assert "THE-1" in str(wrong["differences"])
    assert cli.main(["check-books"]) == 1
    printed = capsys.readouterr().out
    assert f"DIFFERENT {wrong['name']}" in printed
    assert "THE-1" in printed


@pytest.mark.django_db(transaction=True)
def test_check_books_reads_one_moment_when_run_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    make_order(make_variant(stock=3))
    with CaptureQueriesContext(connection) as queries:
        assert cli.main(["check-books"]) == 0
    # What changed is kept before the books are opened.
    opened = [query["sql"] for query in queries].index("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    assert any("insights_dailysum" in query["sql"] for query in queries[:opened])
    assert not any("INSERT" in query["sql"] for query in queries[opened:] if "insights" not in query["sql"])
    assert queries[opened - 1]["sql"] == "BEGIN"
    assert "ok " in capsys.readouterr().out


@pytest.mark.django_db
def test_create_key_prints_a_key_that_signs_in_when_the_user_is_known(
    capsys: pytest.CaptureFixture[str],
) -> None:
    user = make_user("supervisor", email="chef@example.com")
    assert cli.main(["create-key", "--user", "CHEF@example.com", "--name", "Caisse"]) == 0
    secret = capsys.readouterr().out.strip()
    assert authenticate_key(secret).user_id == user.pk
    assert user.api_keys.get().name == "Caisse"


@pytest.mark.django_db
def test_create_key_says_so_when_nobody_has_the_e_mail(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["create-key", "--user", "who@example.com", "--name", "x"]) == 2
    assert capsys.readouterr().err == "commanda: No active user has the e-mail who@example.com.\n"


@pytest.mark.django_db
def test_command_says_what_to_run_when_the_database_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE accounts_apikey; ALTER TABLE accounts_user RENAME TO other")
    assert cli.main(["create-key", "--user", "a@example.com", "--name", "x"]) == 2
    error = capsys.readouterr().err
    assert "commanda manage migrate" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [[], ["fly"], ["import"], ["create-key", "--name", "x"], ["up", "--port", "70000"]]
)
def test_usage_is_shown_when_the_command_is_wrong(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage: commanda" in capsys.readouterr().err


def test_db_url_is_the_one_in_use_when_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop@db.example/shop")
    assert cli.main(["db-url"]) == 0
    assert capsys.readouterr().out == "postgresql://shop@db.example/shop\n"
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("COMMANDA_DATA_DIR", str(tmp_path))
    assert cli.main(["db-url"]) == 0
    printed = capsys.readouterr()
    assert printed.out == f"{embedded.default_url(tmp_path)}\n"
    assert "does not run now" in printed.err
    assert not (tmp_path / "postgres").exists()


def test_manage_starts_the_embedded_server_and_stops_it_when_done(data_dir: Path) -> None:
    environment = {**os.environ, "DATABASE_URL": "", "COMMANDA_DATA_DIR": str(data_dir)}
    code = "from django.db import connection; print(connection.cursor().execute('SELECT 41 + 1').fetchone()[0])"
    done = subprocess.run(
        [sys.executable, "-m", "commanda.config.cli", "manage", "shell", "--no-imports", "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "42\n", done.stderr
    assert not embedded.is_running(data_dir)


def test_up_refuses_when_the_database_is_too_old_or_away(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CliError, match="does not answer") as away:
        up._check_server("postgresql://shop:geheim@127.0.0.1:9/none")
    assert "geheim" not in str(away.value)
    monkeypatch.setattr(up, "OLDEST_POSTGRESQL", 990000)
    with pytest.raises(CliError, match="16 or newer is needed"):
        up._check_server(os.environ["DATABASE_URL"])


@pytest.mark.django_db
def test_half_a_demo_shop_is_thrown_away_when_it_lies_in_the_embedded_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with connection.cursor() as cursor:
        assert not prepare.demo_is_half_loaded(cursor)
        prepare._comment(cursor, prepare.HALF_LOADED)
        assert prepare.demo_is_half_loaded(cursor)
        with pytest.raises(SystemExit, match="interrupted in this database"):
            prepare._start_over(cursor)
        monkeypatch.setenv(prepare.EMBEDDED_VARIABLE, "1")
        prepare._start_over(cursor)
        assert not prepare.demo_is_half_loaded(cursor)
        cursor.execute("SELECT to_regclass('accounts_user') IS NULL")
        assert cursor.fetchone() == (True,)


def test_messages_have_no_password_when_the_database_refuses_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop:geheim@127.0.0.1:9/none")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(os.environ["DATABASE_URL"])
    done = subprocess.run(
        [sys.executable, "-m", "commanda.config.cli", "create-key", "--user", "a@example.com", "--name", "x"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "geheim" not in done.stderr
