"""What the assignment rules need to know, and what they would do now."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Q, QuerySet

from commanda.accounts.models import User
from commanda.accounts.permissions import Perm
from commanda.accounts.selectors import agents
from commanda.confirmation.models import AgentProfile, AssignmentRule, CallPolicy, ClientLanguage, Presence, QueueEntry
from commanda.confirmation.selectors.policy import call_policy, silent_since
from commanda.confirmation.selectors.presence import seen_since
from commanda.confirmation.selectors.queue import pool, ranked
from commanda.confirmation.sharing import Desk, Shares, Waiting, share
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import NotFound
from commanda.kernel.prepared import Param, any_of, prepared
from commanda.orders.models import Order, OrderLine

FORMER_DAYS = 90
RESULT_DAYS = 30
# So many average orders are mixed into everybody's result: a first lucky day does not decide.
SMOOTHING = 10
ARABIC_LETTERS = re.compile("[\u0620-\u064a\u066e-\u06d3]")

CLIENTS = """
SELECT phone_e164, min(id),
       (array_agg(assignee_id ORDER BY id DESC) FILTER (WHERE assignee_id = ANY(%s) AND created_at >= %s))[1]
FROM orders_order
WHERE phone_e164 = ANY(%s)
GROUP BY phone_e164
"""


def assignment_rules() -> list[AssignmentRule]:
    """All rules in their order."""
    return list(AssignmentRule.objects.all())


def get_rule(rule_id: int) -> AssignmentRule:
    """One rule. Raises `NotFound`."""
    found = AssignmentRule.objects.filter(pk=rule_id).first()
    if found is None:
        raise NotFound
    return found


@prepared
def _free_desks() -> QuerySet[Presence, tuple[int, datetime | None]]:
    rows = seen_since(Param("silent")).filter(user__in=agents()).exclude(user__call_profile__is_taking_orders=False)
    return rows.order_by("user_id").values_list("user_id", "last_assigned_at")


@prepared
def _loads() -> QuerySet[QueueEntry, tuple[int, int]]:
    entries = QueueEntry.objects.filter(any_of("assignee_id", "agents")).order_by()
    return entries.values_list("assignee_id").annotate(number=Count("pk"))


@prepared
def _profiles() -> QuerySet[AgentProfile]:
    return AgentProfile.objects.filter(any_of("pk", "agents"))


@prepared
def _products_of_lines() -> QuerySet[OrderLine, tuple[int, int]]:
    return OrderLine.objects.filter(any_of("order_id", "orders")).order_by().values_list("order_id", "variant__product")


def desks_now(policy: CallPolicy, rules: Sequence[AssignmentRule], at: datetime) -> list[Desk]:
    """The agents who are present and take orders, with their load; three queries, four if results count."""
    found = _free_desks().all(silent=silent_since(policy, at))
    ids = [agent_id for agent_id, _last in found]
    loads = dict(_loads().all(agents=ids))
    profiles = {profile.pk: profile for profile in _profiles().all(agents=ids)}
    results = _results(ids, at) if any(rule.method == AssignmentRule.Method.WEIGHTED for rule in rules) else {}
    return [
        _desk(profiles.get(agent_id) or AgentProfile(user_id=agent_id), policy, results, loads, last)
        for agent_id, last in found
    ]


def _desk(
    profile: AgentProfile,
    policy: CallPolicy,
    results: dict[int, float],
    loads: dict[int, int],
    last_assigned_at: datetime | None,
) -> Desk:
    agent_id = profile.user_id
    return Desk(
        agent_id=agent_id,
        open=loads.get(agent_id, 0),
        last_assigned_at=last_assigned_at,
        capacity=policy.capacity if profile.capacity is None else profile.capacity,
        weight=results.get(agent_id, 0.25) * profile.weight / 100,
        languages=frozenset(profile.languages),
        product_ids=frozenset(profile.product_ids),
        city_ids=frozenset(profile.city_ids),
    )


def _results(agent_ids: Collection[int], at: datetime) -> dict[int, float]:
    """Agent → confirmation rate × delivery rate of the orders of the last 30 days, smoothed towards one half each."""
    rows = (
        Order.objects.filter(assignee_id__in=agent_ids, created_at__gte=at - timedelta(days=RESULT_DAYS))
        .order_by()
        .values("assignee_id")
        .annotate(
            contacted=Count("pk", filter=Q(contacted_at__isnull=False)),
            confirmed=Count("pk", filter=Q(contacted_at__isnull=False, confirmed_at__isnull=False)),
            shipped=Count("pk", filter=Q(shipped_at__isnull=False)),
            delivered=Count("pk", filter=Q(shipped_at__isnull=False, delivered_at__isnull=False)),
        )
    )
    return {
        row["assignee_id"]: _rate(row["confirmed"], row["contacted"]) * _rate(row["delivered"], row["shipped"])
        for row in rows
    }


def _rate(good: int, of: int) -> float:
    return (good + SMOOTHING / 2) / (of + SMOOTHING)


def facts(entries: Sequence[QueueEntry], agent_ids: Collection[int], at: datetime) -> list[Waiting]:
    """What rules may ask about the orders of entries that were read with `order__city`; two queries."""
    phones = list({entry.order.phone_e164 for entry in entries})
    with connection.cursor() as cursor:
        cursor.execute(CLIENTS, [list(agent_ids), at - timedelta(days=FORMER_DAYS), phones])
        clients = {phone: (first_id, former_id) for phone, first_id, former_id in cursor.fetchall()}
    products: dict[int, set[int]] = defaultdict(set)
    for order_id, product_id in _products_of_lines().all(orders=[entry.order_id for entry in entries]):
        products[order_id].add(product_id)
    return [
        _waiting(
            entry, clients.get(entry.order.phone_e164, (entry.order_id, None)), frozenset(products[entry.order_id])
        )
        for entry in entries
    ]


def _waiting(entry: QueueEntry, client: tuple[int, int | None], product_ids: frozenset[int]) -> Waiting:
    order = entry.order
    first_id, former_id = client
    return Waiting(
        order_id=order.pk,
        phone=order.phone_e164,
        creator_id=order.created_by_id,
        former_id=former_id,
        avoided_id=entry.avoided_agent_id,
        store_id=order.store_id,
        channel=order.channel,
        platform=order.platform,
        city_id=order.city_id,
        zone_id=order.city.zone_id if order.city else None,
        product_ids=product_ids,
        language=language_of(order),
        amount=order.total_amount,
        is_returning=first_id < order.pk,
    )


def language_of(order: Order) -> ClientLanguage:
    """The letters the client used, as far as his own words tell."""
    words = f"{order.customer_name} {order.city_text} {order.address} {order.note}"
    return ClientLanguage.ARABIC if ARABIC_LETTERS.search(words) else ClientLanguage.LATIN


@dataclass(frozen=True, slots=True)
class PlannedAgent:
    """What one agent would get: his orders now and then, and how many by which rule."""

    agent: User
    open: int
    capacity: int
    entries: list[QueueEntry]
    by_rule: list[tuple[AssignmentRule, int]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the rules would do now with the orders that nobody has. `left`: reason → entries that stay."""

    waiting: int
    given: int
    agents: list[PlannedAgent] = field(default_factory=list)
    left: list[tuple[str, list[QueueEntry]]] = field(default_factory=list)


def plan(actor: Actor, *, limit: int = 500) -> Plan:
    """Try the rules on the waiting orders, best first, and write nothing. A constant number of queries.

    Also while orders are given by hand: this is how rules are tried out. Takes the right to assign.
    """
    actor.require(Perm.ORDERS_ASSIGN)
    at, policy = now(), call_policy()
    rules = list(AssignmentRule.objects.filter(is_active=True))
    desks = desks_now(policy, rules, at)
    before = {desk.agent_id: desk.open for desk in desks}
    entries = list(ranked(pool(), at, policy).select_related("order__city", "order__state")[:limit])
    shares = share(facts(entries, list(before), at), desks, rules)
    people = User.objects.visible_to(actor).in_bulk(list(before))
    rows = [
        PlannedAgent(
            agent=people[desk.agent_id],
            open=before[desk.agent_id],
            capacity=desk.capacity,
            entries=[entry for entry in entries if shares.given.get(entry.order_id) == desk.agent_id],
            by_rule=_by_rule(shares, desk.agent_id, rules),
        )
        for desk in desks
    ]
    return Plan(
        waiting=pool().count(),
        given=len(shares.given),
        agents=sorted(rows, key=lambda row: (-len(row.entries), row.agent.name)),
        left=_left(shares, entries),
    )


def _by_rule(shares: Shares, agent_id: int, rules: Sequence[AssignmentRule]) -> list[tuple[AssignmentRule, int]]:
    numbers = Counter(shares.by_rule[order_id].pk for order_id, given in shares.given.items() if given == agent_id)
    return [(rule, numbers[rule.pk]) for rule in rules if numbers[rule.pk]]


def _left(shares: Shares, entries: Sequence[QueueEntry]) -> list[tuple[str, list[QueueEntry]]]:
    reasons = QueueEntry.UnassignedReason
    groups = [
        (str(reason.label), [entry for entry in entries if shares.left.get(entry.order_id) == reason])
        for reason in reasons
    ]
    return [(label, rows) for label, rows in groups if rows]


def agents_with_profiles(actor: Actor) -> list[tuple[User, AgentProfile]]:
    """Every active agent with what is set for him, the defaults where nothing is. Takes the right to set it."""
    team = list(agent_choices(actor))
    profiles = AgentProfile.objects.in_bulk([person.pk for person in team])
    return [(person, profiles.get(person.pk) or AgentProfile(user=person)) for person in team]


def agent_choices(actor: Actor) -> QuerySet[User]:
    """The agents a rule may name. Takes the right to set rules."""
    actor.require(Perm.SETTINGS_MANAGE)
    return agents().order_by("name")


def profile_of(actor: Actor, user_id: int) -> AgentProfile:
    """The profile of an active agent, the defaults where nothing is set. Raises `NotFound`."""
    person = agent_choices(actor).filter(pk=user_id).first()
    if person is None:
        raise NotFound
    return AgentProfile.objects.select_related("user").filter(pk=user_id).first() or AgentProfile(user=person)
