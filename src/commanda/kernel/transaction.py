"""Transactions as the services use them."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError, transaction
from psycopg import errors as pg

from commanda.kernel.errors import Busy

RETRYABLE = (pg.LockNotAvailable, pg.DeadlockDetected, pg.SerializationFailure)


@contextmanager
def unit_of_work() -> Iterator[None]:
    """One transaction; a lock not free within `lock_timeout` (2.5 s) or a deadlock becomes `Busy`.

    A nested call is a savepoint: when it fails, the caller may catch the error and go on.
    """
    try:
        with transaction.atomic():
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, RETRYABLE):
            raise Busy from error
        raise


def is_database_away(error: BaseException) -> bool:
    """Whether the error says that the database cannot be reached, or has just gone away."""
    if not isinstance(error, (OperationalError, InterfaceError)) or isinstance(error.__cause__, RETRYABLE):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    # Without a state the server said nothing any more; 57P01-03: it is ending, crashed or starting; 08: connection.
    return state is None or state in {"57P01", "57P02", "57P03"} or state.startswith("08")
