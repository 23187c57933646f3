"""Saved views of the orders list, and how a person likes it."""

from collections.abc import Sequence
from typing import Final

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from commanda.kernel.text import shorten, strip_marks
from commanda.kernel.transaction import unit_of_work
from commanda.orders.models import ListSettings, SavedView

MOST_VIEWS: Final = 30
SEE: Final = (Perm.ORDERS_VIEW, Perm.ORDERS_VIEW_ALL)


def save_view(
    *,
    actor: Actor,
    name: str,
    query: str,
    columns: Sequence[str] = (),
    is_shared: bool = False,
    view_id: int | None = None,
) -> SavedView:
    """Keep filters and columns under a name: a new view, or with `view_id` the same one changed.

    Only the owner changes a view; sharing takes the right to assign orders. Raises `Invalid` for a name that is
    empty or taken and for too many views, `NotFound` for somebody else's, `NotAllowed` for sharing.
    """
    user_id = _person_with_list(actor)
    name = shorten(strip_marks(name), 40)
    if not name:
        raise Invalid(_("Give the view a name."), field="name", code="name_missing")
    if is_shared and not actor.can(Perm.ORDERS_ASSIGN):
        raise NotAllowed(_("Only who assigns orders may share a view."), field="is_shared")
    with unit_of_work():
        mine = SavedView.objects.filter(owner_id=user_id)
        if mine.filter(name=name).exclude(pk=view_id or 0).exists():
            raise Invalid(_("You have a view of this name already."), field="name", code="name_taken")
        if view_id is None:
            if mine.count() >= MOST_VIEWS:
                raise Invalid(
                    _("You have %(limit)s views. Delete one first."), field="name", code="too_many", limit=MOST_VIEWS
                )
            last = mine.aggregate(last=Max("position"))["last"] or 0
            view = SavedView(owner_id=user_id, position=last + 1)
        else:
            view = _own(user_id, view_id)
        view.name, view.query, view.columns, view.is_shared = name, query[:2000], list(columns), is_shared
        view.save()
        record(
            actor=actor,
            name="view.saved",
            subject="saved_view",
            subject_id=view.pk,
            changes={"name": name, "query": view.query, "shared": is_shared},
        )
    return view


def delete_view(*, actor: Actor, view_id: int) -> None:
    """Remove an own view. Raises `NotFound`."""
    user_id = _person_with_list(actor)
    with unit_of_work():
        view = _own(user_id, view_id)
        record(actor=actor, name="view.deleted", subject="saved_view", subject_id=view.pk, changes={"name": view.name})
        view.delete()


def move_view(*, actor: Actor, view_id: int, step: int) -> None:
    """Put an own view one place earlier (-1) or later (+1)."""
    user_id = _person_with_list(actor)
    with unit_of_work():
        views = list(SavedView.objects.filter(owner_id=user_id))
        at = next((at for at, view in enumerate(views) if view.pk == view_id), None)
        if at is None:
            raise NotFound
        to = min(max(at + step, 0), len(views) - 1)
        views.insert(to, views.pop(at))
        for position, view in enumerate(views, start=1):
            view.position = position
        SavedView.objects.bulk_update(views, ["position"])


def set_list(
    *, actor: Actor, columns: Sequence[str] | None = None, is_dense: bool | None = None, start_view: str | None = None
) -> ListSettings:
    """Keep how the actor likes the list; what is None stays."""
    user_id = _person_with_list(actor)
    with transaction.atomic():
        settings, _is_new = ListSettings.objects.get_or_create(user_id=user_id)
        if columns is not None:
            settings.columns = list(columns)
        if is_dense is not None:
            settings.is_dense = is_dense
        if start_view is not None:
            settings.start_view = start_view[:30]
        settings.save()
    return settings


def _person_with_list(actor: Actor) -> int:
    if not any(actor.can(permission) for permission in SEE):
        raise NotAllowed
    if actor.user_id is None:
        raise Conflict(_("Only people have views."), code="no_person")
    return actor.user_id


def _own(user_id: int, view_id: int) -> SavedView:
    view = SavedView.objects.filter(pk=view_id, owner_id=user_id).first()
    if view is None:
        raise NotFound
    return view
