from datetime import timedelta

import pytest

from commanda.kernel.waits import backoff

FIRST, LONGEST = timedelta(minutes=5), timedelta(hours=6)


@pytest.mark.parametrize(("failures", "minutes"), [(1, 5), (2, 10), (4, 40), (7, 320), (8, 360), (1000, 360)])
def test_wait_doubles_up_to_the_longest_when_failures_go_on(failures, minutes):
    for _try in range(20):
        wait = backoff(FIRST, failures, longest=LONGEST)
        assert abs(wait / timedelta(minutes=minutes) - 1) <= 0.1


def test_many_do_not_come_back_at_one_moment_when_they_failed_together():
    assert len({backoff(FIRST, 1, longest=LONGEST) for _source in range(20)}) > 10
