from collections.abc import Collection

from django.db.models import Q, QuerySet

from commanda.audit.models import Event
from commanda.kernel.actor import Actor
from commanda.kernel.visibility import FieldClass, may_see


def events_of(subject: str, subject_id: int) -> QuerySet[Event]:
    """The history of one thing, newest first. The caller has checked that the actor may see the thing."""
    return Event.objects.filter(subject=subject, subject_id=subject_id).order_by("-id")


def everything(
    actor: Actor, *, words: str = "", names: Collection[str] = (), subjects: Collection[str] = ()
) -> QuerySet[Event]:
    """The whole history, newest first; facts about money only for those who may see them.

    `words` are part of the name of who did it, `names` events that are meant as well; `subjects` narrow it down.
    """
    rows = Event.objects.select_related("actor").order_by("-id")
    if not may_see(actor, FieldClass.COST):
        rows = rows.exclude(subject__startswith="finance.")
    if subjects:
        rows = rows.filter(subject__in=subjects)
    return rows.filter(Q(name__in=names) | Q(actor_name__icontains=words)) if words else rows
