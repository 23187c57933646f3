"""A draft read as a whole: the form of each step, what is wrong in which, and the order it would make."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from commanda.accounts.permissions import Perm
from commanda.customers.models import City
from commanda.kernel.actor import Actor
from commanda.kernel.errors import CommandaError
from commanda.orders import selectors
from commanda.orders.entry_steps import FIELDS, LABELS, Step
from commanda.orders.models import EntryDraft
from commanda.orders.services.drafts import OrderDraft
from commanda.orders.services.entry import BillingData, Entry
from commanda.orders.services.entry_prices import agree_prices
from commanda.web.entry.lines import EntryLines, entry_lines
from commanda.web.entry.step_forms import StepForm, shown_value, step_form

BILLING = ("company_name", "ice", "contact_name", "purchase_reference", "payment_method", "email", "language")
TEXTS = ("customer_name", "phone2_e164", "address", "note", "campaign")


@dataclass(slots=True)
class Checked:
    """The forms of a draft's steps; `lines` when its items were read."""

    draft: EntryDraft
    forms: dict[Step, StepForm] = field(default_factory=dict)
    lines: EntryLines | None = None
    line_errors: list[str] = field(default_factory=list)

    def is_valid(self, step: Step) -> bool:
        form = self.forms.get(step)
        if form is not None and form.is_bound and not form.is_valid():
            return False
        return step is not Step.ITEMS or (self.lines is not None and self.lines.is_valid() and not self.line_errors)

    @property
    def first_wrong(self) -> Step | None:
        return next((plan.step for plan in self.draft.order_type.plan if not self.is_valid(plan.step)), None)

    def facts(self) -> list[dict[str, Any]]:
        """The overview: each step with what was filled in."""
        return [
            {
                "step": step.value,
                "label": LABELS[step],
                "is_valid": self.is_valid(step),
                "rows": [
                    (form.fields[name].label, shown)
                    for name in form.fields
                    if name != "proof" and form.is_bound and form.is_valid() and (shown := shown_value(form, name))
                ],
            }
            for step, form in self.forms.items()
        ]

    @property
    def total_amount(self) -> Decimal:
        """What the order comes to, MAD; 0 while its items are wrong."""
        if self.lines is None or not self.is_valid(Step.ITEMS):
            return Decimal(0)
        prices = {form.chosen.pk: form.chosen.price_amount for form in self.lines.shown if form.chosen is not None}
        lines = sum(
            (
                (line.unit_price_amount if line.unit_price_amount is not None else prices[line.variant_id])
                * line.quantity
                for line in self.lines.drafts()
            ),
            Decimal(0),
        )
        data = self._data()
        return lines + (data.get("delivery_amount") or 0) - (data.get("discount_amount") or 0)

    def _data(self) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for form in self.forms.values():
            if form.is_bound and form.is_valid():
                merged.update(form.cleaned_data)
        return merged

    def entry(self, actor: Actor) -> Entry:
        """What `enter_order` takes; all steps are valid. A person who works orders keeps the one they entered."""
        data = self._data()
        order_type = self.draft.order_type
        store = data.get("store") or order_type.store or selectors.stores()[0]
        city: City | None = data.get("city")
        is_own = actor.can(Perm.CALLS_LOG) and not actor.can(Perm.ORDERS_VIEW_ALL)
        texts: dict[str, Any] = {name: data.get(name) or "" for name in TEXTS}
        texts["customer_name"] = texts["customer_name"] or data.get("contact_name") or data.get("company_name") or ""
        lines = self.lines.drafts() if self.lines is not None else []
        order = OrderDraft(
            phone_e164=data["phone_e164"],
            lines=tuple(lines),
            store_id=store.pk,
            channel=data.get("channel") or order_type.channel,
            city_id=city.pk if city else None,
            tags=data.get("tags") or (),
            promised_on=data.get("promised_on"),
            delivery_amount=data.get("delivery_amount") or Decimal(0),
            discount_amount=data.get("discount_amount") or Decimal(0),
            assignee_id=actor.user_id if is_own else None,
            **texts,
        )
        billing = BillingData(**{name: data[name] for name in BILLING if data.get(name)})
        return Entry(
            order,
            order_type_id=order_type.pk,
            billing=billing,
            price_remark=data.get("price_remark") or "",
            draft_id=self.draft.pk,
        )


def check_draft(actor: Actor, draft: EntryDraft, *, only: Step | None = None, is_checked: bool = True) -> Checked:
    """Read the steps of a draft, or only one; with `is_checked` the forms tell their errors."""
    checked = Checked(draft)
    for plan in draft.order_type.plan:
        if plan.step is Step.OVERVIEW or only not in {None, plan.step}:
            continue
        kept = draft.data.get(plan.step)
        more = {"has_proof": draft.attachments.exists()} if plan.step is Step.PAYMENT else {}
        is_bound = is_checked or only is None
        checked.forms[plan.step] = step_form(plan, actor, draft.order_type, kept=kept, is_checked=is_bound, **more)
        if plan.step is Step.ITEMS:
            _check_items(actor, checked, kept, is_bound=is_bound)
    return checked


def _check_items(actor: Actor, checked: Checked, kept: dict[str, list[str]] | None, *, is_bound: bool) -> None:
    empty = {"lines-TOTAL_FORMS": ["0"], "lines-INITIAL_FORMS": ["0"]}
    data = MultiValueDict({**empty, **(kept or {})})
    checked.lines = entry_lines(actor, data=data, order_type=checked.draft.order_type)
    if not is_bound or not checked.lines.is_valid():
        return
    lines = checked.lines.drafts()
    if not lines:
        checked.line_errors.append(_("Add at least one product."))
        return
    form = checked.forms[Step.ITEMS]
    remark = form.cleaned_data.get("price_remark", "") if form.is_valid() else ""
    try:
        agree_prices(actor=actor, order_type=checked.draft.order_type, lines=lines, remark=remark)
    except CommandaError as error:
        if error.field in form.fields:
            form.add_error(error.field, str(error))
        else:
            checked.line_errors.append(str(error))


def step_of_field(draft: EntryDraft, name: str) -> Step:
    """The step where a field is asked for; the last one before the overview when none is."""
    steps = [plan.step for plan in draft.order_type.plan if plan.step is not Step.OVERVIEW]
    if name in {"unit_price_amount", "quantity"}:
        return Step.ITEMS
    return next((step for step in steps if name in FIELDS[step]), steps[-1])
