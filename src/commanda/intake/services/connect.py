"""The reader of a source, with its secret opened and the address of the Google APIs as the settings say."""

from typing import Any, Final

from django.conf import settings

from commanda.intake.deliveries import read_delivery
from commanda.intake.models import HookDelivery, Source
from commanda.intake.readers.base import Reader, ReadProblem
from commanda.intake.readers.drive_list import SharedSheets, list_shared
from commanda.intake.readers.google_client import ServiceAccount
from commanda.intake.readers.hook_reader import HookReader
from commanda.intake.readers.sheet_editor import SheetEditor
from commanda.intake.readers.sheets_api import SheetsApiReader
from commanda.intake.readers.sheets_link import SheetsLinkReader
from commanda.kernel.outgoing import checked_origin
from commanda.kernel.secrets_box import open_sealed

DELIVERIES_LOOKED_AT: Final = 50


def api_base(source: Source | None = None) -> str | None:
    """Another address for the Google APIs: of the source (advanced), else of the installation; None is Google.

    That of a source is looked at each time: the name may lead elsewhere by now. Raises `BadAddress`.
    """
    own: Any = source.options.get("api_base") if source is not None else None
    return checked_base(str(own)) if own else settings.GOOGLE_API_BASE or None


def checked_base(text: str) -> str:
    """An address that may stand for Google's. Raises `BadAddress` for one that is not public, unless it is the one
    that the installation's environment names.
    """
    return checked_origin(text, trusted=settings.GOOGLE_API_BASE, field="google_base")


def shared_sheets(source: Source, search: str = "") -> SharedSheets:
    """The spreadsheets that are shared with the source's account. Raises what the reader of a sheet raises."""
    return list_shared(_account(source), search=search, api_base=api_base(source))


def open_reader(source: Source) -> Reader:
    """The reader of a sheet, or of what was sent lately. Raises `ReadProblem`, and `Conflict` for an unreadable key."""
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
    return SheetsApiReader(_account(source), spreadsheet_id, tab=tab, api_base=api_base(source))


def sheet_editor(source: Source) -> SheetEditor:
    """The source's own sheet, to be written to. Raises `ReadProblem` and `Conflict` when nothing is connected yet."""
    spreadsheet_id = source.options.get("spreadsheet_id")
    if not spreadsheet_id:
        raise ReadProblem("bad_link")
    return SheetEditor(_account(source), spreadsheet_id, tab=source.options.get("tab", ""), api_base=api_base(source))


def _account(source: Source) -> ServiceAccount:
    return ServiceAccount.from_key_file(open_sealed(source.secret), api_base=api_base(source))


def _sent_lately(source: Source) -> HookReader:
    """The newest deliveries, those that wait first: what a mapping is chosen by."""
    newest = HookDelivery.objects.filter(source=source)
    waiting = list(newest.filter(status=HookDelivery.Status.WAITING)[:DELIVERIES_LOOKED_AT])
    chosen = waiting or list(newest[:DELIVERIES_LOOKED_AT])
    return HookReader([read_delivery(delivery.body).rows for delivery in reversed(chosen)])
