"""How long to wait before something that failed is tried again."""

from datetime import timedelta
from random import SystemRandom
from typing import Final

_RANDOM: Final = SystemRandom()


def backoff(first: timedelta, failures_qty: int, *, longest: timedelta) -> timedelta:
    """`first` after one failure, twice as long after each further one, at most `longest`.

    A tenth more or less, so that many do not come back at one moment.
    """
    doubled = first * (1 << min(failures_qty - 1, 12))
    return min(doubled, longest) * _RANDOM.uniform(0.9, 1.1)
