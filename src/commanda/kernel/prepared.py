"""Queries of the ORM whose SQL is built once.

Building a query takes Django several times longer than PostgreSQL takes to answer it. What is asked thousands of times
an hour is written as usual, with `Param` where a value of each call stands, and kept:

    @prepared
    def _lease_of() -> QuerySet[Lease]:
        return Lease.objects.filter(agent_id=Param("agent"), until__gt=Param("at"))

    lease = _lease_of().first(agent=7, at=now())

What changes the SQL itself (which conditions there are) is an argument of the function: one query is kept for each. For
what an actor may see that is his `reach`, and `me` is given beside:

    @prepared
    def _calls(reach: Actor) -> QuerySet[Call]:
        return Call.objects.visible_to(reach).filter(order_id=Param("order"))

    calls = _calls(reach_of(actor)).all(order=7, me=actor.user_id)

PostgreSQL keeps them, too: values are bound there, and from the second time a connection asks, what it has parsed and
planned is used again. Written for what is found by a key; a list whose best plan depends on its values stays with the
ORM.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper
from django.db.models import BooleanField, Expression, Field, Func, Model, QuerySet
from django.db.models.query import ValuesListIterable

from commanda.kernel.actor import Actor
from commanda.kernel.arrays import as_array

M = TypeVar("M")
ME = "me"


class _PlannedCursor(ServerBindingCursor):
    """Binds values on the server, lists of numbers and texts as arrays in one text."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        if isinstance(params, dict):
            params = {name: as_array(value) if type(value) is list else value for name, value in params.items()}
        elif params:
            params = [as_array(value) if type(value) is list else value for value in params]
        return super().execute(query, params, **options)  # type: ignore[misc]  # the stubs know no base


# The stubs do not know what it takes: the connection of psycopg.
_PLANNED: Any = _PlannedCursor


class Param(Expression):
    """The place of a value that each call gives by name, wherever the ORM takes an expression."""

    def __init__(self, name: str, output_field: "Field[Any, Any] | None" = None) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, _compiler: Any, _connection: Any) -> Any:
        return "%s", (self,)


def any_of(field: str, name: str) -> Func:
    """A condition, that the field's value is in the list of this name: `filter(any_of("order_id", "ids"))`."""
    place, boolean = Param(name), BooleanField()
    return Func(field, place, template="%(expressions)s)", arg_joiner=" = ANY(", output_field=boolean)


def planned_cursor() -> CursorWrapper:
    """A cursor whose statements the server parses and plans once for each connection."""
    # Looked up once: each look through `django.db.connection` takes as long as what is looked for.
    connection: Any = connections[DEFAULT_DB_ALIAS]
    # What Django's `connection.cursor()` does with the cursors of the one kind that the settings choose; without the
    # first line what asks first in a request would not notice that the server was started again meanwhile.
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor: CursorWrapper = connection._prepare_cursor(_PLANNED(connection.connection))
    return cursor


# One for all: it is part of the key by which queries are kept, and takes long to compare for the first time.
_PERSON: Any = Param(ME)


def reach_of(actor: Actor) -> Actor:
    """What the actor may see, as an argument of a prepared query: his rights, and a place for who he is."""
    return Actor(_PERSON, "", permissions=actor.permissions, is_system=actor.is_system)


class Prepared(Generic[M]):
    """A query with its SQL. Calls give every `Param` a value; a missing or an unknown one raises `KeyError`.

    Only `me` may be given in vain: who sees everything is not asked who he is.
    """

    def __init__(self, rows: QuerySet[Any, M]) -> None:
        self._rows = rows
        self._compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        try:
            self._sql, self._parameters = self._compiler.as_sql()
            read = [expression for expression, *_rest in self._compiler.select[: self._compiler.col_count]]
            self._converters = self._compiler.get_converters(read)
        except EmptyResultSet:  # nothing is within reach
            self._sql, self._parameters, self._converters = "", (), {}
        # Tuples as the driver gives them need nothing more.
        self._is_as_fetched = rows._iterable_class is ValuesListIterable and not self._converters
        self._names = {part.name for part in self._parameters if isinstance(part, Param)}

    def all(self, **values: Any) -> list[M]:
        """The rows."""
        if not self._sql:
            return []
        if ME not in self._names:
            values.pop(ME, None)
        if values.keys() != self._names:
            raise KeyError(f"given {sorted(values)}, wanted {sorted(self._names)}")
        given = tuple(values[part.name] if isinstance(part, Param) else part for part in self._parameters)
        if self._is_as_fetched:
            return self._fetched(given)
        compiler = _twin(self._compiler)
        compiler.connection = connections[DEFAULT_DB_ALIAS]
        compiler.execute_sql = lambda *_args, **_kwargs: [self._fetched(given)]
        compiler.get_converters = lambda _expressions: self._converters
        query = _twin(self._rows.query)
        query.get_compiler = lambda *_args, **_kwargs: compiler
        rows = type(self._rows)(model=self._rows.model, query=query, using=DEFAULT_DB_ALIAS)
        for name in ("_iterable_class", "_fields", "_prefetch_related_lookups"):
            setattr(rows, name, getattr(self._rows, name))
        return list(rows)

    def _fetched(self, given: tuple[Any, ...]) -> list[Any]:
        with planned_cursor() as cursor:
            cursor.execute(self._sql, given)
            rows: list[Any] = cursor.fetchall()
            return rows

    def first(self, **values: Any) -> M | None:
        """The first row, None when there is none. The query itself says in which order, and that one is enough."""
        return next(iter(self.all(**values)), None)


def _twin(of: Any) -> Any:
    """What `copy` gives of an object without surprises, in a fifth of the time."""
    twin = object.__new__(type(of))
    twin.__dict__.update(of.__dict__)
    return twin


def attach(owners: Iterable[Model], name: str, rows: Iterable[Model]) -> None:
    """Give each owner its rows of a reverse relation, as `prefetch_related(name)` would have read them."""
    by_key = {owner.pk: owner for owner in owners}
    if not by_key:
        return
    relation: Any = next(iter(by_key.values()))._meta.get_field(name)
    found: dict[Any, list[Model]] = {key: [] for key in by_key}
    for row in rows:
        key = getattr(row, relation.field.attname)
        relation.field.set_cached_value(row, by_key[key])
        found[key].append(row)
    for key, owner in by_key.items():
        known: Any = relation.related_model._default_manager.none()
        known._result_cache, known._prefetch_done = found[key], True
        owner.__dict__.setdefault("_prefetched_objects_cache", {})[relation.cache_name] = known


def prepared(build: Callable[..., QuerySet[Any, M]]) -> Callable[..., Prepared[M]]:
    """Keep what `build` makes for each combination of its (hashable) arguments."""

    @lru_cache(maxsize=256)
    def kept(*shape: Any) -> Prepared[M]:
        return Prepared(build(*shape))

    return kept
