"""`commanda backup` and `commanda restore`: the whole shop, as of one moment."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection as django_connection
from PIL import Image
from psycopg import sql

from commanda.catalog.models import Product
from commanda.catalog.services.products import update_product
from commanda.config import archive, backup, cli_django, embedded
from commanda.config.paths import UPLOAD_FOLDERS
from commanda.kernel.actor import system_actor
from commanda.orders.models import Order
from commanda.orders.services.attachments import attach_to_order
from tests.config.archives import files_of
from tests.factories.orders import make_order
from tests.factories.products import make_variant

# They share the folders of uploads of a worker's data directory.
pytestmark = pytest.mark.xdist_group("backup")


@pytest.fixture
def url() -> str:
    """The database of the test, as libpq takes it."""
    base, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    return f"{base}/{django_connection.settings_dict['NAME']}"


@pytest.fixture
def uploads() -> Iterator[Path]:
    """The data directory, without files of other tests."""
    for folder in UPLOAD_FOLDERS:
        shutil.rmtree(settings.DATA_DIR / folder, ignore_errors=True)
    yield settings.DATA_DIR
    for folder in UPLOAD_FOLDERS:
        shutil.rmtree(settings.DATA_DIR / folder, ignore_errors=True)


def picture(color: str) -> ContentFile:
    data = BytesIO()
    Image.new("RGB", (60, 40), color).save(data, "PNG")
    return ContentFile(data.getvalue(), name="x.png")


def fill() -> tuple[Product, Order]:
    """A small shop: stock, orders in several states, a picture and an attachment."""
    variant = make_variant(name="Thé vert", stock=500)
    for state in ("new", "confirmed", "shipped", "delivered", "returned"):
        order = make_order((variant, 2), state=state)
    product = update_product(
        actor=system_actor("test"), product_id=variant.product_id, fields={"picture": picture("red")}
    )
    attach_to_order(actor=system_actor("test"), order_id=order.pk, file=picture("blue"))
    return product, order


def digests(connection: psycopg.Connection) -> dict[str, str]:
    """Every table with a digest of all its rows, and every sequence with its last number."""
    tables = connection.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    ).fetchall()
    found = {}
    for (table,) in tables:
        query = sql.SQL(
            "SELECT count(*) || ':' || coalesce(md5(string_agg(t::text, '' ORDER BY t::text)), '') FROM {} t"
        )
        row = connection.execute(query.format(sql.Identifier(table))).fetchone()
        found[table] = str(row and row[0])
    return found


def make_backup(url: str, target: Path, *, with_key: bool = False) -> tuple[Path, archive.Manifest]:
    return backup.backup(
        url=url,
        data_dir=settings.DATA_DIR,
        target=target,
        with_key=with_key,
        named_files=cli_django.named_files(),
    )


def commanda(data_dir: Path, *arguments: str, url: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "commanda.config.cli", *arguments],
        env={**os.environ, "COMMANDA_DATA_DIR": str(data_dir), "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


class Shopkeepers:
    """Threads that take orders and change a picture until told to end."""

    def __init__(self, product: Product, variant_id: int) -> None:
        self._end = threading.Event()
        self.done = 0
        self._errors: list[BaseException] = []
        works = (lambda: self._order(variant_id), lambda: self._order(variant_id), lambda: self._paint(product))
        self._threads = [threading.Thread(target=self._work, args=(work,)) for work in works]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(60)
        assert self._errors == []

    def _work(self, work: Callable[[], None]) -> None:
        try:
            while not self._end.is_set():
                work()
                self.done += 1
        except BaseException as error:  # noqa: BLE001 - told in the test's own thread
            self._errors.append(error)
        finally:
            django_connection.close()

    def _order(self, variant_id: int) -> None:
        from commanda.catalog.models import Variant

        order = make_order((Variant.objects.get(pk=variant_id), 1), state="confirmed")
        attach_to_order(actor=system_actor("test"), order_id=order.pk, file=picture("green"))

    def _paint(self, product: Product) -> None:
        update_product(actor=system_actor("test"), product_id=product.pk, fields={"picture": picture("yellow")})


@pytest.mark.django_db(transaction=True)
def test_restored_shop_is_that_of_one_moment_when_backed_up_while_everybody_works(
    url: str, uploads: Path, empty_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    product, order = fill()
    moment: dict[str, Any] = {}
    one_moment = backup.one_moment

    @contextmanager
    def watched(url: str) -> Iterator[tuple[psycopg.Connection, str]]:
        with one_moment(url) as (connection, snapshot):
            moment["done"] = staff.done
            yield connection, snapshot
            moment["tables"] = digests(connection)

    monkeypatch.setattr(backup, "one_moment", watched)
    with Shopkeepers(product, order.lines.get().variant_id) as staff:
        path, manifest = make_backup(url, tmp_path)
        during = staff.done - moment["done"]
    assert during > 3, "nobody worked while the back-up was made"
    assert manifest.missing == []

    restored = commanda(empty_dir, "restore", str(path))
    assert restored.returncode == 0, restored.stderr
    assert "The key is not in the archive" in restored.stdout
    with embedded.start(empty_dir) as server, psycopg.connect(server.url) as there:
        assert digests(there) == moment["tables"]
        assert digests(there) != digests(psycopg.connect(url)), "the shop should have moved on meanwhile"
        for place in cli_django.named_files():
            names = there.execute(
                sql.SQL("SELECT {} FROM {}").format(sql.Identifier(place.column), sql.Identifier(place.table))
            ).fetchall()
            assert all((empty_dir / place.folder / name).is_file() for (name,) in names if name)
    books = commanda(empty_dir, "check-books")
    assert books.returncode == 0, books.stdout + books.stderr
    assert books.stdout.count("ok ") > 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_new", [False, True], ids=["old picture", "picture of this very moment"])
def test_picture_is_in_the_archive_when_it_is_replaced_right_after_the_moment(
    url: str, uploads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_new: bool
) -> None:
    product, _order = fill()
    colors = iter(["green", "yellow"])
    one_moment = backup.one_moment

    def paint() -> None:
        if color := next(colors, None):
            update_product(actor=system_actor("test"), product_id=product.pk, fields={"picture": picture(color)})

    @contextmanager
    def painted(url: str) -> Iterator[tuple[psycopg.Connection, str]]:
        if is_new:
            paint()
        with one_moment(url) as moment:
            paint()
            yield moment

    monkeypatch.setattr(backup, "one_moment", painted)
    assert make_backup(url, tmp_path)[1].missing == []


@pytest.mark.django_db(transaction=True)
def test_every_table_and_file_is_equal_when_restored_into_an_empty_database(
    url: str, uploads: Path, tmp_path: Path
) -> None:
    fill()
    path, manifest = make_backup(url, tmp_path / "shop.zip", with_key=True)
    assert path.stat().st_mode & 0o077 == 0
    assert len(manifest.uploads) == 2
    target, fresh = tmp_path / "there", f"{url}_restored"
    with psycopg.connect(url, autocommit=True) as here:
        here.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(fresh.rpartition("/")[2])))
        try:
            restored = commanda(target, "restore", str(path), url=fresh)
            assert restored.returncode == 0, restored.stderr
            with psycopg.connect(fresh) as there:
                assert digests(there) == digests(here)
            assert files_of(target) == files_of(uploads) != {}
            assert (target / "secret-key").read_bytes() == (uploads / "secret-key").read_bytes()
            assert (target / "secret-key").stat().st_mode & 0o077 == 0
            again = commanda(tmp_path / "third", "restore", str(path), url=fresh)
            assert (again.returncode, "not empty" in again.stderr) == (2, True)
        finally:
            here.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(fresh.rpartition("/")[2])))


@pytest.mark.django_db(transaction=True)
def test_file_is_named_when_the_disk_has_lost_it(url: str, uploads: Path, tmp_path: Path) -> None:
    product, _ = fill()
    (uploads / "media" / product.picture.name).unlink()
    assert make_backup(url, tmp_path)[1].missing == [f"media/{product.picture.name}"]


def test_uploads_of_all_models_lie_in_folders_that_are_backed_up() -> None:
    assert {place.folder.partition("/")[0] for place in cli_django.named_files()} == set(UPLOAD_FOLDERS)


def test_password_is_not_on_the_command_line_when_the_url_has_one() -> None:
    from commanda.config.pg_programs import _command

    line, variables = _command("pg_dump", "postgresql://shop:geheim@db.example/shop", [])
    assert "geheim" not in " ".join(line)
    assert variables["PGPASSWORD"] == "geheim"
