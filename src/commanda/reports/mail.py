"""The mail that brings a report: the table in HTML and in text, and as a file. Both say the same."""

from collections.abc import Mapping, Sequence

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import get_language_bidi, override
from django.utils.translation import gettext as _

from commanda.kernel.clock import today
from commanda.kernel.export import CONTENT_TYPES, Kind, csv_chunks, xlsx_file
from commanda.reports import export
from commanda.reports.catalogue import get_report
from commanda.reports.models import ReportSchedule, ReportSending
from commanda.reports.names import named_filters
from commanda.reports.plain import PlainTable, plain_table
from commanda.reports.query import read_query
from commanda.reports.table import ReportTable, report_table
from commanda.reports.writing import span_label

MOST_ROWS = 100


def report_mail(sending: ReportSending) -> EmailMultiAlternatives:
    """The mail, ready to be sent, computed under the recipient's rights as they are now.

    Its id depends on the sending alone, so that one sent twice by accident shows once. Raises `NotFound` when the
    report does not exist for the recipient.
    """
    schedule, user = sending.schedule, sending.user
    actor = user.as_actor(source="worker")
    with override(schedule.language or user.language):
        report = get_report(actor, schedule.report_slug)
        query = read_query(actor, report, _asked(schedule.query))
        table = report_table(actor, report, query)
        plain = plain_table(table, MOST_ROWS)
        span = span_label(query.period)
        filters = [f"{label}: {name}" for label, name in named_filters(actor, query.filters)]
        context = {
            "direction": "rtl" if get_language_bidi() else "ltr",
            "language": schedule.language or user.language,
            "title": str(report.label),
            "explanation": str(report.explanation),
            "span": span,
            "compared": _("compared with %(span)s") % {"span": span_label(query.before)} if query.before else "",
            "filters": filters,
            "plain": plain,
            "more": _("%(number)s more rows stand in the file.") % {"number": plain.more} if plain.more else "",
            "why": _("You get this because a schedule of Commanda sends it to you. Who made it can take you off."),
        }
        mail = EmailMultiAlternatives(
            subject=f"{report.label} · {span}",
            body=_text(context, filters, plain),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[user.email],
            headers={"Message-ID": f"<report-{sending.pk}-{sending.due_at:%Y%m%d%H%M%S}@commanda>"},
        )
        mail.attach_alternative(render_to_string("reports/mail/report.html", context), "text/html")
        _attach(mail, schedule, table)
    return mail


def _asked(query: object) -> Mapping[str, str]:
    return {str(name): str(value) for name, value in query.items()} if isinstance(query, dict) else {}


def _attach(mail: EmailMultiAlternatives, schedule: ReportSchedule, table: ReportTable) -> None:
    if schedule.file_format == ReportSchedule.Format.NONE:
        return
    kind = Kind(schedule.file_format)
    head, rows = export.head(table), export.cells(table)
    if kind is Kind.CSV:
        content = b"".join(csv_chunks(head, rows))
    else:
        with xlsx_file(head, rows, sheet=table.report.slug) as file:
            content = file.read()
    name = f"{table.report.slug}-{today():%Y-%m-%d}.{kind}"
    mail.attach(name, content, CONTENT_TYPES[kind].partition(";")[0])


def _text(context: Mapping[str, object], filters: Sequence[str], plain: PlainTable) -> str:
    """The table as aligned columns is of no use in a proportional font: each row is a line of named figures."""
    lines = [str(context["title"]), f"{context['span']} {context['compared']}".strip(), *filters, ""]
    for row in [*plain.rows, plain.total, *([plain.before] if plain.before else [])]:
        told = ", ".join(f"{name} {text}" for name, text in zip(plain.head[1:], row[1:], strict=True))
        lines.append(f"{row[0]}: {told}")
    return "\n".join([*lines, *filter(None, [str(context["more"])]), "", str(context["why"])])
