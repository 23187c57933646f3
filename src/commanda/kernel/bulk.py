"""Insert rows in sets: one statement whatever their number, without an object per row.

The model still says what a column holds when the caller is silent, so that a new column needs no change here.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from django.db import connection, models
from psycopg.types.json import Jsonb

from commanda.kernel.prepared import planned_cursor
from commanda.kernel.text import as_json

# Up to so many rows an INSERT takes fewer trips to the server than a COPY.
_FEW: Final = 4
# Defaults that are called and give the same each time.
_CONSTANT: Final = (models.NOT_PROVIDED, dict, list)


def insert_rows(model: type[models.Model], names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows of the columns `names`; other columns get the model's defaults, a missing key is drawn.

    Values are those of the database: JSON and arrays as text; moments, too, where there are many. One statement: an
    INSERT for a few rows, COPY for many. Raises what Django raises for the same row, and `TypeError` for a column whose
    default is another each time: it has to be named.
    """
    if not rows:
        return
    columns, rest = _shape(model, names)
    if len(rows) <= _FEW:
        values = [value for row in rows for value in (*row, *rest)]
        places = f"({', '.join(['%s'] * (len(names) + len(rest)))})"
        every = ", ".join([places] * len(rows))
        # Names of columns of a model, no input.
        statement = f"INSERT INTO {columns} VALUES {every}"  # noqa: S608  lint-ok: CM101 for services
        with planned_cursor() as cursor:
            cursor.execute(statement, values)
            return
    with connection.cursor() as cursor:
        writing: Any = cursor
        with connection.wrap_database_errors, writing.copy(f"COPY {columns} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row + rest)


@cache
def _shape(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    """The table with the columns that are written, those named first, and the values of the others."""
    silent = [field for field in model._meta.concrete_fields if field.column not in names and _is_written(field)]
    changing = [field.column for field in silent if callable(field.default) and field.default not in _CONSTANT]
    if changing:
        raise TypeError(f"{model.__name__}: name the columns {changing}, their defaults change")
    quote = connection.ops.quote_name
    usual = {str(field.column): _as_text(field.get_db_prep_save(field.get_default(), connection)) for field in silent}
    # What nobody names is NULL.
    rest = {column: value for column, value in usual.items() if value is not None}
    columns = ", ".join(map(quote, (*names, *rest)))
    return f"{quote(model._meta.db_table)} ({columns})", tuple(rest.values())


def _as_text(value: Any) -> Any:
    """JSON is written once, not for each row."""
    return as_json(value.obj) if isinstance(value, Jsonb) else value


def _is_written(field: "models.Field[Any, Any]") -> bool:
    """Whether an INSERT names the column: not one that the database fills itself."""
    return not (field.generated or field.db_default is not models.NOT_PROVIDED or isinstance(field, models.AutoField))
