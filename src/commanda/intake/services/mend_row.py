"""What a person does with a row that waits: mend it, set it aside, try it again."""

from collections.abc import Mapping as Typed
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.catalog.models import Variant
from commanda.catalog.services.aliases import add_alias
from commanda.customers.models import City
from commanda.customers.services.learn_city import learn_city
from commanda.intake.batch import SourceRow, stored_rows, stored_text
from commanda.intake.cleaning import CleaningContext, clean_row
from commanda.intake.drafting import load_context
from commanda.intake.locks import lock_row, lock_rows
from commanda.intake.mapping import FIELDS, Mapping
from commanda.intake.models import Source, StagedRow
from commanda.intake.product_text import UNKNOWN, ParsedItem, split_offer
from commanda.intake.rows import cleaning_context
from commanda.intake.selectors import inbox, rows_like
from commanda.intake.services.outcome import Outcome
from commanda.intake.services.read_source import stored_mapping
from commanda.intake.services.run_import import as_importer
from commanda.intake.services.write_rows import WRITTEN, Writer
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Conflict, Invalid, NotFound
from commanda.kernel.text import fold, shorten, strip_marks
from commanda.kernel.transaction import unit_of_work
from commanda.orders.models import Order
from commanda.orders.services.edit import edit_order
from commanda.orders.stages import EDITABLE

Status = StagedRow.Status
MAX_TYPED: Final = 1_000
RETRIED_AT_ONCE: Final = 1_000
_LONGEST_ALIAS: Final = 200
_CHANGES: Final = frozenset({"change_unreadable", "change_overruled", "change_too_late", "change_refused"})


@dataclass(frozen=True, slots=True)
class Fix:
    """What was typed or chosen for one row of an order: texts by field, a variant, a city.

    With `remember` the choice of a product or a city holds for all rows to come that say the same.
    """

    texts: Typed[str, str] = field(default_factory=dict)
    variant_id: int | None = None
    city_id: int | None = None
    remember: bool = True


def mend_row(*, actor: Actor, row_id: int, fixes: Typed[int, Fix]) -> StagedRow:
    """Put corrections in the place of cells and try the row again, this row only.

    `fixes` go by the place (from 0) of the row among those of its order. The row comes back imported with its order,
    or still waiting with what is wrong now; the cells as they were read stay. Raises `NotFound`, `Conflict` when it
    was imported meanwhile, and `Invalid` for a field that does not exist.
    """
    actor.require(Perm.INTAKE_MANAGE)
    with unit_of_work():
        staged = lock_row(actor, row_id)
        if staged.status == Status.IMPORTED:
            raise Conflict(_("This row has been imported meanwhile."), code="row_imported")
        rows = stored_rows(staged.cells)
        settings = stored_mapping(staged.source) or Mapping({})
        context = load_context(staged.source)
        cleaning = cleaning_context(settings, context)
        corrections = {place: dict(texts) for place, texts in staged.corrections.items()}
        for place, fix in fixes.items():
            if not 0 <= place < len(rows):
                raise Invalid(_("This row does not exist any more."), field="row")
            mine = corrections.setdefault(str(place), {})
            _type(mine, rows[place], fix)
            if fix.variant_id is not None:
                _choose_product(actor, mine, rows[place], fix, cleaning)
            if fix.city_id is not None:
                _choose_city(actor, mine, rows[place], fix)
        staged.corrections = {place: texts for place, texts in corrections.items() if texts}
        staged.status, staged.ignored_reason = Status.REJECTED, ""
        _retry(actor, staged.source, [staged])
        staged.save(update_fields=[*WRITTEN, "ignored_reason"])
        record(
            actor=actor,
            name="row.mended",
            subject="staged_row",
            subject_id=staged.pk,
            changes={"fields": sorted({name for texts in corrections.values() for name in texts})},
        )
    return staged


def ignore_row(*, actor: Actor, row_id: int, reason: str) -> StagedRow:
    """Set a row aside with a reason: it stays as it was read and is never imported by itself."""
    actor.require(Perm.INTAKE_MANAGE)
    reason = shorten(strip_marks(reason), 200)
    if not reason:
        raise Invalid(_("Say why this row is not needed."), field="reason", code="reason_needed")
    with unit_of_work():
        staged = lock_row(actor, row_id)
        if staged.status == Status.IMPORTED:
            raise Conflict(_("This row has been imported meanwhile."), code="row_imported")
        staged.status, staged.ignored_reason = Status.IGNORED, reason
        staged.save(update_fields=["status", "ignored_reason", "updated_at"])
        record(actor=actor, name="row.ignored", subject="staged_row", subject_id=staged.pk, reason=reason)
    return staged


def reopen_row(*, actor: Actor, row_id: int) -> StagedRow:
    """Take back that a row was set aside: it waits again."""
    actor.require(Perm.INTAKE_MANAGE)
    with unit_of_work():
        staged = lock_row(actor, row_id)
        if staged.status == Status.IGNORED:
            staged.status, staged.ignored_reason = Status.REJECTED, ""
            staged.save(update_fields=["status", "ignored_reason", "updated_at"])
            record(actor=actor, name="row.reopened", subject="staged_row", subject_id=staged.pk)
    return staged


def settle_row(*, actor: Actor, row_id: int, city_id: int | None = None, remember: bool = True) -> StagedRow:
    """An imported row has been looked at; with `city_id` its order gets that city.

    With `remember` so do the orders of the other rows that write it the same way and have no city yet. Raises what
    `edit_order` raises: an order that has left the house keeps its city.
    """
    actor.require(Perm.INTAKE_MANAGE)
    with unit_of_work():
        staged = lock_row(actor, row_id)
        if staged.status != Status.IMPORTED:
            raise Conflict(_("This row has not been imported yet."), code="row_waiting")
        if city_id is not None:
            order = Order.objects.get(staged_rows=staged)
            edit_order(actor=as_importer(actor), order_id=order.pk, fields={"city_id": city_id})
            if remember and order.city_text:
                learn_city(actor=actor, text=order.city_text, city_id=city_id)
                _settle_alike(actor, staged, city_id)
        staged.needs_look = False
        staged.save(update_fields=["needs_look", "updated_at"])
        record(actor=actor, name="row.settled", subject="staged_row", subject_id=staged.pk)
    return staged


def retry_rejected(*, actor: Actor, source_id: int | None = None, problem: str = "") -> Outcome:
    """Try waiting rows again, the oldest first, at most 1,000: a product was added, a spelling was learnt."""
    actor.require(Perm.INTAKE_MANAGE)
    outcome = Outcome()
    waiting = inbox(actor, source_id=source_id, problem=problem).filter(status=Status.REJECTED).order_by("pk")
    by_source: dict[int, list[int]] = {}
    for pk, its_source in waiting.values_list("pk", "source_id")[:RETRIED_AT_ONCE]:
        by_source.setdefault(its_source, []).append(pk)
    for its_source, ids in by_source.items():
        with unit_of_work():
            rows = [row for row in lock_rows(ids) if row.status == Status.REJECTED]
            if rows:
                _retry(actor, Source.objects.get(pk=its_source), rows, outcome)
    return outcome


def _settle_alike(actor: Actor, staged: StagedRow, city_id: int) -> None:
    """Give the orders of rows with the same unknown city that city, too, where it may still be changed."""
    alike = rows_like(actor, staged).filter(status=Status.IMPORTED, order__city=None, order__stage__in=EDITABLE)
    for row in lock_rows(list(alike.values_list("pk", flat=True)[:RETRIED_AT_ONCE])):
        order = Order.objects.get(staged_rows=row)
        if {problem["code"] for problem in row.problems} & _CHANGES or not order.is_editable:
            continue  # something else about this row wants a look
        edit_order(actor=as_importer(actor), order_id=order.pk, fields={"city_id": city_id})
        row.needs_look = False
        row.save(update_fields=["needs_look", "updated_at"])


def _retry(actor: Actor, source: Source, rows: list[StagedRow], outcome: Outcome | None = None) -> None:
    # Read anew: what has just been learnt counts.
    context = load_context(source)
    cleaning = cleaning_context(stored_mapping(source) or Mapping({}), context)
    Writer(as_importer(actor), source, None, context, cleaning).retry(rows, outcome or Outcome())


def _type(mine: dict[str, str], row: SourceRow, fix: Fix) -> None:
    for name, typed in fix.texts.items():
        if name not in FIELDS:
            raise Invalid(_("Unknown field: %(name)s"), field=name, name=name)
        text = strip_marks(typed)[:MAX_TYPED]
        if text and text != stored_text(row.cells.get(name, "")):
            mine[name] = text
        else:
            mine.pop(name, None)


def _choose_product(actor: Actor, mine: dict[str, str], row: SourceRow, fix: Fix, cleaning: CleaningContext) -> None:
    variant = Variant.objects.visible_to(actor).sellable().filter(pk=fix.variant_id or 0).first()
    if variant is None:
        raise NotFound(_("This product is no longer sold. Choose another one."))
    items = clean_row(row.cells | mine, cleaning).items
    unknown = [item for item in items if item.variant_id is None]
    text = unknown[0].text if unknown else stored_text(row.cells.get("product", ""))
    offer = split_offer(text)
    found = cleaning.products.match(text=offer.text or text)
    if fix.remember and found.problem == UNKNOWN and _learn(actor, variant, row, offer, is_joined=len(items) > 1):
        mine.pop("sku", None)
        return
    if len(items) > 1:
        raise Invalid(
            _("The cell names several products. Type them as they are called here, with + between them."),
            field="product",
            code="joined_products",
        )
    # Chosen for this row alone: the SKU decides, and the pieces the text tells must not get lost with it.
    mine["sku"] = variant.sku
    if offer.quantity and not stored_text(row.cells.get("quantity", "")):
        mine.setdefault("quantity", str(offer.quantity))


def _learn(actor: Actor, variant: Variant, row: SourceRow, offer: ParsedItem, *, is_joined: bool) -> bool:
    """Remember the name; False when it is too long to be one, or names an offer only."""
    options = [] if is_joined else [stored_text(row.cells.get(name, "")) for name in ("variant_color", "variant_size")]
    name = " ".join(part for part in (offer.text, *options) if part)
    if not offer.text or not fold(name) or len(fold(name)) > _LONGEST_ALIAS:
        return False
    add_alias(actor=actor, variant_id=variant.pk, text=name)
    return True


def _choose_city(actor: Actor, mine: dict[str, str], row: SourceRow, fix: Fix) -> None:
    city = City.objects.filter(pk=fix.city_id or 0, is_active=True).first()
    if city is None:
        raise NotFound(_("This city is not delivered to. Choose another one."))
    written: Any = stored_text(row.cells.get("city", ""))
    if fix.remember and 0 < len(fold(written)) <= 100:
        learn_city(actor=actor, text=written, city_id=city.pk)
    mine["city"] = city.name_fr
