"""What clients send about orders."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated

from django.utils.translation import gettext_lazy as _
from pydantic import AwareDatetime, Field, model_validator

from commanda.api.fields import (
    Amount,
    Cursor,
    Filters,
    Id,
    In,
    PageSize,
    Text30,
    Text40,
    Text60,
    Text100,
    Text120,
    Text200,
    Text300,
    Text500,
    Text1000,
    Text4000,
)
from commanda.confirmation.models import Call
from commanda.kernel.errors import Invalid
from commanda.orders.models.order import Channel
from commanda.orders.stages import Stage

MAX_LINES = 50
MAX_BULK_CREATE = 200
MAX_BULK_MOVE = 500

Phone = Annotated[
    Text60,
    Field(description="A Moroccan number in any form: `06 12 34 56 78`, `+212612345678`", examples=["0612345678"]),
]
# Days and instants outside of this are typing errors, and some would not survive arithmetic.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
Moment = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=datetime(2100, 12, 31, tzinfo=UTC))]
Tags = Annotated[list[Text40], Field(max_length=20)]


class LineIn(In):
    """What is ordered: a variant by `sku` or by `variant_id`. Without a price the catalogue's counts."""

    sku: Text60 = ""
    variant_id: Id | None = None
    quantity: Annotated[int, Field(strict=True, ge=1, le=999)] = 1
    unit_price_amount: Annotated[
        Amount | None, Field(description="Another price than the catalogue's takes the right to change prices")
    ] = None
    is_upsell: bool = False


Lines = Annotated[list[LineIn], Field(min_length=1, max_length=MAX_LINES)]


class OrderIn(In):
    """A new order."""

    phone: Phone
    lines: Lines
    customer_name: Text200 = ""
    phone2: Phone = ""
    city: Annotated[Text100, Field(description="In French or Arabic; kept as written when we do not know it")] = ""
    address: Text500 = ""
    note: Text1000 = ""
    store: Annotated[Text30, Field(description="Reference prefix of the store; the first store when empty")] = ""
    platform: Annotated[
        Text30, Field(description="Where the ad was seen, like `facebook`; `fb`, `meta`, `TikTok Ads` … are understood")
    ] = ""
    campaign: Annotated[Text120, Field(description="Name or number of the campaign, as in `utm_campaign`")] = ""
    utm_source: Annotated[Text200, Field(description="Gives the platform when `platform` is empty")] = ""
    utm_medium: Text200 = ""
    utm_content: Text200 = ""
    utm_term: Text200 = ""
    tags: Tags = []
    discount_amount: Annotated[Amount, Field(description="Takes the right to change prices")] = Decimal(0)
    delivery_amount: Annotated[Amount, Field(description="What the client pays for delivery")] = Decimal(0)
    promised_on: Day | None = None


class OrdersIn(In):
    """Several new orders, all or none."""

    orders: Annotated[list[OrderIn], Field(min_length=1, max_length=MAX_BULK_CREATE)]


class OrderPatch(In):
    """Only what changes; possible until the order has left the house, tags always."""

    phone: Phone | None = None
    phone2: Phone | None = None
    customer_name: Text200 | None = None
    city: Text100 | None = None
    address: Text500 | None = None
    note: Text1000 | None = None
    discount_amount: Amount | None = None
    delivery_amount: Amount | None = None
    promised_on: Day | None = None
    tags: Tags | None = None


class LinesIn(In):
    """All lines of the order as they shall be."""

    lines: Lines


class TransitionIn(In):
    """The state to move to; `expected_state` refuses the move if the order is in another state meanwhile."""

    to: Text40
    expected_state: Text40 = ""
    reason: Annotated[Text40, Field(description="Slug of a reason, see /workflow")] = ""
    reason_text: Text300 = ""


class TransitionsIn(In):
    """Many orders, by `ids` or by `references`, to one state."""

    to: Text40
    ids: Annotated[list[Id], Field(max_length=MAX_BULK_MOVE)] = []
    references: Annotated[list[Text30], Field(max_length=MAX_BULK_MOVE)] = []
    reason: Text40 = ""
    reason_text: Text300 = ""

    @model_validator(mode="after")
    def _one_kind(self) -> "TransitionsIn":
        if bool(self.ids) == bool(self.references):
            raise Invalid(_("Name the orders by ids or by references."), field="ids", code="ids_or_references")
        return self


class CommentIn(In):
    """An internal note."""

    text: Annotated[Text4000, Field(min_length=1)]


class CallIn(In):
    """One contact with the client and how it ended."""

    outcome: Annotated[Text40, Field(description="Slug of an outcome, see /workflow")]
    medium: Call.Medium = Call.Medium.PHONE
    comment: Text1000 = ""
    callback_at: Annotated[Moment | None, Field(description="When the client asked to be called, within 60 days")] = (
        None
    )
    reason: Annotated[Text40, Field(description="Slug of a reason, where the outcome cancels the order")] = ""
    reason_text: Text300 = ""


class OrderListFilters(Filters):
    """Everything is optional; filters narrow together. Newest first, or oldest change first with `updated_since`."""

    q: Annotated[Text100, Field(description="Reference, phone, part of the client's name, or product")] = ""
    state: Annotated[Text40, Field(description="Slug of a state")] = ""
    stage: Stage | None = None
    assignee: Annotated[Text30, Field(description="Id of the agent, `me`, or `none`", pattern="^(me|none|[0-9]*)$")] = (
        ""
    )
    phone: Phone = ""
    product_sku: Text60 = ""
    tag: Text40 = ""
    channel: Channel | None = None
    platform: Text30 = ""
    created_from: Annotated[Day | None, Field(description="Day in Casablanca, inclusive")] = None
    created_to: Annotated[Day | None, Field(description="Day in Casablanca, inclusive")] = None
    updated_since: Annotated[Moment | None, Field(description="Instant with its offset")] = None
    cursor: Cursor = ""
    limit: PageSize = 50


class HistoryFilters(Filters):
    cursor: Cursor = ""
    limit: PageSize = 50
