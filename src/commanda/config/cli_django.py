"""The commands that need Django; imported by `cli` without loading it until one of them runs."""


def manage(arguments: list[str]) -> int:
    """Run one of Django's management commands."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(["commanda manage", *arguments])
    return 0


def import_file(file: str, *, source: str | None, dry_run: bool, as_json: bool) -> int:
    raise NotImplementedError


def check_books(*, as_json: bool) -> int:
    raise NotImplementedError


def create_key(*, email: str, name: str) -> int:
    raise NotImplementedError
