import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from multiprocessing import active_children

import psutil
import pytest

from commanda.kernel.second_core import one_ahead

HERE = os.getpid()


def test_results_come_in_order_from_another_process():
    assert list(one_ahead(lambda number: (number * 2, os.getpid() != HERE), range(5))) == [
        (number * 2, True) for number in range(5)
    ]


def test_nothing_to_do_gives_nothing():
    assert list(one_ahead(str, [])) == []


def test_large_tasks_and_results_do_not_block_each_other():
    big = "x" * 3_000_000
    assert [len(text) for text in one_ahead(lambda text: text + text, [big, big, big])] == [6_000_000] * 3


def test_the_next_result_is_computed_while_the_caller_has_the_one_before():
    slow = 0.3

    def work(number):
        time.sleep(slow)
        return number

    started = time.monotonic()
    for _number in one_ahead(work, range(3)):
        time.sleep(slow)
    # Four turns instead of six: each pause of ours but the last is one of theirs.
    assert time.monotonic() - started < 5.5 * slow


def test_an_error_is_raised_where_the_result_is_awaited():
    def work(number):
        if number == 2:
            raise ValueError("not this one")
        return number

    results = one_ahead(work, range(5))
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="not this one"):
        next(results)
    assert not active_children()


def test_a_killed_copy_is_told_as_such():
    def work(number):
        if number == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    with pytest.raises(EOFError):
        list(one_ahead(work, range(3)))


def test_who_stops_early_leaves_nobody_behind():
    with closing(one_ahead(str, range(10))) as results:
        assert next(results) == "0"
    assert not active_children()


PARENT = """
import os, time
from commanda.kernel.second_core import one_ahead
for pid in one_ahead(lambda task: os.getpid(), range(3)):
    print(pid, flush=True)
    time.sleep(60)
"""


def test_the_copy_ends_when_its_process_is_killed():
    process = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    copy = psutil.Process(int(process.stdout.readline()))
    process.kill()
    process.wait()
    copy.wait(timeout=5)
