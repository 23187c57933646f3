"""Transactions as the services use them."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, transaction
from psycopg import errors as pg

from commanda.kernel.errors import Busy

RETRYABLE = (pg.LockNotAvailable, pg.DeadlockDetected, pg.SerializationFailure)


@contextmanager
def unit_of_work() -> Iterator[None]:
    """One transaction; a lock not free within `lock_timeout` (3 s) or a deadlock becomes `Busy`.

    A nested call is a savepoint: when it fails, the caller may catch the error and go on.
    """
    try:
        with transaction.atomic():
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, RETRYABLE):
            raise Busy from error
        raise
