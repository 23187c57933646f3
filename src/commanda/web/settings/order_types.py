"""Order types: what the wizard of each asks for, in which order, and what its orders start from."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from commanda.accounts.permissions import Perm
from commanda.orders.entry_selectors import all_order_types, get_order_type
from commanda.orders.entry_steps import (
    ALWAYS,
    FIELDS,
    LABELS,
    MODE_LABELS,
    NEEDED,
    NEVER_REQUIRED,
    Mode,
    Step,
    StepPlan,
)
from commanda.orders.models import OrderType
from commanda.orders.selectors import states, stores
from commanda.orders.services.order_types import save_order_type
from commanda.orders.stages import EDITABLE
from commanda.web.htmx import redirect, render_page
from commanda.web.orders.forms import ENTRY_CHANNELS
from commanda.web.page import PageRequest, form_errors, page

STEPS = [step for step in Step if step is not Step.OVERVIEW]


class OrderTypeForm(forms.ModelForm):
    """A type; saved by its service, not by the form."""

    slug = forms.SlugField(
        label=gettext_lazy("Short name"), max_length=40, help_text=gettext_lazy("Small letters, once and for all: b2c.")
    )

    class Meta:
        model = OrderType
        fields = (
            "label_fr",
            "label_ar",
            "label_en",
            "slug",
            "customer_kind",
            "channel",
            "store",
            "first_state",
            "price_rule",
            "price_limit_percent",
            "sends_email",
            "is_default",
            "is_active",
        )
        help_texts = {
            "first_state": gettext_lazy("Empty: the workflow's first state. Reached by its moves, with their rights."),
            "price_limit_percent": gettext_lazy("How far a person without the right to change prices may go."),
            "is_default": gettext_lazy("The type of agents' quick entries."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores()  # type: ignore[attr-defined]
        self.fields["first_state"].queryset = states().filter(stage__in=EDITABLE)  # type: ignore[attr-defined]
        channels = [(channel.value, channel.label) for channel in ENTRY_CHANNELS]
        self.fields["channel"].choices = channels  # type: ignore[attr-defined]
        if self.instance.pk:
            del self.fields["slug"]

    def validate_unique(self) -> None:
        """The service says it."""

    def validate_constraints(self) -> None:
        """The service takes the old default's place."""

    def saved(self) -> dict[str, Any]:
        """What `save_order_type` takes."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "slug"}
        for name in ("store", "first_state"):
            row = data.pop(name)
            data[f"{name}_id"] = row.pk if row else None
        return data


@page(Perm.SETTINGS_MANAGE)
@require_http_methods(["GET", "HEAD"])
def order_types(request: PageRequest) -> HttpResponse:
    """The types with their steps and numbers."""
    rows = [
        {"type": each, "steps": [LABELS[plan.step] for plan in each.plan], "number": each.orders_number}  # type: ignore[attr-defined]
        for each in all_order_types()
    ]
    return render_page(request, "settings/order_types.html", {"rows": rows})


@page(Perm.SETTINGS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def order_type(request: PageRequest, type_id: int | None = None) -> HttpResponse:
    """A new or a chosen type: its facts, the order of its steps, and each field left out, optional or required."""
    # A fresh copy: the form writes what was typed into it.
    found = get_order_type(type_id) if type_id else OrderType(position=99)
    plans = _plans_sent(request) if request.method == "POST" else _all_plans(found)
    form = OrderTypeForm(request.POST or None, instance=found)
    move = request.POST.get("move", "")
    if move:
        plans = _moved(plans, move)
    elif request.method == "POST" and form.is_valid():
        with form_errors(form):
            steps = [plan for plan, is_on in plans if is_on]
            slug = form.cleaned_data.get("slug", "")
            save_order_type(actor=request.actor, fields=form.saved(), steps=steps, slug=slug, type_id=type_id)
            messages.success(request, _("Saved."))
            return redirect(request, reverse("settings_order_types"))
    context = {"form": form, "type": found, "is_new": type_id is None, "steps": _shown(plans), "modes": _modes()}
    is_wrong = request.method == "POST" and not move
    return render_page(request, "settings/order_type.html", context, status=422 if is_wrong else 200)


def _all_plans(order_type: OrderType) -> list[tuple[StepPlan, bool]]:
    """The steps of the type in their order, then those it leaves out."""
    plans = {plan.step: plan for plan in order_type.plan if plan.step in STEPS}
    hidden = [StepPlan(step, dict.fromkeys(FIELDS[step], Mode.SHOWN)) for step in STEPS if step not in plans]
    return [(plan, True) for plan in plans.values()] + [(plan, False) for plan in hidden]


def _plans_sent(request: PageRequest) -> list[tuple[StepPlan, bool]]:
    order = [Step(slug) for slug in request.POST.getlist("step") if slug in {step.value for step in STEPS}]
    order = list(dict.fromkeys([*order, *STEPS]))
    return [(StepPlan(step, _modes_sent(request, step)), _is_on(request, step)) for step in order]


def _is_on(request: PageRequest, step: Step) -> bool:
    return step in NEEDED or f"on-{step}" in request.POST


def _modes_sent(request: PageRequest, step: Step) -> dict[str, Mode]:
    sent = {name: request.POST.get(f"mode-{name}", "") for name in FIELDS[step]}
    modes = {name: Mode(value) if value in set(Mode) else Mode.HIDDEN for name, value in sent.items()}
    return modes | {name: Mode.REQUIRED for name in modes if name in ALWAYS}


def _moved(plans: list[tuple[StepPlan, bool]], move: str) -> list[tuple[StepPlan, bool]]:
    """`items:up`, `items:down`."""
    slug, _colon, way = move.partition(":")
    at = next((place for place, (plan, _is_on) in enumerate(plans) if plan.step == slug), None)
    if at is None:
        return plans
    to = max(0, min(len(plans) - 1, at + (-1 if way == "up" else 1)))
    plans = list(plans)
    plans.insert(to, plans.pop(at))
    return plans


def _shown(plans: list[tuple[StepPlan, bool]]) -> list[dict[str, Any]]:
    return [
        {
            "slug": plan.step.value,
            "label": LABELS[plan.step],
            "is_on": is_on,
            "is_needed": plan.step in NEEDED,
            "is_first": place == 0,
            "is_last": place == len(plans) - 1,
            "fields": [
                {
                    "name": name,
                    "label": label,
                    "mode": plan.modes[name].value,
                    "is_fixed": name in ALWAYS,
                    "is_never_required": name in NEVER_REQUIRED,
                }
                for name, label in FIELDS[plan.step].items()
            ],
        }
        for place, (plan, is_on) in enumerate(plans)
    ]


def _modes() -> list[tuple[str, Any]]:
    return [(mode.value, label) for mode, label in MODE_LABELS.items()]
