"""Create orders: one or ten thousand with the same number of statements."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Any, Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record_many
from commanda.catalog.models import Variant
from commanda.customers.services.upsert import ClientData, upsert_customers
from commanda.kernel.actor import Actor
from commanda.kernel.arrays import number_array, text_array
from commanda.kernel.bulk import insert_rows
from commanda.kernel.clock import now
from commanda.kernel.errors import Invalid
from commanda.kernel.prepared import planned_cursor
from commanda.kernel.text import as_json, fold
from commanda.kernel.transaction import unit_of_work
from commanda.orders.effects import StageChange, run_effects
from commanda.orders.models import Order
from commanda.orders.services.drafts import OrderDraft
from commanda.orders.services.lines import AgreedPrices, PricedLine, insert_lines, price_lines
from commanda.orders.stages import Stage
from commanda.orders.statemachine import Graph
from commanda.orders.utm import clean_utm
from commanda.orders.workflow import current_graph

DUPLICATE_DAYS = 7
# All that a draft can tell of an order as it is.
_COLUMNS: Final = (
    "id", "reference", "store_id", "channel", "platform", "campaign", "customer_id", "customer_name", "name_folded",
    "phone_e164", "phone2_e164", "city_id", "city_text", "address", "note", "state_id", "stage", "created_by_id",
    "assignee_id", "assigned_at", "possible_duplicate_of_id", "discount_amount", "delivery_amount", "total_amount",
    "promised_on",
)  # fmt: skip
# What goes to the database as text.
_TEXTS: Final = ("created_at", "updated_at", "tags", "utm")

# What the database knows of each draft: its order number with its store's prefix, and the oldest order that it may
# repeat. In the order asked for (numbers are drawn after the sort). LATERAL with a limit is one look into the index of
# phones for each, however the tables have grown since ANALYZE.
NUMBERS = """
SELECT nextval('orders_order_id_seq'), store.prefix, original.id
FROM unnest(%s::bigint[], %s::text[], %s::text[]) WITH ORDINALITY AS draft (store_id, phone, variants, position)
JOIN orders_store AS store ON store.id = draft.store_id
LEFT JOIN LATERAL (
    SELECT existing.id
    FROM orders_order AS existing
    WHERE existing.phone_e164 = draft.phone AND existing.created_at >= %s
      AND existing.stage NOT IN ('cancelled', 'draft')
      AND EXISTS (
          SELECT FROM orders_orderline AS line
          WHERE line.order_id = existing.id AND line.variant_id = ANY(draft.variants::bigint[])
      )
    ORDER BY existing.id
    LIMIT 1
) AS original ON true
ORDER BY draft.position
"""


def create_order(
    *, actor: Actor, draft: OrderDraft, agreed: AgreedPrices = frozenset(), known: Iterable[Variant] = ()
) -> Order:
    """Create one order; see `create_orders`."""
    return create_orders(actor=actor, drafts=[draft], agreed=agreed, known=known)[0]


def create_orders(
    *,
    actor: Actor,
    drafts: Sequence[OrderDraft],
    agreed: AgreedPrices = frozenset(),
    known: Iterable[Variant] = (),
) -> list[Order]:
    """Create orders in their first state, in the order given, all or none.

    Clients are made or updated by phone. The same phone with the same product within seven days is flagged as
    a possible duplicate, never merged. Prices default to the catalogue's; another price takes the right to change
    prices, unless the caller has `agreed` to it. Variants that he has just read, with their products, may be given as
    `known`. Raises `Invalid` for an order without lines, an unknown variant or
    an absurd quantity.
    """
    made = create_in_bulk(actor=actor, drafts=drafts, agreed=agreed, known=known)
    orders = [Order(**values) for values in made]
    for order in orders:
        order._state.adding, order._state.db = False, connection.alias
    return orders


def create_in_bulk(
    *,
    actor: Actor,
    drafts: Sequence[OrderDraft],
    agreed: AgreedPrices = frozenset(),
    known: Iterable[Variant] = (),
) -> list[dict[str, Any]]:
    """`create_orders` for thousands at once: gives the fields of each order instead of an object."""
    actor.require(Perm.ORDERS_CREATE)
    if not drafts:
        return []
    with unit_of_work():
        graph = current_graph()
        priced = price_lines(actor, [draft.lines for draft in drafts], agreed=agreed, known=known)
        customers = upsert_customers(actor=actor, clients=[_client(draft) for draft in drafts])
        orders = _order_fields(actor, drafts, priced, customers, graph)
        insert_rows(Order, _COLUMNS + _TEXTS, _rows(orders))
        insert_lines([(each["id"], lines) for each, lines in zip(orders, priced, strict=True)])
        slugs = {pk: state.slug for pk, state in graph.states.items()}
        record_many(
            actor=actor,
            name="order.created",
            subject="order",
            entries=[
                (each["id"], {"state": [None, slugs[each["state_id"]]], "total": str(each["total_amount"])})
                for each in orders
            ],
        )
        run_effects(
            actor,
            [
                StageChange(
                    each["id"], each["phone_e164"], each["assignee_id"], None, Stage(each["stage"]), each["created_at"]
                )
                for each in orders
            ],
        )
    return orders


def _rows(orders: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """As `_COLUMNS` and `_TEXTS`. The driver takes five times as long to write a moment as the moment itself does."""
    told = itemgetter(*_COLUMNS)
    updated_at = orders[0]["updated_at"].isoformat()
    return [
        (
            *told(each),
            each["created_at"].isoformat(),
            updated_at,
            text_array(each["tags"]),
            each["utm"] and as_json(each["utm"]),
        )
        for each in orders
    ]


def _client(draft: OrderDraft) -> ClientData:
    return ClientData(draft.phone_e164, draft.customer_name, draft.phone2_e164, draft.city_id, draft.address)


def _order_fields(
    actor: Actor,
    drafts: Sequence[OrderDraft],
    priced: list[list[PricedLine]],
    customers: dict[str, int],
    graph: Graph,
) -> list[dict[str, Any]]:
    at = now()
    numbers = _next_numbers(drafts)
    twins = _twins_in_batch([pk for pk, _prefix, _original in numbers], drafts)
    first = graph.initial
    draft_state = graph.first_of(Stage.DRAFT) if any(draft.is_draft for draft in drafts) else first
    orders = []
    for (pk, prefix, original), draft, lines in zip(numbers, drafts, priced, strict=True):
        state = draft_state if draft.is_draft else first
        orders.append(
            {
                "id": pk,
                "reference": f"{prefix}-{pk:06d}",
                "store_id": draft.store_id,
                "channel": draft.channel,
                "platform": draft.platform,
                "campaign": draft.campaign[:120],
                "utm": clean_utm(draft.utm) if draft.utm else None,
                "customer_id": customers[draft.phone_e164],
                "customer_name": draft.customer_name[:200],
                "name_folded": fold(draft.customer_name)[:200],
                "phone_e164": draft.phone_e164,
                "phone2_e164": draft.phone2_e164,
                "city_id": draft.city_id,
                "city_text": draft.city_text[:100],
                "address": draft.address[:500],
                "note": draft.note[:1000],
                "tags": list(draft.tags),
                "state_id": state.pk,
                "stage": state.stage,
                "created_by_id": actor.user_id,
                "assignee_id": draft.assignee_id,
                "assigned_at": at if draft.assignee_id else None,
                "possible_duplicate_of_id": original or twins.get(pk),
                "discount_amount": draft.discount_amount,
                "delivery_amount": draft.delivery_amount,
                "total_amount": order_total(lines, draft.discount_amount, draft.delivery_amount),
                "promised_on": draft.promised_on,
                "created_at": draft.created_at or at,
                "updated_at": at,
            }
        )
    return orders


def _twins_in_batch(ids: Sequence[int], drafts: Sequence[OrderDraft]) -> dict[int, int]:
    """Order id → the first order of the same batch with the same phone and product."""
    first: dict[tuple[str, int], int] = {}
    twins: dict[int, int] = {}
    for pk, draft in zip(ids, drafts, strict=True):
        for line in draft.lines:
            earlier = first.setdefault((draft.phone_e164, line.variant_id), pk)
            if earlier != pk:
                twins.setdefault(pk, earlier)
    return twins


def order_total(lines: Sequence[PricedLine], discount: Decimal, delivery: Decimal) -> Decimal:
    """Σ line total − discount + delivery, MAD. Raises `Invalid` when the discount exceeds the lines."""
    subtotal = sum((line.unit_price_amount * line.quantity for line in lines), Decimal(0))
    if discount > subtotal:
        raise Invalid(_("The discount is larger than the order."), field="discount_amount", code="discount_too_large")
    return subtotal - discount + delivery


def _next_numbers(drafts: Sequence[OrderDraft]) -> list[tuple[int, str, int | None]]:
    """A new id, the store's prefix and the possible original for each."""
    since = min((draft.created_at or now()) for draft in drafts) - timedelta(days=DUPLICATE_DAYS)
    columns: list[list[Any]] = [
        [draft.store_id for draft in drafts],
        [draft.phone_e164 for draft in drafts],
        [number_array(line.variant_id for line in draft.lines) for draft in drafts],
    ]
    with planned_cursor() as cursor:
        cursor.execute(NUMBERS, [*columns, since])
        numbers: list[tuple[int, str, int | None]] = cursor.fetchall()
        return numbers
