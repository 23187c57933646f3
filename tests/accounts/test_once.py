from datetime import timedelta

import pytest

from commanda.accounts.models import AnsweredRequest
from commanda.accounts.services.once import claim_request, digest_of, forget_old_answers, store_answer
from commanda.kernel.clock import now, time_is
from commanda.kernel.errors import Conflict, Invalid
from commanda.kernel.transaction import unit_of_work
from tests.factories import make_actor

pytestmark = pytest.mark.django_db


def test_same_answer_comes_back_when_a_key_is_used_again():
    actor = make_actor("agent")
    assert claim_request(actor=actor, key="a", digest="1") is None
    store_answer(actor=actor, key="a", status=201, answer={"id": 7})
    again = claim_request(actor=actor, key="a", digest="1")
    assert (again.status, again.answer) == (201, {"id": 7})


def test_refused_when_a_key_comes_with_other_content():
    actor = make_actor("agent")
    claim_request(actor=actor, key="a", digest="1")
    with pytest.raises(Conflict) as caught:
        claim_request(actor=actor, key="a", digest="2")
    assert caught.value.code == "idempotency_mismatch"


def test_key_is_free_again_when_the_write_failed():
    actor = make_actor("agent")

    def write():
        with unit_of_work():
            claim_request(actor=actor, key="a", digest="1")
            raise Invalid("no")

    with pytest.raises(Invalid):
        write()
    assert claim_request(actor=actor, key="a", digest="2") is None


def test_keys_do_not_clash_when_two_people_use_the_same():
    for actor in (make_actor("agent"), make_actor("agent")):
        assert claim_request(actor=actor, key="a", digest="1") is None


@pytest.mark.parametrize("key", ["", "k" * 101])
def test_refused_when_the_key_is_empty_or_too_long(key):
    with pytest.raises(Invalid):
        claim_request(actor=make_actor("agent"), key=key, digest="1")


def test_digest_differs_when_one_part_differs():
    assert digest_of(1, "a") == digest_of(1, "a")
    assert digest_of(1, "a") != digest_of(1, "b")
    assert digest_of("1", "a") != digest_of(1, "a")


def test_old_keys_are_forgotten_when_two_days_have_passed():
    actor = make_actor("agent")
    with time_is(now() - timedelta(days=3)):
        claim_request(actor=actor, key="old", digest="1")
    claim_request(actor=actor, key="new", digest="1")
    assert forget_old_answers() == 1
    assert list(AnsweredRequest.objects.values_list("key", flat=True)) == ["new"]
