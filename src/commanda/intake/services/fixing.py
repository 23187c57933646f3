"""What a person typed or chose for a row, put in the place of its cells."""

from collections.abc import Mapping as Typed
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext_lazy as _

from commanda.catalog.models import Variant
from commanda.catalog.services.aliases import add_alias
from commanda.customers.models import City
from commanda.customers.services.learn_city import learn_city
from commanda.intake.batch import SourceRow, stored_rows, stored_text
from commanda.intake.cleaning import CleaningContext, clean_row
from commanda.intake.mapping import FIELDS
from commanda.intake.models import StagedRow
from commanda.intake.product_format import CellPart
from commanda.intake.product_text import UNKNOWN, wording
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Invalid, NotFound
from commanda.kernel.text import fold, strip_marks

MAX_TYPED: Final = 1_000
_LONGEST_ALIAS: Final = 200
_LONGEST_CITY: Final = 100


@dataclass(frozen=True, slots=True)
class Fix:
    """What was typed or chosen for one row of an order: texts by field, a variant, a city.

    With `remember` the choice of a product or a city holds for all rows to come that say the same.
    """

    texts: Typed[str, str] = field(default_factory=dict)
    variant_id: int | None = None
    city_id: int | None = None
    remember: bool = True


def correct(actor: Actor, staged: StagedRow, fixes: Typed[int, Fix], cleaning: CleaningContext) -> None:
    """Put the fixes, by the place (from 0) of the row among those of its order, into `corrections`, unsaved.

    What is to be remembered is. Raises `Invalid` and `NotFound` for what does not exist, `Conflict` for a spelling
    that means something else already.
    """
    rows = stored_rows(staged.cells)
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
    part = wording(text, cleaning.product_format)
    found = cleaning.products.match(text=part.name or text, color=part.color, size=part.size)
    if fix.remember and found.problem == UNKNOWN and _learn(actor, variant, row, part, is_joined=len(items) > 1):
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
    if part.quantity and not stored_text(row.cells.get("quantity", "")):
        mine.setdefault("quantity", str(part.quantity))


def _learn(actor: Actor, variant: Variant, row: SourceRow, part: CellPart, *, is_joined: bool) -> bool:
    """Remember the name; False when it is too long to be one, or names an offer only.

    Options that the cell tells belong to the name, unless the variant has none: then the name holds for all of them.
    """
    if part.color or part.size:
        name = part.wording if variant.color or variant.size else part.name
    else:
        columns = [] if is_joined else ["variant_color", "variant_size"]
        options = [stored_text(row.cells.get(column, "")) for column in columns]
        name = " ".join(filter(None, (part.name, *options)))
    if not part.name or not fold(name) or len(fold(name)) > _LONGEST_ALIAS:
        return False
    add_alias(actor=actor, variant_id=variant.pk, text=name)
    return True


def _choose_city(actor: Actor, mine: dict[str, str], row: SourceRow, fix: Fix) -> None:
    city = City.objects.filter(pk=fix.city_id or 0, is_active=True).first()
    if city is None:
        raise NotFound(_("This city is not delivered to. Choose another one."))
    written = stored_text(row.cells.get("city", ""))
    if fix.remember and 0 < len(fold(written)) <= _LONGEST_CITY:
        learn_city(actor=actor, text=written, city_id=city.pk)
    mine["city"] = city.name_fr
