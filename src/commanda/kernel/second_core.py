"""Computing on a second core, in a forked copy of this process."""

import signal
from collections.abc import Callable, Generator, Iterable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def one_ahead(work: Callable[[Task], Result], tasks: Iterable[Task]) -> Generator[Result, None, None]:
    """`map(work, tasks)`, where the next result is computed while the caller deals with the one it has.

    A copy of this process works, with all that is in memory now; only tasks and results travel, pickled. `work` must
    leave the database alone, its connection belongs to this process; `tasks` are made here. Raises what `work`
    raises, `EOFError` when the copy was killed. The copy ends with the iteration, or with this process however that
    ends.
    """
    forking = get_context("fork")
    ours, theirs = forking.Pipe()
    copy = forking.Process(target=_serve, args=(theirs, ours, work), daemon=True)
    copy.start()
    theirs.close()
    try:
        is_at_work = False
        for task in tasks:
            if not is_at_work:
                ours.send(task)
                is_at_work = True
                continue
            # A task is sent only when no result waits to be read: neither side can block the other.
            result: Result = _received(ours)
            ours.send(task)
            yield result
        if is_at_work:
            yield _received(ours)
    finally:
        ours.close()
        copy.join()


def _received(pipe: Connection) -> Any:
    result, error = pipe.recv()
    if error is not None:
        raise error
    return result


def _serve(pipe: Connection, others: Connection, work: Callable[[Any], Any]) -> None:
    """Work until the other end is closed: by the iteration's end, or by the kernel when its process is gone."""
    # With our copy of the other end open we would never hear of its closing.
    others.close()
    # The handlers are those of our parent, who ends us.
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while True:
            pipe.send(_worked(work, pipe.recv()))
    except (EOFError, OSError):
        return


def _worked(work: Callable[[Any], Any], task: Any) -> tuple[Any, Exception | None]:
    try:
        return work(task), None
    except Exception as error:  # noqa: BLE001 - it is raised again where the result is awaited
        return None, error
