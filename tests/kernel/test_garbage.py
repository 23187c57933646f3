import gc

import pytest

from commanda.kernel.copies import in_copies
from commanda.kernel.garbage import LOOK_AFTER, keep_loaded, loading


@pytest.fixture
def garbage():
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_nothing_is_looked_for_while_loading_and_nothing_in_what_was_loaded(garbage):
    with loading():
        assert not gc.isenabled()
        loaded = [[number] for number in range(10)]
    assert gc.isenabled()
    assert gc.get_freeze_count() > len(loaded)
    assert not any(each is loaded for each in gc.get_objects())


def test_what_names_only_itself_is_still_found(garbage):
    keep_loaded()
    for _number in range(LOOK_AFTER * 2):
        knot: list[object] = []
        knot.append(knot)
    assert len(gc.get_objects()) < LOOK_AFTER * 1.5


@pytest.mark.django_db(transaction=True)
def test_a_copy_looks_for_garbage_only_in_its_own(garbage):
    counts = list(in_copies(lambda number: [(gc.get_freeze_count(), gc.get_threshold()[0])], 2))
    assert all(frozen > gc.get_freeze_count() and after == LOOK_AFTER for frozen, after in counts)
