"""`commanda backup` and `commanda restore`: the whole shop, as of one moment, all of it or nothing."""

import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
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
from commanda.config import archive, backup, cli_django, embedded, restore
from commanda.config.cli_errors import CliError
from commanda.config.paths import UPLOAD_FOLDERS
from commanda.kernel.actor import system_actor
from commanda.orders.models import Order
from commanda.orders.services.attachments import attach_to_order
from tests.factories.orders import make_order
from tests.factories.products import make_variant

# They share the folders of uploads of a worker's data directory.
pytestmark = pytest.mark.xdist_group("backup")


BACK_UP = """
import sys
from pathlib import Path
from commanda.config.backup import backup
from commanda.config.cli_errors import CliError
url, data_dir, target = sys.argv[1:]
try:
    backup(url=url, data_dir=Path(data_dir), target=Path(target), with_key=False, named_files=[])
except CliError as error:
    print(error)
"""


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


def files_of(data_dir: Path) -> dict[str, bytes]:
    return {
        path.relative_to(data_dir).as_posix(): path.read_bytes()
        for folder in UPLOAD_FOLDERS
        for path in (data_dir / folder).rglob("*")
        if path.is_file()
    }


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


@pytest.fixture(scope="module")
def small_url() -> Iterator[str]:
    """A database that is just enough to be backed up."""
    base, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    name = f"small_{os.getpid()}"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        with psycopg.connect(f"{base}/{name}") as database:
            database.execute("CREATE TABLE django_migrations (app text, name text)")
            database.execute("INSERT INTO django_migrations VALUES ('orders', '0001_initial')")
            database.execute("CREATE TABLE note AS SELECT n, md5(n::text) AS text FROM generate_series(1, 20000) n")
        yield f"{base}/{name}"
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def small_dir(tmp_path: Path) -> Path:
    """A data directory with one upload and a key."""
    (tmp_path / "small" / "media").mkdir(parents=True)
    (tmp_path / "small" / "media" / "a.webp").write_bytes(os.urandom(2000))
    (tmp_path / "small" / "secret-key").write_text("k")
    return tmp_path / "small"


@pytest.fixture
def made(small_url: str, small_dir: Path, tmp_path: Path) -> Path:
    """A good archive."""
    target = tmp_path / "shop.zip"
    return backup.backup(url=small_url, data_dir=small_dir, target=target, with_key=True, named_files=[])[0]


def rewritten(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """The archive with other members; its own check sums are right."""
    other = path.with_name("other.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return other


def cut_short(path: Path) -> Path:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size * 2 // 3)
    return path


def bit_turned(path: Path) -> Path:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    return path


def dump_exchanged(path: Path) -> Path:
    return rewritten(path, lambda name, data: data[:-1] + b"x" if name == archive.DUMP else data)


def manifest_changed(path: Path, **values: Any) -> Path:
    return rewritten(
        path,
        lambda name, data: json.dumps({**json.loads(data), **values}).encode() if name == "manifest.json" else data,
    )


def led_astray(path: Path) -> Path:
    def change(name: str, data: bytes) -> bytes:
        return data.replace(b'"media/', b'"media/../../') if name == "manifest.json" else data

    return rewritten(path, change)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (cut_short, "is damaged"),
        (bit_turned, "is damaged"),
        (dump_exchanged, "database.dump is not what the manifest says"),
        (led_astray, "does not belong there"),
        (lambda path: manifest_changed(path, format=2, commanda="9.0"), "newer Commanda (9.0)"),
        (lambda path: manifest_changed(path, migrations=["orders.9999_later"]), "with orders.9999_later"),
        (lambda path: rewritten(path, lambda _, __: b"{}"), "no readable manifest.json"),
    ],
)
def test_nothing_is_written_when_the_archive_cannot_be_trusted(
    made: Path, empty_dir: Path, spoil: Callable[[Path], Path], words: str
) -> None:
    with pytest.raises(CliError) as refused:
        restore.restore(archive=spoil(made), data_dir=empty_dir, url=None)
    assert words in str(refused.value)
    assert not empty_dir.exists() or {path.name for path in empty_dir.iterdir()} == {"up.lock"}


def test_target_stays_as_it_is_when_it_is_not_empty(made: Path, data_dir: Path, empty_dir: Path) -> None:
    with pytest.raises(CliError, match="has a database already"):
        restore.restore(archive=made, data_dir=data_dir, url=None)
    shutil.rmtree(data_dir / "postgres")
    (data_dir / "media" / "products").mkdir(parents=True)
    (data_dir / "media" / "products" / "a.webp").write_bytes(b"a")
    with pytest.raises(CliError, match="media has files already"):
        restore.restore(archive=made, data_dir=data_dir, url=None)
    assert (data_dir / "media" / "products" / "a.webp").read_bytes() == b"a"


def test_restore_starts_over_when_a_former_one_was_killed(made: Path, empty_dir: Path) -> None:
    (empty_dir / "media").mkdir(parents=True)
    (empty_dir / "media" / "half").write_bytes(b"half")
    (empty_dir / restore.STAGE).mkdir()
    manifest = restore.restore(archive=made, data_dir=empty_dir, url=None)
    assert set(files_of(empty_dir)) == set(manifest.uploads)
    assert not (empty_dir / restore.STAGE).exists()
    assert not embedded.is_running(empty_dir)


def test_nothing_is_left_when_the_loading_fails_halfway(
    made: Path, empty_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = rewritten(made, lambda name, data: data[: len(data) // 2] if name == archive.DUMP else data)
    # As if the checks before had let it through: pg_restore itself must say so, and all goes back.
    monkeypatch.setattr(archive.ArchiveReader, "verify", lambda self: None)
    with pytest.raises(CliError, match=r"database\.dump|pg_restore has failed"):
        restore.restore(archive=broken, data_dir=empty_dir, url=None)
    assert files_of(empty_dir) == {}
    assert not (empty_dir / "postgres").exists()
    assert not (empty_dir / restore.STAGE).exists()


def test_message_tells_the_room_needed_when_the_disk_is_full(
    made: Path, small_dir: Path, small_url: str, empty_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A real refusal of the kernel: no file of this process may grow beyond 100 kB.
    child = subprocess.run(
        [sys.executable, "-c", BACK_UP, small_url, str(small_dir), str(made.with_name("full.zip"))],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )
    assert "has no room" in child.stdout, child.stderr
    assert {path.name for path in made.parent.iterdir()} == {"shop.zip", "small"}
    assert list(small_dir.glob(".backup-*")) == []

    monkeypatch.setattr(restore.shutil, "disk_usage", lambda _place: SimpleNamespace(free=5 * 1024**2))
    with pytest.raises(CliError, match=r"has no room \(5 MB free, \d+ MB needed\)"):
        restore.restore(archive=made, data_dir=empty_dir, url=None)


@pytest.mark.django_db(transaction=True)
def test_file_is_named_when_the_disk_has_lost_it(url: str, uploads: Path, tmp_path: Path) -> None:
    product, _ = fill()
    (uploads / "media" / product.picture.name).unlink()
    assert make_backup(url, tmp_path)[1].missing == [f"media/{product.picture.name}"]


def test_back_up_refuses_when_it_would_overwrite_or_has_no_place(
    small_url: str, small_dir: Path, tmp_path: Path
) -> None:
    def make(target: Path, **options: Any) -> None:
        options = {"url": small_url, "data_dir": small_dir, "with_key": False, **options}
        backup.backup(target=target, named_files=[], **options)

    (tmp_path / "old.zip").touch()
    with pytest.raises(CliError, match="exists already"):
        make(tmp_path / "old.zip")
    with pytest.raises(CliError, match="There is no directory"):
        make(tmp_path / "none" / "new.zip")
    with pytest.raises(CliError, match="does not answer"):
        make(tmp_path / "new.zip", url="postgresql://shop@127.0.0.1:9/none")
    (small_dir / "secret-key").unlink()
    with pytest.raises(CliError, match="Back up without --with-key"):
        make(tmp_path / "new.zip", with_key=True)
    assert not (tmp_path / "new.zip").exists()


def test_key_of_the_target_stays_when_the_archive_has_another(made: Path, empty_dir: Path) -> None:
    empty_dir.mkdir()
    (empty_dir / "secret-key").write_text("other")
    with pytest.raises(CliError, match="another key than the one in the archive"):
        restore.restore(archive=made, data_dir=empty_dir, url=None)
    assert (empty_dir / "secret-key").read_text() == "other"


def test_uploads_of_all_models_lie_in_folders_that_are_backed_up() -> None:
    assert {place.folder.partition("/")[0] for place in cli_django.named_files()} == set(UPLOAD_FOLDERS)


def test_password_is_not_on_the_command_line_when_the_url_has_one() -> None:
    from commanda.config.pg_programs import _command

    line, variables = _command("pg_dump", "postgresql://shop:geheim@db.example/shop", [])
    assert "geheim" not in " ".join(line)
    assert variables["PGPASSWORD"] == "geheim"
