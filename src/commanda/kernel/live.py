"""Tell open pages that something changed: hints after the commit, beside the transaction, never in it.

    follow("order", "orders", each="order", people=…)    # in a room's `live.py`: what its audit rows tell

Every write leaves audit rows, and `audit.services.record` hands them to `changed`; so a service need not think of
hints. NOTIFY within the transaction would make all commits wait for each other (ADR 12), so a thread of the
process sends them on a connection of its own, at most every `WINDOW_SECONDS`. A process killed in between loses
hints, not data: pages poll slowly as well.
"""

import atexit
import os
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

import psycopg
import structlog
from django.db import connection, transaction

from commanda.kernel.hints import CHANNEL, encode

WINDOW_SECONDS = 0.05
IDLE_SECONDS = 20.0
LAST_SECONDS = 2.0
# More things than this in one window are told as "many": their pages refresh, nobody reads ten thousand names.
MOST_SINGLE = 50
SEND = "SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload"

log = structlog.get_logger(__name__)

# Who owns the things with these ids; `moved` are those that changed hands just now.
People = Callable[[psycopg.Connection[Any], Collection[int], Collection[int]], set[int]]


@dataclass
class _Followed:
    """What a room wants told about an audited subject."""

    topics: set[str] = field(default_factory=set)
    each: str = ""
    people: People | None = None
    owner_field: str = ""


@dataclass
class _Changes:
    """What changed of one subject since the last sending."""

    ids: set[int] = field(default_factory=set)
    moved: set[int] = field(default_factory=set)
    people: set[int] = field(default_factory=set)


_followed: dict[str, _Followed] = {}


def follow(subject: str, *topics: str, each: str = "", people: People | None = None, owner_field: str = "") -> None:
    """Declare what audit rows of `subject` tell: `topics`, and `each:<id>` for the thing itself.

    `people` finds, after the commit, whose rows they are; `owner_field` is the audited field whose old and new
    value are such people, too. Several rooms may follow the same subject.
    """
    known = _followed.setdefault(subject, _Followed())
    known.topics.update(topics)
    known.each = each or known.each
    known.people = people or known.people
    known.owner_field = owner_field or known.owner_field


def changed(*, subject: str, entries: Collection[tuple[int, dict[str, Any]]], actor_id: int | None) -> None:
    """Tell of audit rows `(subject_id, changes)` when the current transaction has committed. No statement here."""
    followed = _followed.get(subject)
    if followed is None or not entries:
        return
    found = _Changes(ids={pk for pk, _changes in entries})
    for pk, changes in entries if followed.owner_field else ():
        owners = changes.get(followed.owner_field)
        if isinstance(owners, list):
            found.moved.add(pk)
            found.people.update(owner for owner in owners if owner is not None)
    if followed.people is None and actor_id is not None:
        found.people.add(actor_id)
    transaction.on_commit(lambda: _sender.add(subject, found), robust=True)


class _Sender:
    """The thread that sends what was collected; it ends when there is nothing to do, and begins again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._subjects: dict[str, _Changes] = {}
        self._arguments: dict[str, Any] = {}
        self._ending = False

    def add(self, subject: str, found: _Changes) -> None:
        with self._lock:
            known = self._subjects.setdefault(subject, _Changes())
            known.ids |= found.ids
            known.moved |= found.moved
            known.people |= found.people
            self._begin()

    def finish(self) -> None:
        """Send the last ones: the process ends."""
        self._ending = True
        self._wake.set()
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(LAST_SECONDS)

    def _begin(self) -> None:
        """Under the lock. A process that was forked has no thread, whatever its parent had."""
        if self._thread is None or not self._thread.is_alive():
            self._arguments = _arguments()
            self._thread = threading.Thread(target=self._run, name="live-hints", daemon=True)
            self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        own: psycopg.Connection[Any] | None = None
        try:
            while self._wake.wait(0 if self._ending else IDLE_SECONDS) or not self._may_end():
                self._wake.clear()
                own = self._send(own, *self._take())
                if not self._ending:
                    self._pause.wait(WINDOW_SECONDS)
        finally:
            if own is not None:
                own.close()

    # Waits without being woken: what comes meanwhile goes with the next sending.
    _pause = threading.Event()

    def _may_end(self) -> bool:
        with self._lock:
            if self._subjects:
                return False
            self._thread = None
            return True

    def _take(self) -> tuple[dict[str, _Changes], dict[str, Any]]:
        with self._lock:
            taken, self._subjects = self._subjects, {}
            return taken, self._arguments

    def _send(
        self, own: psycopg.Connection[Any] | None, subjects: dict[str, _Changes], arguments: dict[str, Any]
    ) -> psycopg.Connection[Any] | None:
        """Send with the connection, or with a new one when it has died; a hint that fails twice is lost."""
        for _attempt in range(2):
            try:
                if own is None or own.closed:
                    own = psycopg.connect(**arguments)
                payloads = [
                    payload for topic, people in _resolve(own, subjects).items() for payload in encode(topic, people)
                ]
                if payloads:
                    own.execute(SEND, [CHANNEL, payloads])
            except psycopg.Error as error:
                log.info("hints_not_sent", error=str(error).strip())
                if own is not None:
                    own.close()
            else:
                return own
        return None


def _resolve(own: psycopg.Connection[Any], subjects: dict[str, _Changes]) -> dict[str, set[int]]:
    """Topic → the people to name."""
    found: dict[str, set[int]] = {}
    for subject, changes in subjects.items():
        followed = _followed[subject]
        people = set(changes.people)
        if followed.people is not None:
            people |= followed.people(own, changes.ids, changes.moved)
        names = list(followed.topics)
        if followed.each:
            is_few = len(changes.ids) <= MOST_SINGLE
            names += [f"{followed.each}:{pk}" for pk in changes.ids] if is_few else [f"{followed.each}:*"]
        for topic in names:
            found.setdefault(topic, set()).update(people)
    return found


def _arguments() -> dict[str, Any]:
    """How to connect to the database of the current connection; a hint need not wait for the disk."""
    arguments = {
        name: value
        for name, value in connection.get_connection_params().items()
        if name not in {"context", "cursor_factory", "prepare_threshold"}
    }
    options = f"{arguments.get('options', '')} -c synchronous_commit=off".strip()
    return {**arguments, "options": options, "autocommit": True}


_sender = _Sender()


def finish() -> None:
    """Send what is still to be told: the process ends."""
    _sender.finish()


def _begin_anew() -> None:
    """A forked copy of the process has no thread, maybe a lock that nobody opens, and hints that its parent sends."""
    global _sender  # noqa: PLW0603 - there is one for each process
    _sender = _Sender()


os.register_at_fork(after_in_child=_begin_anew)
atexit.register(finish)
