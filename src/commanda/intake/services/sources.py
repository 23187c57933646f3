"""Connect sources: files, sheets by link, sheets by service account."""

import re
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.intake.jobs import queue_reading
from commanda.intake.locks import get_locked
from commanda.intake.models import Source
from commanda.intake.readers.base import ReadProblem
from commanda.intake.readers.google_client import ServiceAccount
from commanda.intake.readers.sheets_link import GOOGLE_BASE, SheetLink, SheetsLinkReader
from commanda.intake.selectors import get_source
from commanda.intake.services.connect import api_base, checked_base, sheet_reader
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Invalid
from commanda.kernel.secrets_box import seal
from commanda.kernel.text import shorten, strip_marks
from commanda.kernel.transaction import unit_of_work
from commanda.orders.models import Store

EDITABLE: Final[tuple[str, ...]] = ("name", "store_id", "platform", "campaign", "poll_seconds")
SHORTEST_POLL: Final = 30
LONGEST_POLL: Final = 86_400
MAX_KEY_FILE: Final = 20_000
_SHEET_ID: Final = re.compile(r"[A-Za-z0-9_-]{20,120}")


def create_source(
    *,
    actor: Actor,
    kind: str,
    name: str,
    store_id: int | None = None,
    platform: str = "",
    campaign: str = "",
    link: str = "",
    key_file: str = "",
    is_script: bool = False,
    google_base: str = "",
) -> Source:
    """Connect a source. A sheet rests until its mapping is confirmed (`set_mapping`); files and web hooks are ready.

    `link` is that of a shared sheet; `key_file` the JSON key of a service account, which is encrypted and never shown
    again: `options["client_email"]` is the address to share the sheet with; `google_base` another address of the
    Google APIs (advanced). Raises `Invalid` for a taken name or a bad address and `ReadProblem` for a bad link or
    key, or a sheet that cannot be read.
    """
    actor.require(Perm.INTAKE_MANAGE)
    source = Source(kind=kind, name=_free_name(name), store_id=_store(store_id))
    source.platform, source.campaign = platform.strip()[:30], campaign.strip()[:120]
    source.is_active = not source.is_sheet
    if google_base.strip() and source.is_sheet:
        source.options = {"api_base": checked_base(google_base)}
    if kind == Source.Kind.SHEET_LINK:
        source.options |= {"link": checked_link(link, base=api_base(source))}
    elif kind == Source.Kind.SHEET_API:
        source.options |= _take_key(source, key_file)
    elif is_script:
        # The rows of a sheet, sent by a script in it: the page says how, and the orders came from a sheet.
        source.options = {"is_script": True}
    with unit_of_work():
        source.save(force_insert=True)
        record(
            actor=actor,
            name="source.created",
            subject="source",
            subject_id=source.pk,
            changes={"name": source.name, "kind": kind},
        )
    return source


def ensure_file_source(*, actor: Actor, name: str) -> Source:
    """The file source of that name, made when there is none. Raises `Invalid` when a sheet has the name."""
    actor.require(Perm.INTAKE_MANAGE)
    name = _name(name)
    with unit_of_work():
        source, created = Source.objects.get_or_create(
            name=name, defaults={"kind": Source.Kind.FILE, "store_id": _store(None)}
        )
        refuse_sheet(source)
        if created:
            record(
                actor=actor,
                name="source.created",
                subject="source",
                subject_id=source.pk,
                changes={"name": name, "kind": source.kind},
            )
    return source


def refuse_sheet(source: Source) -> None:
    """Raise `Invalid` for a source that files cannot belong to."""
    if source.kind != Source.Kind.FILE:
        raise Invalid(
            _("“%(name)s” is a connected source already. Choose another name for the files."),
            field="source_name",
            code="not_a_file_source",
            name=source.name,
        )


def update_source(*, actor: Actor, source_id: int, changes: dict[str, Any]) -> Source:
    """Change name, store, platform, campaign, the seconds between reads or (of a sheet) the address of the Google
    APIs, `google_base`; "" is Google's own. Raises `NotFound` and `Invalid`.
    """
    actor.require(Perm.INTAKE_MANAGE)
    with unit_of_work():
        source = get_locked(source_id)
        audited = _change_base(source, changes["google_base"]) if "google_base" in changes and source.is_sheet else {}
        for name in EDITABLE:
            if name not in changes or changes[name] == getattr(source, name):
                continue
            value: Any = _free_name(changes[name]) if name == "name" else changes[name]
            if name == "poll_seconds" and not SHORTEST_POLL <= int(value) <= LONGEST_POLL:
                raise Invalid(_("Choose between 30 seconds and one day."), field=name, code="bad_interval")
            audited[name] = [getattr(source, name), value]
            setattr(source, name, value)
        if audited:
            source.save(update_fields=[*(audited.keys() - {"google_base"}), "options"])
            record(actor=actor, name="source.updated", subject="source", subject_id=source.pk, changes=audited)
    return source


def choose_sheet(*, actor: Actor, source_id: int, spreadsheet: str, tab: str = "") -> Source:
    """Point a service-account source at a spreadsheet (its link or id) and a tab; reads its title and tabs first.

    Raises `ReadProblem`: not shared with the account, no such tab, no such sheet …
    """
    actor.require(Perm.INTAKE_MANAGE)
    source = get_source(actor, source_id)
    spreadsheet_id = _spreadsheet_id(spreadsheet, api_base(source))
    found = sheet_reader(source, spreadsheet_id, tab).describe()
    with unit_of_work():
        source = get_locked(source_id)
        source.options = source.options | {
            "spreadsheet_id": spreadsheet_id,
            "tab": found.tab,
            "tabs": list(found.tabs),
            "title": found.title[:200],
        }
        # Another sheet has its own columns and its own time of change.
        source.last_version = ""
        source.error_code, source.error_params, source.failures_qty = "", {}, 0
        source.save(update_fields=["options", "last_version", "error_code", "error_params", "failures_qty"])
        record(
            actor=actor,
            name="source.sheet_chosen",
            subject="source",
            subject_id=source.pk,
            changes={"spreadsheet": spreadsheet_id, "tab": found.tab},
        )
    return source


def replace_key(*, actor: Actor, source_id: int, key_file: str) -> Source:
    """Store another key file for a service-account source."""
    actor.require(Perm.INTAKE_MANAGE)
    with unit_of_work():
        source = get_locked(source_id)
        source.options = source.options | _take_key(source, key_file)
        source.error_code, source.error_params, source.failures_qty = "", {}, 0
        source.next_run_at = now() if source.is_polled else None
        source.save(update_fields=["options", "secret", "error_code", "error_params", "failures_qty", "next_run_at"])
        record(actor=actor, name="source.key_replaced", subject="source", subject_id=source.pk)
    return source


def set_active(*, actor: Actor, source_id: int, is_active: bool) -> Source:
    """Pause a source or let it go on; a resumed one is read at once, what was sent to it meanwhile is taken in."""
    actor.require(Perm.INTAKE_MANAGE)
    with unit_of_work():
        source = get_locked(source_id)
        if source.is_active != is_active:
            if is_active and source.is_sheet and source.mapping is None:
                raise Invalid(
                    _("Look at the mapping and confirm it first."), field="mapping", code="mapping_unconfirmed"
                )
            source.is_active = is_active
            source.next_run_at = now() if source.is_polled else None
            source.save(update_fields=["is_active", "next_run_at"])
            if is_active and source.kind == Source.Kind.HOOK:
                queue_reading(source.pk)
            record(
                actor=actor,
                name="source.resumed" if is_active else "source.paused",
                subject="source",
                subject_id=source.pk,
            )
    return source


def checked_link(link: str, *, base: str | None = None) -> str:
    """The link of a sheet that can be read right now. Raises `ReadProblem`."""
    reader = SheetsLinkReader(link.strip(), base=base or api_base())
    for _row in reader.rows():
        break
    return link.strip()[:500]


def _change_base(source: Source, text: str) -> dict[str, Any]:
    before, after = str(source.options.get("api_base", "")), checked_base(text) if text.strip() else ""
    if before == after:
        return {}
    rest = {name: value for name, value in source.options.items() if name != "api_base"}
    source.options = rest | ({"api_base": after} if after else {})
    return {"google_base": [before, after]}


def _take_key(source: Source, key_file: str) -> dict[str, Any]:
    if len(key_file) > MAX_KEY_FILE:
        raise ReadProblem("bad_key")
    account = ServiceAccount.from_key_file(key_file, api_base=api_base(source))
    source.secret = seal(key_file)
    return {"client_email": account.email}


def _spreadsheet_id(text: str, base: str | None) -> str:
    text = text.strip()
    if _SHEET_ID.fullmatch(text):
        return text
    link = SheetLink.parse(text, base=base or GOOGLE_BASE)
    if link.is_published:
        raise ReadProblem("bad_link")
    return link.sheet_id


def _name(text: str) -> str:
    name = shorten(strip_marks(text), 80)
    if not name:
        raise Invalid(_("Type a name."), field="name", code="nameless")
    return name


def _free_name(text: str) -> str:
    name = _name(text)
    if Source.objects.filter(name=name).exists():
        raise Invalid(_("Another source has this name."), field="name", code="name_taken")
    return name


def _store(store_id: int | None) -> int:
    stores = Store.objects.filter(is_active=True).order_by("pk")
    found = (stores.filter(pk=store_id) if store_id else stores).first()
    if found is None:
        raise Invalid(_("Choose a store."), field="store", code="unknown_store")
    return found.pk
