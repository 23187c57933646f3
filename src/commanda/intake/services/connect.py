"""The reader of a source, with its secret opened and the address of the Google APIs as the settings say."""

from typing import Any, Final

from django.conf import settings

from commanda.intake.deliveries import read_delivery
from commanda.intake.models import HookDelivery, Source
from commanda.intake.readers.base import Reader, ReadProblem
from commanda.intake.readers.google_client import ServiceAccount
from commanda.intake.readers.hook_reader import HookReader
from commanda.intake.readers.sheets_api import SheetsApiReader
from commanda.intake.readers.sheets_link import SheetsLinkReader
from commanda.kernel.secrets_box import open_sealed

DELIVERIES_LOOKED_AT: Final = 50


def api_base(source: Source | None = None) -> str | None:
    """Another address for the Google APIs: of the source (advanced), else of the installation; None is Google."""
    own: Any = source.options.get("api_base") if source is not None else None
    return str(own or settings.GOOGLE_API_BASE) or None


def open_reader(source: Source) -> Reader:
    """The reader of a sheet, or of what was sent lately. Raises `ReadProblem` and `Conflict` when the connection is not complete."""
    options = source.options
    if source.kind == Source.Kind.SHEET_LINK:
        return SheetsLinkReader(options.get("link", ""), base=api_base(source))
    if source.kind == Source.Kind.SHEET_API:
        if not options.get("spreadsheet_id"):
            raise ReadProblem("bad_link")
        return sheet_reader(source, options["spreadsheet_id"], options.get("tab", ""))
    if source.kind == Source.Kind.HOOK:
        return _sent_lately(source)
    raise ValueError("a file source has nothing to be read again")


def sheet_reader(source: Source, spreadsheet_id: str, tab: str = "") -> SheetsApiReader:
    """A reader for a spreadsheet with the source's key, whether it is the source's own sheet or about to be."""
    account = ServiceAccount.from_key_file(open_sealed(source.secret), api_base=api_base(source))
    return SheetsApiReader(account, spreadsheet_id, tab=tab, api_base=api_base(source))


def _sent_lately(source: Source) -> HookReader:
    """The newest deliveries, those that wait first: what a mapping is chosen by."""
    newest = HookDelivery.objects.filter(source=source)
    waiting = list(newest.filter(status=HookDelivery.Status.WAITING)[:DELIVERIES_LOOKED_AT])
    chosen = waiting or list(newest[:DELIVERIES_LOOKED_AT])
    return HookReader([read_delivery(delivery.body).rows for delivery in reversed(chosen)])
