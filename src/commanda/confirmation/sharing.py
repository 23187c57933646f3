"""Who gets which order: pure, so that every mix of agents and orders can be tried in a test."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from commanda.confirmation.models import CallPolicy


@dataclass(slots=True)
class Desk:
    """A present agent: how many open orders he has, and when he was last given one in turn."""

    agent_id: int
    open: int
    last_assigned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order without an agent. `preferred_id`: who made it, or served this client before."""

    order_id: int
    phone: str
    preferred_id: int | None = None


@dataclass(frozen=True, slots=True)
class Shares:
    """`given`: order → agent. `turns`: the agents that were given one in turn, in the order of their last turn."""

    given: dict[int, int]
    turns: list[int]


def share(orders: Sequence[Waiting], desks: Sequence[Desk], *, method: str, capacity: int) -> Shares:
    """Give the orders, best first, to desks with room; what finds no room is left out.

    An order goes to its preferred agent, or to the one who has just got another of the same client; otherwise in
    turn (longest without one first) or to the least loaded.
    """
    by_agent = {desk.agent_id: desk for desk in desks}
    turn = {desk.agent_id: place for place, desk in enumerate(sorted(desks, key=_waits_longest))}
    clients: dict[str, int] = {}
    given: dict[int, int] = {}
    turns: dict[int, None] = {}
    for order in orders:
        wanted = by_agent.get(clients.get(order.phone) or order.preferred_id or 0)
        if wanted is None or wanted.open >= capacity:
            room = [desk for desk in desks if desk.open < capacity]
            if not room:
                continue
            if method == CallPolicy.Method.LEAST_LOADED:
                wanted = min(room, key=lambda desk: (desk.open, turn[desk.agent_id]))
            else:
                wanted = min(room, key=lambda desk: turn[desk.agent_id])
            turn[wanted.agent_id] = max(turn.values()) + 1
            turns.pop(wanted.agent_id, None)
            turns[wanted.agent_id] = None
        wanted.open += 1
        given[order.order_id] = clients[order.phone] = wanted.agent_id
    return Shares(given, list(turns))


def _waits_longest(desk: Desk) -> tuple[float, int]:
    last = desk.last_assigned_at
    return (last.timestamp() if last else 0.0, desk.agent_id)
