"""The commands that need Django; imported by `cli` without loading it until one of them runs."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commanda.config.cli_errors import CliError
from commanda.kernel.garbage import loading

if TYPE_CHECKING:
    from commanda.config.backup import FileColumn
    from commanda.insights.books import Book

UNDEFINED_TABLE = "42P01"


def manage(arguments: list[str]) -> int:
    """Run one of Django's management commands."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(["commanda manage", *arguments])
    return 0


def create_key(*, email: str, name: str) -> int:
    """Make an API key for the user with that e-mail and print it: the only time it can be read."""
    with _django():
        from commanda.accounts.models import User
        from commanda.accounts.services.api_keys import create_api_key
        from commanda.kernel.actor import system_actor

        user = User.objects.active().filter(email__iexact=email).first()
        if user is None:
            raise CliError(f"No active user has the e-mail {email}.")
        _, secret = create_api_key(actor=system_actor("cli"), user=user, name=name)
    print(secret)
    return 0


def backup(target: Path, *, with_key: bool) -> int:
    """Back up and say what is in the archive, and what is not."""
    with _django():
        from django.conf import settings

        from commanda.config.backup import KEY_FILE
        from commanda.config.backup import backup as make

        path, manifest = make(
            url=os.environ["DATABASE_URL"],
            data_dir=settings.DATA_DIR,
            target=target,
            with_key=with_key,
            named_files=named_files(),
        )
        key = settings.DATA_DIR / KEY_FILE
    print(f"{path} ({path.stat().st_size // 1024**2 + 1} MB): the database and {len(manifest.uploads)} uploaded files.")
    if not with_key and key.is_file():
        print(f"The key is not in it: keep a copy of {key} apart from the back-ups.")
    for name in manifest.missing:
        print(f"commanda: {name} is named in the database and was not on the disk", file=sys.stderr)
    return 0


def named_files() -> list["FileColumn"]:
    """Which columns of the models name uploaded files."""
    from django.apps import apps
    from django.conf import settings
    from django.db.models import FileField

    from commanda.config.backup import FileColumn

    return [
        FileColumn(
            table=model._meta.db_table,
            column=field.attname,
            folder=Path(field.storage.path("")).relative_to(settings.DATA_DIR).as_posix(),
            is_removable=hasattr(model, "removed_at"),
        )
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, FileField)
    ]


def rotate_key() -> int:
    """Seal all secrets of connections with the first key; 1 when some can be read with no key."""
    with _django():
        from commanda.kernel.actor import system_actor
        from commanda.privacy.services.rotate_key import rotate_key as rotate

        found = rotate(actor=system_actor("cli"))
    print(f"{found.total_qty} secrets: {found.changed_qty} sealed anew, the others were so already.")
    if not found.unreadable:
        print("COMMANDA_SECRETS_KEY needs no older key any more.")
        return 0
    for place in found.unreadable:
        print(f"commanda: {place} can be read with no key: name the older one too, or enter it again", file=sys.stderr)
    return 1


def import_file(file: str, *, source: str | None, dry_run: bool, as_json: bool) -> int:
    """Take in the orders of a CSV file or a workbook and say what came of each row.

    Rejected rows wait in the inbox with their reasons; they are no failure of the command.
    """
    with _django():
        from commanda.intake.services.import_file import import_file as take_in
        from commanda.kernel.actor import system_actor

        report = take_in(actor=system_actor("cli"), path=file, source_name=source, dry_run=dry_run).as_dict()
        lines = [json.dumps(report, ensure_ascii=False)] if as_json else list(_import_lines(report))
    print("\n".join(lines))
    return 0


def _import_lines(report: dict[str, Any]) -> Iterator[str]:
    would = "would be " if report["dry_run"] else ""
    yield f"{report['file']} → {report['source']}{' (dry run: nothing was changed)' if would else ''}"
    counts = ", ".join(f"{report[name]} {name}" for name in ("new", "changed", "unchanged", "rejected"))
    yield f"{report['read']} rows read: {counts}; {report['orders']} orders {would}made."
    for row in report["rejected_rows"]:
        for problem in row["problems"]:
            yield f"  row {row['row']}: {problem['message']} {problem['what_to_do']}".rstrip()


@contextmanager
def _django() -> Iterator[None]:
    """Set Django up; what is expected to go wrong ends in one line."""
    with loading():
        import django
        from django.db import DatabaseError
        from django.utils.translation import override

        django.setup()
        from commanda.kernel.errors import CommandaError

    # The terminal speaks English, as do all messages of this command.
    with override("en"):
        try:
            yield
        except CommandaError as error:
            raise CliError(f"{error} [{error.code}]") from None
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", None) == UNDEFINED_TABLE:
                raise CliError(
                    "The database is not set up for this version: run `commanda manage migrate`, or `commanda up`."
                ) from None
            raise CliError(f"The database refused: {' '.join(str(error).split())}") from None


def check_books(*, as_json: bool) -> int:
    """Compare all books as of one moment; 1 when one of them does not balance."""
    found: list[dict[str, Any]] = []
    with _django():
        from commanda.insights.services.keep import keep_sums

        while keep_sums():
            pass
        with _one_moment():
            for book in _books():
                found.append({"name": book.name, "balanced": book.is_balanced, "differences": book.differences})
                if not as_json:
                    _tell(book)
    is_balanced = all(each["balanced"] for each in found)
    if as_json:
        print(json.dumps({"balanced": is_balanced, "books": found}, ensure_ascii=False, default=str))
    return 0 if is_balanced else 1


def _books() -> "Iterator[Book]":
    """The one that takes minutes in a large shop comes last: what the others found is read meanwhile."""
    from commanda.insights.books import check_books, check_days, check_kept_sums

    yield from check_books()
    yield check_days()
    yield check_kept_sums()


def _tell(book: "Book") -> None:
    print(f"{'ok       ' if book.is_balanced else 'DIFFERENT'} {book.name}: {book.statement}")
    for row in book.differences:
        print("          ", ", ".join(f"{name} {value}" for name, value in row.items()))
    sys.stdout.flush()


@contextmanager
def _one_moment() -> Iterator[None]:
    """Show all statements the same state of the database, while others go on working."""
    from django.db import connection, transaction

    is_ours = not connection.in_atomic_block
    with transaction.atomic():
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
