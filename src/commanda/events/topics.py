"""Who may hear of what. Rights are named as in `accounts.permissions` (a test compares them)."""

from dataclasses import dataclass

from commanda.kernel.hints import Hint


@dataclass(frozen=True, slots=True)
class Access:
    """What a signed-in person may do now."""

    user_id: int
    permissions: frozenset[str]

    def can_any(self, *permissions: str) -> bool:
        return not self.permissions.isdisjoint(permissions)


ORDERS = frozenset({"orders", "order", "queue"})
BOARD = frozenset({"board"})
INTAKE = frozenset({"intake", "source", "run"})
BELL = frozenset({"bell"})


def may_hear(access: Access, hint: Hint) -> bool:
    """Orders: all of them, or own ones only; the board: who leads; intake: who connects sources; the bell: whose number
    it is; else nobody."""
    if hint.kind in ORDERS:
        if access.can_any("orders.view_all"):
            return True
        return access.can_any("orders.view") and access.user_id in hint.people
    if hint.kind in BOARD:
        return access.can_any("insights.team", "orders.assign")
    if hint.kind in BELL:
        return access.user_id in hint.people
    return hint.kind in INTAKE and access.can_any("intake.manage")
