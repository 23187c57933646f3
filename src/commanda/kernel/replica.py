"""Reports read from a streaming replica, if there is one, and see whatever was committed before they began.

Settings have the replica as the database `replica` (`DATABASE_REPLICA_URL`). Before a reading the primary says how far
its log is written, and the replica is read when it has replayed that far within `REPLICA_WAIT_SECONDS`: so whoever has
saved something finds it. A replica that does not follow, or does not answer, is left alone for `REST_SECONDS`; the
primary answers then, as it does where there is no replica and within a transaction.
"""

import time
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

import structlog
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

P = ParamSpec("P")
T = TypeVar("T")

ALIAS: Final = "replica"
REST_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 0.01
WRITTEN: Final = "SELECT pg_current_wal_flush_lsn()::text"
# A server that was promoted replays no more and stays behind for good: it is not read, which is right.
REPLAYED: Final = "SELECT coalesce(pg_last_wal_replay_lsn() >= %s::pg_lsn, false)"
BEHIND: Final = "SELECT pg_wal_lsn_diff(%s::pg_lsn, pg_last_wal_replay_lsn())::bigint"

log = structlog.get_logger(__name__)

_from_replica: ContextVar[bool] = ContextVar("from_replica", default=False)


class _Rest:
    """Until when the replica is left alone; each process finds out for itself."""

    until = 0.0


class ReplicaRouter:
    """Sends what the ORM reads within `from_replica` to the replica, everything else to the primary."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        return ALIAS if _from_replica.get() else DEFAULT_DB_ALIAS

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db != ALIAS


def reading() -> BaseDatabaseWrapper:
    """The connection for SQL that reads: within `from_replica` the replica's."""
    return connections[ALIAS] if _from_replica.get() else connections[DEFAULT_DB_ALIAS]


def from_replica(read: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function that only reads: it reads from the replica where that may be.

    When the replica fails it in its middle (it ended; a row it read was vacuumed away) the function is called again,
    on the primary.
    """

    @wraps(read)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if not _may_be_read():
            return read(*args, **kwargs)
        token = _from_replica.set(True)
        try:
            return read(*args, **kwargs)
        except Error as error:
            _leave_alone(error)
        finally:
            _from_replica.reset(token)
        return read(*args, **kwargs)

    return run


def behind_bytes() -> int | None:
    """How much of the primary's log the replica has still to replay; None without one that answers."""
    if ALIAS not in settings.DATABASES:
        return None
    try:
        found = _ask(connections[ALIAS], BEHIND, _ask(connection, WRITTEN))
    except Error:
        connections[ALIAS].close()
        return None
    return None if found is None else max(int(found), 0)


def _may_be_read() -> bool:
    if ALIAS not in settings.DATABASES or _from_replica.get() or connection.in_atomic_block:
        return False
    if time.monotonic() < _Rest.until:
        return False
    written = _ask(connection, WRITTEN)
    until = time.monotonic() + settings.REPLICA_WAIT_SECONDS
    try:
        while not _ask(connections[ALIAS], REPLAYED, written):
            if time.monotonic() > until:
                _leave_alone(None)
                return False
            time.sleep(LOOK_SECONDS)
    except Error as error:
        _leave_alone(error)
        return False
    return True


def _leave_alone(error: Error | None) -> None:
    _Rest.until = time.monotonic() + REST_SECONDS
    log.warning("replica_not_read", reason="behind" if error is None else "failed", exc_info=error)
    if error is not None:
        connections[ALIAS].close()


def _ask(database: BaseDatabaseWrapper, sql: str, *parameters: Any) -> Any:
    with database.cursor() as cursor:
        cursor.execute(sql, parameters)
        row = cursor.fetchone()
    return row[0] if row else None
