"""What the intake pages show."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from commanda.catalog.models import Variant
from commanda.customers.models import City
from commanda.intake.failures import explain
from commanda.intake.models import HookDelivery, ImportRun, Source, StagedRow, UploadedSheet
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import NotFound

# A polled source that has not succeeded for so many of its periods is late.
LATE_AFTER_PERIODS = 10
NAMES_OFFERED = 2_000
# Problems whose solution is remembered for other rows.
LEARNT = frozenset({"unknown_product", "city_unknown"})
# A run that says it is under way longer than this was killed; the next one tells.
LONGEST_RUN = timedelta(hours=1)
# So long after it was sent a delivery is looked at again for the names of its columns.
GUESSED_AGAIN = timedelta(minutes=10)
WAITING = Q(status=StagedRow.Status.REJECTED) | Q(needs_look=True)


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """A source as the list of sources shows it."""

    source: Source
    waiting_qty: int
    last_run: ImportRun | None

    @property
    def error(self) -> str:
        """What went wrong with the last reading, and what to do."""
        return explain(self.source.error_code, self.source.error_params)

    @property
    def state(self) -> str:
        """`running`, `unfinished` (no mapping yet), `paused`, `error`, `late`, `new` (never read) or `ok`."""
        if self.last_run is not None and self.last_run.is_open and now() - self.last_run.started_at < LONGEST_RUN:
            return "running"
        if self.source.mapping is None and self.source.kind != Source.Kind.FILE:
            return "unfinished"
        if not self.source.is_active:
            return "paused"
        if self.source.error_code:
            return "error"
        if self.source.last_success_at is None:
            return "new"
        return "late" if self._is_late else "ok"

    @property
    def _is_late(self) -> bool:
        if not self.source.is_polled or self.source.last_success_at is None:
            return False
        patience = timedelta(seconds=self.source.poll_seconds * LATE_AFTER_PERIODS)
        return now() - self.source.last_success_at > patience


def source_list(actor: Actor) -> list[SourceHealth]:
    """All sources with their health, three queries."""
    sources = list(Source.objects.visible_to(actor).select_related("store"))
    ids = [source.pk for source in sources]
    waiting = waiting_by_source(actor)
    newest = ImportRun.objects.filter(source__in=ids).values("source").annotate(newest=Max("pk")).values("newest")
    runs = {run.source_id: run for run in ImportRun.objects.visible_to(actor).filter(pk__in=newest)}
    return [SourceHealth(source, waiting.get(source.pk, 0), runs.get(source.pk)) for source in sources]


def source_health(actor: Actor, source: Source) -> SourceHealth:
    """The health of one source."""
    return SourceHealth(source, waiting_by_source(actor).get(source.pk, 0), runs(actor, source_id=source.pk).first())


def file_sources(actor: Actor) -> list[Source]:
    """Sources that files belong to."""
    return list(Source.objects.visible_to(actor).filter(kind=Source.Kind.FILE))


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
    rows = StagedRow.objects.visible_to(actor).filter(WAITING).order_by()
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


def inbox(
    actor: Actor, *, source_id: int | None = None, problem: str = "", run_id: int | None = None
) -> QuerySet[StagedRow]:
    """Rows that wait for a person, newest first: rejected ones, and imported ones that somebody should look at."""
    rows = StagedRow.objects.visible_to(actor).filter(WAITING)
    if source_id:
        rows = rows.filter(source_id=source_id)
    if run_id:
        rows = rows.filter(last_run_id=run_id)
    if problem:
        rows = rows.filter(problems__contains=[{"code": problem}])
    return rows.select_related("source", "order").order_by("-id")


def problem_counts(actor: Actor, *, source_id: int | None = None) -> dict[str, int]:
    """How many waiting rows have each problem, the most frequent first."""
    counts: Counter[str] = Counter()
    for problems in inbox(actor, source_id=source_id).values_list("problems", flat=True).iterator():
        counts.update({problem["code"] for problem in problems})
    return dict(counts.most_common())


def rows_like(actor: Actor, row: StagedRow) -> QuerySet[StagedRow]:
    """Other waiting rows that name the same unknown product or city."""
    alike = Q()
    for problem in row.problems:
        if problem["code"] in LEARNT and problem["params"].get("value"):
            same = {"code": problem["code"], "params": {"value": problem["params"]["value"]}}
            alike |= Q(problems__contains=[same])
    rows = inbox(actor).exclude(pk=row.pk)
    return rows.filter(alike) if alike else rows.none()


def get_row(actor: Actor, row_id: int) -> StagedRow:
    """One staged row. Raises `NotFound`."""
    row = StagedRow.objects.visible_to(actor).select_related("source", "order").filter(pk=row_id).first()
    if row is None:
        raise NotFound
    return row


def city_names() -> dict[int, str]:
    """The cities that are delivered to, named in the language in force."""
    return {city.pk: str(city) for city in City.objects.filter(is_active=True).only("name_fr", "name_ar")}


def product_names(actor: Actor) -> list[tuple[str, str]]:
    """Label and SKU of what can be ordered, at most 2,000."""
    rows = Variant.objects.visible_to(actor).sellable().select_related("product").order_by("product__name", "id")
    return [(variant.label, variant.sku) for variant in rows[:NAMES_OFFERED]]
