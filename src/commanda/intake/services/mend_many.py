"""One act on many rows of the inbox: a page at once, more by the worker, each row with its result.

The rows are fixed when the act is asked for. They are done in chunks of one transaction each, in which the progress
is written as well: a killed worker leaves nothing half done, and the next one goes on where it stopped.
"""

from collections.abc import Callable, Sequence
from time import sleep
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.intake.batch import stored_rows
from commanda.intake.locks import lock_mending, lock_rows
from commanda.intake.mapping import FIELDS
from commanda.intake.models import Mending, StagedRow
from commanda.intake.services.fixing import Fix
from commanda.intake.services.mend_row import AT_ONCE, Mended, by_source, mend_rows, try_again
from commanda.intake.services.set_aside import checked_reason, put_aside, take_back
from commanda.intake.services.settle_row import settle_row
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Busy, CommandaError, Conflict, Invalid
from commanda.kernel.transaction import unit_of_work

Status = StagedRow.Status
Action = Mending.Action
MOST: Final = 100_000
# Why a row is left as it is: kept by code, told in the reader's language.
REFUSALS: Final[dict[str, Any]] = {
    "not_found": _("The row does not exist any more."),
    "row_imported": _("This row has been imported meanwhile."),
    "row_is_order": _("This row is an order already. Change it there."),
    "row_waiting": _("This row has not been imported yet."),
    "row_aside": _("This row is set aside. Take it back first."),
    "row_not_aside": _("This row is not set aside."),
    "several_rows": _("The order has several rows, and none of them is wrong there. Mend it by itself."),
    "busy": Busy.default_text,
}
_TRIES: Final = 4
_TOLD: Final = 200


def begin_mending(
    *, actor: Actor, action: str, row_ids: Sequence[int], options: dict[str, Any] | None = None
) -> Mending:
    """Note an act on many rows; `run_mending` does it.

    `options` of `set` are `field` and `text`, or `variant_id`, or `city_id`, and `remember`; of `ignore` the
    `reason`. Raises `Invalid` for no rows, more than 100,000, an unknown act or field, a missing reason.
    """
    actor.require(Perm.INTAKE_MANAGE)
    if action not in Action.values:
        raise Invalid(_("Choose what to do with the rows."), field="action", code="unknown_action")
    ids = list(dict.fromkeys(row_ids))
    if not ids:
        raise Invalid(_("Choose at least one row."), field="rows", code="no_rows")
    if len(ids) > MOST:
        raise Invalid(_("At most %(highest)s rows at once."), field="rows", code="too_many_rows", highest=MOST)
    checked = _checked(action, options or {})
    at = now()
    with unit_of_work():
        mending = Mending.objects.create(
            action=action,
            options=checked,
            row_ids=ids,
            row_qty=len(ids),
            started_by_id=actor.user_id,
            created_at=at,
            updated_at=at,
        )
        record(
            actor=actor,
            name="rows.mending",
            subject="mending",
            subject_id=mending.pk,
            changes={"action": action, "rows": len(ids)},
            reason=checked.get("reason", ""),
        )
    return mending


def run_mending(*, actor: Actor, mending_id: int) -> Mending:
    """Do all that is left of it; two workers at once share the chunks. Raises `NotFound`."""
    actor.require(Perm.INTAKE_MANAGE)
    while True:
        mending = mend_chunk(actor=actor, mending_id=mending_id)
        if not mending.is_open:
            return mending


def mend_chunk(*, actor: Actor, mending_id: int) -> Mending:
    """Do the next 200 rows: results and progress in one transaction.

    A chunk that meets somebody's lock is tried again; then its rows are done one by one, and what is still held is
    among the refused ones, to be asked for again.
    """
    for attempt in range(_TRIES):
        try:
            return _chunk(actor, mending_id, _act)
        except Busy:
            if attempt < _TRIES - 1:
                sleep(0.2 * 2**attempt)
    return _chunk(actor, mending_id, _one_by_one)


def _checked(action: str, options: dict[str, Any]) -> dict[str, Any]:
    if action == Action.IGNORE:
        return {"reason": checked_reason(str(options.get("reason", "")))}
    if action != Action.SET:
        return {}
    kept = {name: options[name] for name in ("variant_id", "city_id") if options.get(name)}
    kept["remember"] = bool(options.get("remember"))
    if "variant_id" not in kept and "city_id" not in kept:
        if options.get("field") not in FIELDS:
            raise Invalid(_("Choose what to set."), field="field", code="unknown_field")
        if not str(options.get("text", "")).strip():
            raise Invalid(_("Type what the cells should say."), field="text", code="no_text")
        kept |= {"field": options["field"], "text": str(options["text"]).strip()}
    return kept


_Act = Callable[[Actor, str, Sequence[int], dict[str, Any]], list[Mended]]


def _chunk(actor: Actor, mending_id: int, act: _Act) -> Mending:
    with unit_of_work():
        mending = lock_mending(actor, mending_id)
        ids = mending.row_ids[mending.done_qty : mending.done_qty + AT_ONCE]
        if ids:
            _count(mending, act(actor, mending.action, ids, mending.options))
        mending.done_qty += len(ids)
        mending.updated_at = now()
        if mending.done_qty >= mending.row_qty:
            mending.finished_at = mending.finished_at or mending.updated_at
        mending.save(
            update_fields=[
                *("done_qty", "imported_qty", "changed_qty", "waiting_qty", "refused_qty", "refusals"),
                *("updated_at", "finished_at"),
            ]
        )
    return mending


def _count(mending: Mending, results: Sequence[Mended]) -> None:
    tries = mending.action in {Action.RETRY, Action.SET}
    for result in results:
        if result.error is not None:
            mending.refused_qty += 1
            if len(mending.refusals) < _TOLD:
                refusal = {"row": result.row_id, "code": result.error.code, "text": str(result.error)}
                mending.refusals = [*mending.refusals, refusal]
        elif not tries:
            mending.changed_qty += 1
        elif result.is_imported:
            mending.imported_qty += 1
        else:
            mending.waiting_qty += 1


def _act(actor: Actor, action: str, ids: Sequence[int], options: dict[str, Any]) -> list[Mended]:
    rows = {row.pk: row for row in lock_rows(ids)}
    refused = {pk: Mended(pk, error=error) for pk in ids if (error := _refusal(action, rows.get(pk)))}
    able = [rows[pk] for pk in ids if pk not in refused]
    done = {each.row_id: each for each in _do(actor, action, able, options)}
    return [refused.get(pk) or done[pk] for pk in ids]


def _one_by_one(actor: Actor, action: str, ids: Sequence[int], options: dict[str, Any]) -> list[Mended]:
    results = []
    for pk in ids:
        try:
            with unit_of_work():
                results += _act(actor, action, [pk], options)
        except Busy as error:
            results.append(Mended(pk, error=error))
    return results


def _refusal(action: str, row: StagedRow | None) -> CommandaError | None:
    if row is None:
        return _refuse("not_found")
    if action == Action.REOPEN:
        return None if row.status in {Status.IGNORED, Status.GONE} else _refuse("row_not_aside")
    if row.status == Status.IMPORTED:
        may = action == Action.SEEN or (action == Action.SET and row.needs_look)
        return None if may else _refuse("row_imported")
    if action == Action.SEEN:
        return _refuse("row_waiting")
    if row.status == Status.IGNORED and action != Action.IGNORE:
        return _refuse("row_aside")
    return None


def _refuse(code: str) -> Conflict:
    return Conflict(REFUSALS[code], code=code)


def _do(actor: Actor, action: str, rows: Sequence[StagedRow], options: dict[str, Any]) -> list[Mended]:
    if action == Action.SET:
        return _set(actor, rows, options)
    if action == Action.SEEN:
        return [_settled(actor, row, None, is_remembered=False) for row in rows]
    if action == Action.IGNORE:
        put_aside(actor, rows, options["reason"])
    elif action == Action.REOPEN:
        take_back(actor, rows)
    else:
        for source, group in by_source(rows):
            try_again(actor, source, group)
    return [Mended(row.pk, row) for row in rows]


def _set(actor: Actor, rows: Sequence[StagedRow], options: dict[str, Any]) -> list[Mended]:
    done: list[Mended] = []
    fixes: dict[int, dict[int, Fix]] = {}
    for row in rows:
        if row.status == Status.IMPORTED and "city_id" not in options:
            done.append(Mended(row.pk, error=_refuse("row_is_order")))
            continue
        if row.status == Status.IMPORTED:
            done.append(_settled(actor, row, options.get("city_id"), is_remembered=options["remember"]))
            continue
        places = _places(row, options)
        if not places:
            done.append(Mended(row.pk, error=_refuse("several_rows")))
            continue
        fixes[row.pk] = dict.fromkeys(places, _fix(options))
    return [*done, *mend_rows(actor=actor, fixes=fixes)]


def _fix(options: dict[str, Any]) -> Fix:
    texts = {options["field"]: options["text"]} if "field" in options else {}
    return Fix(texts, options.get("variant_id"), options.get("city_id"), options["remember"])


def _places(row: StagedRow, options: dict[str, Any]) -> list[int]:
    """The rows of the order that are meant: those with a problem in this cell, or the only one."""
    name = "product" if "variant_id" in options else "city" if "city_id" in options else options["field"]
    wrong = sorted({problem["row"] for problem in row.problems if problem["field"] == name})
    return wrong or ([0] if len(stored_rows(row.cells)) == 1 else [])


def _settled(actor: Actor, row: StagedRow, city_id: int | None, *, is_remembered: bool) -> Mended:
    try:
        with unit_of_work():
            settled = settle_row(actor=actor, row_id=row.pk, city_id=city_id, remember=is_remembered)
    except Busy:
        raise
    except CommandaError as error:
        return Mended(row.pk, error=error)
    return Mended(row.pk, settled)
