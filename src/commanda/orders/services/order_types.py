"""The types of orders entered by hand, and the steps of their wizards."""

import re
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Invalid, NotFound
from commanda.kernel.transaction import unit_of_work
from commanda.orders.entry_steps import Step, StepPlan, read_plan
from commanda.orders.models import OrderType
from commanda.orders.stages import EDITABLE

SLUG = re.compile(r"[a-z0-9_-]{1,40}")
FIELDS = (
    "label_fr",
    "label_ar",
    "label_en",
    "customer_kind",
    "channel",
    "store_id",
    "first_state_id",
    "price_rule",
    "price_limit_percent",
    "sends_email",
    "is_default",
    "is_active",
    "position",
)


def save_order_type(
    *, actor: Actor, fields: dict[str, Any], steps: Sequence[StepPlan], slug: str = "", type_id: int | None = None
) -> OrderType:
    """Create or change a type. A new default takes the place of the old one; one active default always stays.

    Raises `Invalid` for a bad or taken slug, a limit above 100 %, a first state outside the house, and a company
    type that does not ask for the company.
    """
    actor.require(Perm.SETTINGS_MANAGE)
    unknown = set(fields) - set(FIELDS)
    if unknown:
        raise Invalid(_("Unknown field: %(name)s"), field=min(unknown), name=min(unknown))
    with unit_of_work():
        order_type = _found(type_id) if type_id else OrderType(slug=_free_slug(slug))
        before = _describe(order_type) if type_id else {}
        for name, value in fields.items():
            setattr(order_type, name, value)
        order_type.steps = [plan.as_json() for plan in read_plan([plan.as_json() for plan in steps])[:-1]]
        _check(order_type)
        if order_type.is_default:
            OrderType.objects.exclude(pk=order_type.pk).filter(is_default=True).update(is_default=False)
        order_type.save()
        if not OrderType.objects.filter(is_default=True, is_active=True).exists():
            raise Invalid(_("One active type must be the default."), field="is_default", code="no_default")
        after = _describe(order_type)
        record(
            actor=actor,
            name="settings.order_type",
            subject="order_type",
            subject_id=order_type.pk,
            changes={name: [before.get(name), after[name]] for name in after if before.get(name) != after[name]},
        )
    return order_type


def _found(type_id: int) -> OrderType:
    order_type = OrderType.objects.filter(pk=type_id).first()
    if order_type is None:
        raise NotFound
    return order_type


def _free_slug(slug: str) -> str:
    slug = slug.strip().lower()
    if not SLUG.fullmatch(slug):
        raise Invalid(_("Small Latin letters, digits and hyphens only."), field="slug", code="bad_slug")
    if OrderType.objects.filter(slug=slug).exists():
        raise Invalid(_("Another type has this short name."), field="slug", code="slug_taken")
    return slug


def _check(order_type: OrderType) -> None:
    if not order_type.label_fr.strip():
        raise Invalid(_("Give it a French name."), field="label_fr", code="label_needed")
    if order_type.price_limit_percent > 100:
        raise Invalid(_("A limit is between 0 and 100 %%."), field="price_limit_percent", code="bad_limit")
    if order_type.first_state is not None and order_type.first_state.stage not in EDITABLE:
        raise Invalid(
            _("An order cannot begin in this state. Choose one before shipping."),
            field="first_state",
            code="bad_first_state",
        )
    customer = order_type.plan_of(Step.CUSTOMER)
    is_company = order_type.customer_kind == OrderType.CustomerKind.B2B
    if is_company and (customer is None or not customer.is_required("company_name")):
        raise Invalid(
            _("Orders of companies must ask for the company: make this field required."),
            field="customer_kind",
            code="company_needed",
        )


def _describe(order_type: OrderType) -> dict[str, Any]:
    steps = [f"{plan.step}: {', '.join(plan.shown)}" for plan in order_type.plan]
    return {name: getattr(order_type, name) for name in FIELDS} | {"steps": steps}
