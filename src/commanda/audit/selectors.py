from django.db.models import QuerySet

from commanda.audit.models import Event


def events_of(subject: str, subject_id: int) -> QuerySet[Event]:
    """The history of one thing, newest first. The caller has checked that the actor may see the thing."""
    return Event.objects.filter(subject=subject, subject_id=subject_id).order_by("-id")
