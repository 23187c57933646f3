"""What is sent to a source's address: how it is signed, and the rows in it.

`X-Commanda-Signature: t=<unix seconds>,v1=<hex>` where `<hex>` is the HMAC-SHA256 of `<t>.<body>` under the source's
secret. The body is JSON: one order as an object, a list of them, or `{"rows": […], "header": […]}` with rows as
objects or as lists of cells. Nested objects become columns with dots ("customer.phone"); a list of objects in an order
("items") gives one row for each of them.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commanda.intake.readers.base import plain_cell
from commanda.kernel.errors import CommandaError

MAX_BODY: Final = 1024 * 1024
MAX_ROWS: Final = 5_000
TOLERANCE_SECONDS: Final = 300
_LONGEST_NAME: Final = 200
_DEEPEST: Final = 8
# What shops call the lines of an order; of several lists in an order these are looked for first.
LINES: Final = ("line_items", "items", "lines", "products", "order_items", "cart", "variants", "articles")

# A column: its name, and which of several columns of that name it is, from 1.
ColumnName = tuple[str, int]


class BadSignature(CommandaError):
    """Whoever sent this does not prove that they know the secret."""

    code = "bad_signature"
    status = 401
    default_text = _(
        "The signature is wrong. Sign “t.body” with the secret of this address: X-Commanda-Signature: t=…,v1=…"
    )


class StaleSignature(BadSignature):
    """Signed too long ago, or by a clock that is wrong."""

    code = "stale_signature"
    default_text = _("The signature is older than five minutes. Check the clock of the sender and sign again.")


DELIVERY_PROBLEMS: Final[dict[str, Promise]] = {
    "not_json": _("The body is not JSON in UTF-8."),
    "no_rows_sent": _("There is no row in it. Send an object, a list of objects, or {\"rows\": […]}."),
    "too_many_rows": _("There are more than %(limit)s rows in it. Send them in several parts."),
    "bad_row": _("Row %(row)s is neither an object nor a list of cells."),
    "no_header_sent": _("Rows that are lists need their names: send \"header\": […] or begin with a row of names."),
    "body_too_large": _("The body is larger than %(limit)s KB. Send fewer rows at a time."),
}  # fmt: skip
_STATUS: Final = {"not_json": 400, "body_too_large": 413}


class BadDelivery(CommandaError):
    """A delivery that is signed well but cannot be read; `code` is a key of `DELIVERY_PROBLEMS`."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(DELIVERY_PROBLEMS[code], code=code, **params)
        self.status = _STATUS.get(code, 422)


@dataclass(frozen=True, slots=True)
class SentRow:
    """A row as sent: what belongs to the whole order, and what to its line. `is_further`: not the order's first."""

    order: Mapping[ColumnName, Any]
    line: Mapping[ColumnName, Any]
    is_further: bool = False

    def names(self) -> Iterator[ColumnName]:
        yield from self.order
        yield from self.line


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a body says: an event without rows ("changed", "ping"), or rows."""

    event: str
    rows: tuple[SentRow, ...]


def sign(secret: str, body: bytes, at: datetime) -> str:
    """The signature header of a body sent at an instant."""
    moment = int(at.timestamp())
    return f"t={moment},v1={_digest(secret, moment, body)}"


def verify(header: str, secret: str, body: bytes, at: datetime) -> datetime:
    """When the body was signed. Raises `BadSignature`, and `StaleSignature` more than five minutes off."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    moments = [value for name, _sign, value in parts if name == "t"]
    if len(moments) != 1 or not (moments[0].isascii() and moments[0].isdigit() and len(moments[0]) < 12):
        raise BadSignature
    moment = int(moments[0])
    wanted = _digest(secret, moment, body)
    given = [value for name, _sign, value in parts if name == "v1"]
    if not any(hmac.compare_digest(wanted.encode(), value.strip().lower().encode()) for value in given):
        raise BadSignature
    if abs(at.timestamp() - moment) > TOLERANCE_SECONDS:
        raise StaleSignature
    return datetime.fromtimestamp(moment, tz=UTC)


def read_delivery(body: bytes | str) -> Delivery:
    """The rows or the event of a body. Raises `BadDelivery`."""
    data = _parsed(body)
    if isinstance(data, dict) and set(data) == {"event"}:
        return Delivery(str(data["event"])[:40], ())
    header: Any = None
    if isinstance(data, dict) and isinstance(data.get("rows"), list):
        header, entries = data.get("header"), data["rows"]
    else:
        entries = data if isinstance(data, list) else [data]
    rows = tuple(_rows(entries, header))
    if not rows:
        raise BadDelivery("no_rows_sent")
    return Delivery("", rows)


def _digest(secret: str, moment: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def _parsed(body: bytes | str) -> Any:
    if len(body) > MAX_BODY:
        raise BadDelivery("body_too_large", limit=MAX_BODY // 1024)
    try:
        text = body.decode("utf-8-sig") if isinstance(body, bytes) else body
        return json.loads(text, parse_float=Decimal, parse_constant=str)
    except (ValueError, RecursionError, ArithmeticError):
        raise BadDelivery("not_json") from None


def _rows(entries: list[Any], header: Any) -> Iterator[SentRow]:
    qty = 0
    names = _column_names(header) if isinstance(header, list) and header else None
    for number, entry in enumerate(entries, start=1):
        if isinstance(entry, dict):
            found = list(_of_object(entry))
        elif isinstance(entry, list):
            if names is None:
                names = _column_names(entry)
                if not any(name for name, _times in names):
                    raise BadDelivery("no_header_sent")
                continue
            cells = {column: _cell(cell) for column, cell in zip(names, entry, strict=False)}
            found = [SentRow(cells, {})]
        else:
            raise BadDelivery("bad_row", row=number)
        qty += len(found)
        if qty > MAX_ROWS:
            raise BadDelivery("too_many_rows", limit=MAX_ROWS)
        yield from (row for row in found if any(cell != "" for cell in [*row.order.values(), *row.line.values()]))


def _column_names(header: Sequence[Any]) -> list[ColumnName]:
    seen: dict[str, int] = {}
    names = []
    for cell in header:
        name = _name(_cell(cell))
        seen[name] = seen.get(name, 0) + 1
        names.append((name, seen[name]))
    return names


def _of_object(entry: dict[str, Any]) -> Iterator[SentRow]:
    """One row, or one for each line of the order."""
    lists: dict[str, list[dict[str, Any]]] = {}
    cells = dict(_flat(entry, "", 0, lists))
    lines = next((name for name in LINES if name in lists), next(iter(lists), None))
    cells |= {name: _text(value) for name, value in lists.items() if name != lines}
    order = {(name, 1): cell for name, cell in cells.items()}
    if lines is None:
        yield SentRow(order, {})
        return
    for at, line in enumerate(lists[lines]):
        more: dict[str, list[dict[str, Any]]] = {}
        own = dict(_flat(line, lines, 1, more)) | {name: _text(value) for name, value in more.items()}
        yield SentRow(order, {(name, 1): cell for name, cell in own.items()}, is_further=at > 0)


def _flat(
    value: dict[str, Any], prefix: str, depth: int, lists: dict[str, list[dict[str, Any]]]
) -> Iterator[tuple[str, Any]]:
    """Names with dots and their cells; lists of objects go to `lists`."""
    for key, inner in value.items():
        name = _name(f"{prefix}.{key}" if prefix else key)
        if isinstance(inner, dict) and depth < _DEEPEST:
            yield from _flat(inner, name, depth + 1, lists)
        elif isinstance(inner, list) and inner and all(isinstance(each, dict) for each in inner):
            lists[name] = inner
        else:
            yield name, _cell(inner)


def _cell(value: Any) -> Any:
    if isinstance(value, list) and not any(isinstance(each, list | dict) for each in value):
        return ", ".join(str(_cell(each)) for each in value)
    if isinstance(value, list | dict):
        return _text(value)
    return _clean(value) if isinstance(value, str) else plain_cell(value)


def _text(value: Any) -> str:
    """What has no place in a row, complete."""
    return _clean(json.dumps(value, ensure_ascii=False, default=str))


def _name(value: Any) -> str:
    return " ".join(_clean(str(value)).split())[:_LONGEST_NAME]


def _clean(text: str) -> str:
    """Without what no database holds: NUL, and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
