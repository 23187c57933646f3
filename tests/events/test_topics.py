"""Who may hear of what, without a server."""

from pathlib import Path

import pytest

from commanda.accounts.permissions import DEFAULT_ROLES, Perm
from commanda.events import topics
from commanda.events.topics import Access, may_hear
from commanda.kernel.hints import PEOPLE_PER_PAYLOAD, Hint, decode, encode

ME = 7
OWN, FOREIGN = frozenset({ME, 8}), frozenset({8})
# topic, whose rows: who of admin, supervisor, agent and buyer hears it
MATRIX = [
    ("orders", OWN, "admin supervisor agent"),
    ("orders", FOREIGN, "admin supervisor"),
    ("orders", frozenset(), "admin supervisor"),
    ("order:12", OWN, "admin supervisor agent"),
    ("order:12", FOREIGN, "admin supervisor"),
    ("order:*", FOREIGN, "admin supervisor"),
    ("queue", OWN, "admin supervisor agent"),
    ("queue", FOREIGN, "admin supervisor"),
    ("board", OWN, "admin supervisor"),
    ("intake", OWN, "admin"),
    ("source:3", frozenset(), "admin"),
    ("run:3", OWN, "admin"),
    ("bell", OWN, "admin supervisor agent buyer"),
    ("bell", FOREIGN, ""),
    ("rights", OWN, ""),
    ("costs", OWN, ""),
]


@pytest.mark.parametrize(("topic", "people", "hearers"), MATRIX)
@pytest.mark.parametrize("role", DEFAULT_ROLES)
def test_roles_hear_only_what_they_may_see(topic, people, hearers, role):
    access = Access(ME, frozenset(map(str, DEFAULT_ROLES[role][1])))
    assert may_hear(access, Hint(topic, people)) == (role in hearers.split())


def test_person_without_rights_hears_only_the_own_bell():
    heard = [
        (topic, people) for topic, people, _hearers in MATRIX if may_hear(Access(ME, frozenset()), Hint(topic, people))
    ]
    assert heard == [("bell", OWN)]


def test_rights_are_those_of_the_accounts():
    text = Path(topics.__file__).read_text(encoding="utf-8")
    named = {word for word in text.split('"') if "." in word and " " not in word}
    assert named == {"orders.view_all", "orders.view", "insights.team", "orders.assign", "intake.manage"}
    assert named <= set(Perm.values)


@pytest.mark.parametrize("people", [set(), {3}, {5, 3, 900_000_000_000}, set(range(1, 1 + 2 * PEOPLE_PER_PAYLOAD))])
def test_hint_is_the_same_when_sent_and_read(people):
    payloads = list(encode("order:12", people))
    assert all(len(payload) < 8000 for payload in payloads)
    hints = [decode(payload) for payload in payloads]
    assert {hint.topic for hint in hints} == {"order:12"}
    assert set().union(*(hint.people for hint in hints)) == people
    assert hints[0].kind == "order"


@pytest.mark.parametrize("payload", ["", " 3", "orders x", "orders 3,"])
def test_payload_of_a_stranger_is_refused(payload):
    with pytest.raises(ValueError):  # noqa: PT011
        decode(payload)
