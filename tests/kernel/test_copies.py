import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from multiprocessing import active_children

import psutil
import pytest
from django.db import OperationalError, connection
from psycopg import errors as pg

from commanda.kernel.copies import Beside, in_copies
from commanda.kernel.errors import Busy
from commanda.kernel.locks import held

HERE = os.getpid()


def test_each_share_is_worked_on_in_a_process_of_its_own():
    def work(number):
        for turn in range(3):
            yield number, turn, os.getpid()

    found = list(in_copies(work, 2))
    assert sorted((number, turn) for number, turn, _pid in found) == [(n, t) for n in range(2) for t in range(3)]
    assert [turn for number, turn, _pid in found if number == 0] == [0, 1, 2]
    assert len({pid for _number, _turn, pid in found} | {HERE}) == 3


def test_nothing_to_do_gives_nothing():
    assert list(in_copies(lambda _number: [], 2)) == []


def test_large_results_arrive_whole():
    assert [len(text) for text in in_copies(lambda _number: ["x" * 3_000_000] * 2, 2)] == [3_000_000] * 4


def test_copies_work_at_the_same_time():
    slow = 0.4

    def work(_number):
        for _turn in range(2):
            time.sleep(slow)
            yield None

    started = time.monotonic()
    assert len(list(in_copies(work, 2))) == 4
    assert time.monotonic() - started < 3.5 * slow


def test_an_error_is_raised_where_the_results_are_awaited_with_its_cause():
    def work(number):
        if number == 1:
            try:
                raise pg.DiskFull("no space left")
            except pg.DiskFull as cause:
                raise OperationalError("no space left") from cause
        yield number

    with pytest.raises(OperationalError, match="no space left") as raised:
        list(in_copies(work, 2))
    assert raised.value.__cause__.sqlstate == pg.DiskFull.sqlstate
    assert not active_children()


def test_our_own_errors_keep_what_they_say():
    def work(_number):
        raise Busy(field="name", quantity=3)
        yield

    with pytest.raises(Busy) as raised:
        list(in_copies(work, 1))
    assert (raised.value.field, raised.value.params, str(raised.value)) == ("name", {"quantity": 3}, str(Busy()))


def test_a_killed_copy_is_told_as_such():
    def work(number):
        yield number
        if number == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(EOFError):
        list(in_copies(work, 2))


def test_who_stops_early_leaves_nobody_behind():
    with closing(in_copies(lambda number: [number] * 1_000_000, 2)) as results:
        assert next(results) in {0, 1}
    assert not active_children()


def test_a_copy_beside_us_does_one_task_after_the_other():
    done = []

    def work(task):
        done.append(task)
        return list(done), os.getpid()

    with Beside(work) as copy:
        found = [result for task in range(50) for result in copy.hand(task)]
        found += copy.rest()
    assert [tasks for tasks, _pid in found] == [list(range(number + 1)) for number in range(50)]
    assert {pid for _tasks, pid in found}.isdisjoint({HERE})
    assert not done
    assert not active_children()


def test_a_copy_beside_us_that_has_failed_long_ago_still_tells_why():
    def fails(_task):
        raise Busy(field="name")

    def hand_on(copy):
        for _turn in range(20):
            list(copy.hand(1))
            time.sleep(0.02)

    with Beside(fails) as copy, pytest.raises(Busy):
        hand_on(copy)


def test_a_copy_beside_us_is_killed_or_left_early():
    with Beside(lambda _task: os.kill(os.getpid(), signal.SIGKILL)) as copy:
        list(copy.hand(1))
        with pytest.raises((EOFError, ConnectionResetError)):
            list(copy.rest())
    with Beside(lambda _task: "x" * 1_000_000) as copy:
        for task in range(20):
            list(copy.hand(task))
    assert not active_children()


@pytest.mark.django_db(transaction=True)
def test_copies_have_sessions_of_their_own_and_ours_goes_on():
    def session(_number):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return [cursor.fetchone()[0]]

    ours = session(0)
    theirs = list(in_copies(session, 2))
    assert len({*ours, *theirs}) == 3
    assert session(0) == ours


PARENT = """
import os, time
import django
django.setup()
from commanda.kernel.copies import in_copies
def work(number):
    while True:
        yield os.getpid()
        time.sleep(0.05)
for pid in in_copies(work, 1):
    print(pid, flush=True)
    time.sleep(60)
"""


def test_the_copy_ends_when_its_process_is_killed():
    process = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    copy = psutil.Process(int(process.stdout.readline()))
    process.kill()
    process.wait()
    copy.wait(timeout=5)


HOLDER = """
import os, sys, time
import django
django.setup()
import psycopg
from commanda.kernel import copies
from commanda.kernel.errors import Conflict
from commanda.kernel.locks import alone
sessions, connect = [], psycopg.connect
def noted(**options):
    sessions.append(connect(**options))
    return sessions[-1]
psycopg.connect = noted
def work(number):
    if "let go" in sys.argv:
        for each in sessions:
            os.close(each.fileno())
    yield os.getpid()
    time.sleep(60)
with alone(1, 2, Conflict):
    for pid in copies.in_copies(work, 1):
        print(pid, flush=True)
"""


@pytest.mark.parametrize("let_go", [False, True])
@pytest.mark.django_db(transaction=True)
def test_what_a_killed_process_has_locked_is_locked_until_its_copies_have_ended(let_go):
    """With their parent's session let go it is not: what they are at could be begun again."""
    url = os.environ["DATABASE_URL"]
    url = f"{url.rpartition('/')[0]}/{connection.settings_dict['NAME']}"
    line = [sys.executable, "-c", HOLDER, *(["let go"] if let_go else [])]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env={**os.environ, "DATABASE_URL": url})
    copy = psutil.Process(int(process.stdout.readline()))
    assert held(1) == {2}
    process.kill()
    process.wait()
    time.sleep(0.5)
    assert held(1) == (set() if let_go else {2})
    copy.kill()
    copy.wait(timeout=5)
    deadline = time.monotonic() + 5
    while held(1) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not held(1)
