"""Who gets which order: pure, so that every mix of rules, agents and orders can be tried in a test."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import count

from commanda.confirmation.models import AssignmentRule, ClientLanguage, QueueEntry

Method = AssignmentRule.Method
Reason = QueueEntry.UnassignedReason
PERSONAL = (Method.CREATOR, Method.FORMER)
NOTHING: frozenset[int] = frozenset()


@dataclass(slots=True)
class Desk:
    """A present agent: how many open orders he has of at most `capacity`, when he was last given one in turn, how
    well he does (`weight`, only compared), and what he handles (empty: everything).
    """

    agent_id: int
    open: int
    last_assigned_at: datetime | None = None
    capacity: int = 80
    weight: float = 1.0
    languages: frozenset[str] = frozenset()
    product_ids: frozenset[int] = NOTHING
    city_ids: frozenset[int] = NOTHING

    @property
    def has_room(self) -> bool:
        return self.open < self.capacity

    def handles(self, order: "Waiting") -> bool:
        return (
            (not self.languages or order.language in self.languages)
            and (not self.product_ids or order.product_ids <= self.product_ids)
            and (not self.city_ids or order.city_id in self.city_ids)
        )


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order without an agent, with all that a rule may ask. `former_id`: a present agent who served this client
    lately; `avoided_id`: who had the order and left it untouched.
    """

    order_id: int
    phone: str
    creator_id: int | None = None
    former_id: int | None = None
    avoided_id: int | None = None
    store_id: int | None = None
    channel: str = ""
    platform: str = ""
    city_id: int | None = None
    zone_id: int | None = None
    product_ids: frozenset[int] = NOTHING
    language: str = ClientLanguage.LATIN
    amount: Decimal = Decimal(0)
    is_returning: bool = False


@dataclass(frozen=True, slots=True)
class Shares:
    """`given`: order → agent, `by_rule`: order → the rule that decided, `left`: order → why nobody gets it.

    `turns`: the agents that were given one in turn, in the order of their last turn.
    """

    given: dict[int, int] = field(default_factory=dict)
    by_rule: dict[int, AssignmentRule] = field(default_factory=dict)
    left: dict[int, str] = field(default_factory=dict)
    turns: list[int] = field(default_factory=list)


def share(orders: Sequence[Waiting], desks: Sequence[Desk], rules: Sequence[AssignmentRule]) -> Shares:
    """Give the orders, best first, to desks with room; the first rule that matches and finds a desk decides.

    Several orders of one client go to one agent where the rule allows both. Whoever left an order untouched gets it
    back only when nobody else could take it. Counts the given orders on the desks.
    """
    shares = Shares()
    places = count(len(desks))
    turn = {desk.agent_id: place for place, desk in enumerate(sorted(desks, key=_waits_longest))}
    clients: dict[str, int] = {}
    turns: dict[int, None] = {}
    for order in orders:
        reason = str(Reason.NO_RULE)
        for rule, able in candidates(order, desks, rules):
            free = _without_avoided(order, [desk for desk in able if desk.has_room])
            if not free:
                reason = Reason.FULL if able else Reason.NOBODY if reason != Reason.FULL else reason
                continue
            desk = next((desk for desk in free if desk.agent_id == clients.get(order.phone)), None)
            if desk is None:
                desk = _pick(rule, free, turn)
                if rule.method not in PERSONAL:
                    turn[desk.agent_id] = next(places)
                    turns.pop(desk.agent_id, None)
                    turns[desk.agent_id] = None
            desk.open += 1
            shares.given[order.order_id] = clients[order.phone] = desk.agent_id
            shares.by_rule[order.order_id] = rule
            break
        else:
            shares.left[order.order_id] = reason
    shares.turns.extend(turns)
    return shares


def rule_for(
    order: Waiting, agent_id: int, desks: Sequence[Desk], rules: Sequence[AssignmentRule]
) -> AssignmentRule | None:
    """The rule by which this agent may take this order himself, or None: the first one that somebody with room fits."""
    for rule, able in candidates(order, desks, rules):
        free = {desk.agent_id for desk in _without_avoided(order, [desk for desk in able if desk.has_room])}
        if free:
            return rule if agent_id in free else None
    return None


def candidates(
    order: Waiting, desks: Sequence[Desk], rules: Sequence[AssignmentRule]
) -> Iterator[tuple[AssignmentRule, list[Desk]]]:
    """The rules that match the order, each with the desks it may go to, full or not."""
    for rule in rules:
        if matches(rule, order):
            yield rule, [desk for desk in desks if _may_take(rule, order, desk)]


def matches(rule: AssignmentRule, order: Waiting) -> bool:
    """Whether all conditions of the rule hold; an order without what a condition asks for does not match."""
    if rule.method == Method.CREATOR and order.creator_id is None:
        return False
    if rule.method == Method.FORMER and order.former_id is None:
        return False
    kind_asked, kind = rule.client_kind, "returning" if order.is_returning else "new"
    return (
        (not rule.product_ids or not order.product_ids.isdisjoint(rule.product_ids))
        and (not rule.city_ids or order.city_id in rule.city_ids)
        and (not rule.zone_ids or order.zone_id in rule.zone_ids)
        and (not rule.store_ids or order.store_id in rule.store_ids)
        and (not rule.channels or order.channel in rule.channels)
        and (not rule.platforms or order.platform in rule.platforms)
        and rule.language in ("", order.language)
        and kind_asked in ("", kind)
        and (rule.min_amount is None or order.amount >= rule.min_amount)
        and (rule.max_amount is None or order.amount <= rule.max_amount)
    )


def _may_take(rule: AssignmentRule, order: Waiting, desk: Desk) -> bool:
    if rule.agent_ids and desk.agent_id not in rule.agent_ids:
        return False
    if rule.method in PERSONAL:
        wanted = order.creator_id if rule.method == Method.CREATOR else order.former_id
        return desk.agent_id == wanted and desk.agent_id != order.avoided_id
    return rule.method != Method.SKILL or desk.handles(order)


def _without_avoided(order: Waiting, free: list[Desk]) -> list[Desk]:
    return [desk for desk in free if desk.agent_id != order.avoided_id] or free


def _pick(rule: AssignmentRule, free: Sequence[Desk], turn: dict[int, int]) -> Desk:
    if rule.method == Method.ROUND_ROBIN:
        return min(free, key=lambda desk: turn[desk.agent_id])
    if rule.method == Method.WEIGHTED:
        return min(free, key=lambda desk: ((desk.open + 1) / desk.weight, turn[desk.agent_id]))
    return min(free, key=lambda desk: (desk.open, turn[desk.agent_id]))


def _waits_longest(desk: Desk) -> tuple[float, int]:
    last = desk.last_assigned_at
    return (last.timestamp() if last else 0.0, desk.agent_id)
