"""Work on several cores at once, in forked copies of this process."""

import signal
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, Self, TypeVar, cast

from django.db import connections

from commanda.kernel import live
from commanda.kernel.garbage import keep_loaded

Task = TypeVar("Task")
Result = TypeVar("Result")

# Connections of our parent, held open in a copy and not used there.
_inherited: list[Any] = []


def in_copies(work: Callable[[int], Iterable[Result]], quantity: int) -> Generator[Result, None, None]:
    """The results of `work(0)` … `work(quantity - 1)`, each computed in a copy of this process, as they come.

    A copy has all that is in memory now, and database connections of its own: it begins outside of any transaction of
    ours. Only results travel, pickled. Raises what `work` raises, and `EOFError` when a copy was killed. The copies end
    with the iteration, or with this process however that ends: at the next result they have to tell.

    A session of the database that this process has lives until its copies have ended, even when it is killed before
    them, and with it what the session has locked: nobody else begins what they are still at.
    """
    forking = get_context("fork")
    pipes: list[Connection] = []
    copies = []
    try:
        for number in range(quantity):
            ours, theirs = forking.Pipe(duplex=False)
            copy = forking.Process(target=_serve, args=(theirs, [*pipes, ours], work, number), daemon=True)
            copy.start()
            theirs.close()
            pipes.append(ours)
            copies.append(copy)
        under_way: list[Connection] = [*pipes]
        while under_way:
            pipe: Any
            for pipe in wait(under_way):
                is_over, result, error, cause = pipe.recv()
                if error is not None:
                    raise error from cause
                if is_over:
                    under_way.remove(pipe)
                else:
                    yield result
    finally:
        for pipe in pipes:
            pipe.close()
        for copy in copies:
            copy.join()


class Beside(Generic[Task, Result]):
    """One copy of this process that does `work` for each task handed to it, in their order, while we go on.

    Of the copy holds what is said of those of `in_copies`; it has what was in memory when it was made. Used in a
    `with`, at whose end it ends, too.
    """

    def __init__(self, work: Callable[[Task], Result]) -> None:
        forking = get_context("fork")
        self._pipe, theirs = forking.Pipe()
        self._copy = forking.Process(target=_answer, args=(theirs, self._pipe, work), daemon=True)
        self._copy.start()
        theirs.close()
        self._open = 0

    def hand(self, task: Task) -> Iterator[Result]:
        """Hand over a task; the results that are there by now."""
        with suppress(BrokenPipeError, ConnectionResetError):  # it has ended; why is told where its results are read
            self._pipe.send(task)
        self._open += 1
        while self._open and self._pipe.poll():
            yield self._next()

    def rest(self) -> Iterator[Result]:
        """The results that are still to come."""
        while self._open:
            yield self._next()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._pipe.close()
        self._copy.join()

    def _next(self) -> Result:
        result, error, cause = self._pipe.recv()
        if error is not None:
            raise error from cause
        self._open -= 1
        return cast("Result", result)


def _answer(pipe: Connection, other: Connection, work: Callable[[Any], Any]) -> None:
    """Work on tasks until nobody hands any over."""
    _be_a_copy([other])
    try:
        while True:
            pipe.send((work(pipe.recv()), None, None))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except Exception as error:  # noqa: BLE001 - it is raised again where the result is awaited
        pipe.send((None, error, error.__cause__))
    finally:
        _end_the_copy()


def _serve(pipe: Connection, others: list[Connection], work: Callable[[int], Iterable[Any]], number: int) -> None:
    """Work until all is done, or until nobody listens any more."""
    _be_a_copy(others)
    try:
        for result in work(number):
            pipe.send((False, result, None, None))
        pipe.send((True, None, None, None))
    except BrokenPipeError:
        return
    except Exception as error:  # noqa: BLE001 - it is raised again where the result is awaited
        pipe.send((True, None, error, error.__cause__))
    finally:
        _end_the_copy()


def _be_a_copy(others: list[Connection]) -> None:
    keep_loaded()
    # With our copies of the other ends open we would never hear of their closing.
    for other in others:
        other.close()
    # The handlers are those of our parent, who ends us.
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _leave_connections()


def _end_the_copy() -> None:
    connections.close_all()
    live.finish()


def _leave_connections() -> None:
    """Whoever asks next connects anew. Closing what we have inherited would end our parent's session."""
    for each in connections.all(initialized_only=True):
        _inherited.append(each.connection)
        each.connection = None
