"""The log of who was shown whose personal data."""

from collections.abc import Iterable

from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.privacy.models import Access


def note_access(*, actor: Actor, kind: str, customer_ids: Iterable[int]) -> None:
    """Write one row for all of these clients, in one statement; none when there are none, or when the actor may not
    see clients and so was shown an order without its client.

    `kind` is one of `Access.Kind`. Call it once a request, with what is shown.
    """
    ids = sorted(set(customer_ids)) if actor.can(Perm.CUSTOMERS_VIEW) else []
    if ids:
        Access.objects.create(
            at=now(),
            user_id=actor.user_id,
            kind=kind,
            source=actor.source[:20],
            request_id=actor.request_id[:64],
            customer_ids=ids,
            customer_qty=len(ids),
        )
