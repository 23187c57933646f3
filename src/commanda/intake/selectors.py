"""What the intake pages show."""

from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from commanda.catalog.models import Variant
from commanda.customers.models import City
from commanda.intake.inbox_selectors import TO_DO
from commanda.intake.models import HookDelivery, ImportRun, Source, StagedRow, UploadedSheet
from commanda.intake.source_health import SourceHealth
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import NotFound

NAMES_OFFERED = 2_000
# So long after it was sent a delivery is looked at again for the names of its columns.
GUESSED_AGAIN = timedelta(minutes=10)


def source_list(actor: Actor) -> list[SourceHealth]:
    """All sources with their health, five queries."""
    return _with_health(actor, list(Source.objects.visible_to(actor).select_related("store")))


def source_health(actor: Actor, source: Source) -> SourceHealth:
    """The health of one source."""
    return _with_health(actor, [source])[0]


def _with_health(actor: Actor, sources: list[Source]) -> list[SourceHealth]:
    ids = [source.pk for source in sources]
    waiting = waiting_by_source(actor)
    newest = ImportRun.objects.filter(source__in=ids).order_by().values("source").annotate(newest=Max("pk"))
    last = {run.source_id: run for run in runs(actor).filter(pk__in=newest.values("newest"))}
    sent = HookDelivery.objects.visible_to(actor).order_by()
    unread = dict(sent.filter(status="waiting", source__in=ids).values_list("source").annotate(Count("pk")))
    runs_sent = [run.pk for run in last.values() if run.trigger == ImportRun.Trigger.HOOK]
    since = dict(sent.filter(run__in=runs_sent).values_list("run").annotate(Min("received_at")))
    return [
        SourceHealth(
            source=source,
            waiting_qty=waiting.get(source.pk, 0),
            last_run=(run := last.get(source.pk)),
            delivery_qty=unread.get(source.pk, 0),
            sent_at=since.get(run.pk) if run is not None else None,
        )
        for source in sources
    ]


def deliveries(actor: Actor, source_id: int) -> QuerySet[HookDelivery]:
    """What was sent to a source, newest first, without the bodies."""
    return HookDelivery.objects.visible_to(actor).filter(source=source_id).defer("body").order_by("-id")


def file_sources(actor: Actor) -> list[Source]:
    """Sources that files belong to."""
    return list(Source.objects.visible_to(actor).filter(kind=Source.Kind.FILE))


def mapped_sources(actor: Actor) -> list[Source]:
    """Sources whose mapping another one may start from."""
    return list(Source.objects.visible_to(actor).filter(mapping__isnull=False).only("name"))


def get_source(actor: Actor, source_id: int) -> Source:
    """One source. Raises `NotFound`."""
    source = Source.objects.visible_to(actor).select_related("store").filter(pk=source_id).first()
    if source is None:
        raise NotFound(_("This source does not exist any more."))
    return source


def due_sources() -> QuerySet[Source]:
    """Active sources that are polled and whose time has come."""
    sheets = (Source.Kind.SHEET_API, Source.Kind.SHEET_LINK)
    return Source.objects.filter(is_active=True, next_run_at__lte=now(), kind__in=sheets)


def sources_with_deliveries() -> list[int]:
    """Active sources of which something that was sent waits to be taken in. Without a mapping it waits for a person:
    only what came lately may be what a mapping can be guessed from."""
    waiting = HookDelivery.objects.filter(status=HookDelivery.Status.WAITING, source__is_active=True)
    can_go_on = Q(source__mapping__isnull=False) | Q(received_at__gte=now() - GUESSED_AGAIN)
    return list(waiting.filter(can_go_on).order_by().values_list("source_id", flat=True).distinct())


def waiting_by_source(actor: Actor) -> dict[int, int]:
    """How many rows wait in the inbox, per source."""
    rows = StagedRow.objects.visible_to(actor).filter(TO_DO).order_by()
    return dict(rows.values_list("source").annotate(Count("pk")))


def runs(actor: Actor, *, source_id: int | None = None) -> QuerySet[ImportRun]:
    """The history of imports, newest first."""
    rows = ImportRun.objects.visible_to(actor).select_related("source", "started_by").order_by("-id")
    return rows.filter(source_id=source_id) if source_id else rows


def get_run(actor: Actor, run_id: int) -> ImportRun:
    """One import. Raises `NotFound`."""
    run = runs(actor).filter(pk=run_id).first()
    if run is None:
        raise NotFound
    return run


def get_upload(actor: Actor, upload_id: UUID | str) -> UploadedSheet:
    """A file that waits for its import. Raises `NotFound` once it is a day old."""
    upload = UploadedSheet.objects.visible_to(actor).filter(pk=upload_id).first()
    if upload is None:
        raise NotFound(_("This upload is no longer here. Upload the file again."))
    return upload


def city_names() -> dict[int, str]:
    """The cities that are delivered to, named in the language in force."""
    return {city.pk: str(city) for city in City.objects.filter(is_active=True).only("name_fr", "name_ar")}


def product_names(actor: Actor) -> list[tuple[str, str]]:
    """Label and SKU of what can be ordered, at most 2,000."""
    rows = Variant.objects.visible_to(actor).sellable().select_related("product").order_by("product__name", "id")
    return [(variant.label, variant.sku) for variant in rows[:NAMES_OFFERED]]


def source_names_of(order_ids: list[int]) -> dict[int, str]:
    """Order id → the name of the source it came from; for orders that the actor may see."""
    rows = StagedRow.objects.filter(order_id__in=order_ids).order_by("-pk")
    return dict(rows.values_list("order_id", "source__name"))


def source_names() -> QuerySet[Source]:
    """Sources by name, for a filter's choice."""
    return Source.objects.only("pk", "name").order_by("name")
