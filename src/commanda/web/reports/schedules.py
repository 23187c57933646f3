"""Reports by e-mail: the list, one schedule with its history, and what can be done with it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commanda.kernel.actor import Actor
from commanda.kernel.errors import NotAllowed
from commanda.kernel.formats import weekday_names
from commanda.reports.catalogue import has_reports, known_report
from commanda.reports.failures import text_of
from commanda.reports.models import ReportSchedule, ReportSending
from commanda.reports.periods import LABELS
from commanda.reports.selectors import get_schedule, last_sendings, schedules, sendings
from commanda.reports.services.schedules import delete_schedule, pause_schedule, save_schedule, send_now
from commanda.web.htmx import redirect, render_page
from commanda.web.once import form_token, once_only
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.pagination import keyset_page
from commanda.web.reports.forms import ScheduleForm, as_saved, started_with
from commanda.web.reports.views import asked_of

COLOURS = {"waiting": "azure", "sent": "green", "refused": "orange", "failed": "red"}


def _let_in(actor: Actor) -> None:
    if not has_reports(actor):
        raise NotAllowed


@page()
@require_safe
def schedule_list(request: PageRequest) -> HttpResponse:
    """The schedules that the reader may see, each with what became of its latest mail."""
    _let_in(request.actor)
    found = keyset_page(schedules(request.actor), order=("-id",), cursor=request.GET.get("after"))
    last = last_sendings(request.actor, [schedule.pk for schedule in found])
    rows = [_told(schedule) | {"last": _result(last.get(schedule.pk))} for schedule in found]
    return render_page(request, "reports/schedules.html", {"rows": rows, "page": found})


def _told(schedule: ReportSchedule) -> dict[str, Any]:
    """A schedule in words."""
    report = known_report(schedule.report_slug)
    when = {
        "daily": _("Every day at %(hour)s"),
        "weekly": _("Every week, %(day)s at %(hour)s"),
        "monthly": _("Every month on day %(day)s at %(hour)s"),
    }[schedule.frequency]
    day = weekday_names()[schedule.weekday] if schedule.weekday is not None else schedule.month_day
    return {
        "schedule": schedule,
        "title": report.label if report else schedule.report_slug,
        "period": LABELS.get(schedule.query.get("period", ""), ""),
        "when": when % {"day": day, "hour": f"{schedule.hour:02d}:00"},
    }


def _result(sending: ReportSending | None) -> dict[str, Any] | None:
    if sending is None:
        return None
    return {"sending": sending, "colour": COLOURS[sending.status], "why": text_of(sending.error_code)}


@page()
@require_http_methods(["GET", "HEAD", "POST"])
def schedule_new(request: PageRequest) -> HttpResponse:
    """A new schedule; the address carries what the report asked."""
    _let_in(request.actor)
    asked = asked_of(request)
    form = ScheduleForm(
        request.POST or None, actor=request.actor, asked=asked, initial=started_with(request.actor, asked)
    )
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            made = once_only(request, lambda: str(save_schedule(actor=request.actor, data=form.data_of()).pk))
            messages.success(request, _("Saved."))
            return redirect(request, reverse("report_schedule", args=[int(made)]))
    context = {"form": form, "plain_fields": form.plain_fields, "token": form_token(request)}
    return render_page(request, "reports/schedule.html", context, status=422 if form.errors else 200)


@page()
@require_http_methods(["GET", "HEAD", "POST"])
def schedule_edit(request: PageRequest, schedule_id: int) -> HttpResponse:
    """One schedule: its form, and everything that it sent or did not."""
    schedule = get_schedule(request.actor, schedule_id)
    form = ScheduleForm(request.POST or None, actor=request.actor, asked=schedule.query, initial=as_saved(schedule))
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            save_schedule(actor=request.actor, data=form.data_of(), schedule_id=schedule_id)
            messages.success(request, _("Saved."))
            return redirect(request, reverse("report_schedule", args=[schedule_id]))
    history = keyset_page(
        sendings(request.actor).filter(schedule_id=schedule_id), order=("-id",), cursor=request.GET.get("after")
    )
    context = {
        "form": form,
        "plain_fields": form.plain_fields,
        "token": form_token(request),
        "told": _told(schedule),
        "schedule": schedule,
        "history": history,
        "rows": [_result(sending) for sending in history],
    }
    return render_page(request, "reports/schedule.html", context, status=422 if form.errors else 200)


@page()
@require_POST
def schedule_pause(request: PageRequest, schedule_id: int) -> HttpResponse:
    """Pause, or go on (`paused=0`)."""
    is_paused = request.POST.get("paused", "1") == "1"
    pause_schedule(actor=request.actor, schedule_id=schedule_id, is_paused=is_paused)
    messages.success(request, _("The schedule is paused.") if is_paused else _("The schedule goes on."))
    return redirect(request, reverse("report_schedule", args=[schedule_id]))


@page()
@require_POST
def schedule_send(request: PageRequest, schedule_id: int) -> HttpResponse:
    """Send it to the reader now."""
    send_now(actor=request.actor, schedule_id=schedule_id)
    messages.success(request, _("It is on its way to your e-mail address. The history below says how it went."))
    return redirect(request, reverse("report_schedule", args=[schedule_id]))


@page()
@require_POST
def schedule_delete(request: PageRequest, schedule_id: int) -> HttpResponse:
    delete_schedule(actor=request.actor, schedule_id=schedule_id)
    messages.success(request, _("The schedule is deleted."))
    return redirect(request, reverse("report_schedules"))
