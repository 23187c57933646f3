"""Messages written as forms: "Nom: …", "Tel …", one per line or several in a line."""

from dataclasses import dataclass, field
from typing import Final

from commanda.intake.message_parts import Canvas, Role, Word
from commanda.intake.message_words import LABELS, MARKED_ONLY

_MARKS: Final = ":=：﹕"
_LONGEST: Final = 4
_ROLES: Final = {
    "name": Role.NAME,
    "city": Role.CITY,
    "address": Role.ADDRESS,
    "product": Role.PRODUCT,
    "quantity": Role.PRODUCT,
    "color": Role.PRODUCT,
    "size": Role.PRODUCT,
    "note": Role.NOTE,
}
# What ends at a comma; addresses, products and notes hold commas of their own.
_SHORT: Final = frozenset({"name", "city", "quantity", "color", "size"})


@dataclass(frozen=True, slots=True)
class _Label:
    field: str
    start: int
    end: int


@dataclass(slots=True)
class Labelled:
    """Field → the values written under its label."""

    values: dict[str, list[str]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return self.values.get(name, [""])[0]

    def texts(self, name: str) -> list[str]:
        return list(self.values.get(name, []))


def find_labelled(canvas: Canvas) -> Labelled:
    """Claim labels and their values. Phones are claimed before; their labels stay without value."""
    labels = _labels(canvas)
    found = Labelled()
    limits = [*(label.start for label in labels[1:]), len(canvas.text)]
    for label, limit in zip(labels, limits if labels else [], strict=True):
        canvas.claim(label.start, label.end, Role.WORDING)
        span = _value(canvas, label, limit)
        if label.field == "phone" or span is None:
            continue
        if label.field in _SHORT and label.field in found.values:
            continue  # a second name is for a person to look at
        text = canvas.said(*span)
        if text:
            found.values.setdefault(label.field, []).append(text)
            canvas.claim(*span, _ROLES[label.field])
    return found


def _value(canvas: Canvas, label: _Label, limit: int) -> tuple[int, int] | None:
    """The free text after a label on its line, or on the next line when its own is empty."""
    at = label.end
    for _line in range(2):
        end = canvas.text.find("\n", at, limit)
        end = limit if end < 0 else end
        if not canvas.text[at:end].strip():
            at = min(end + 1, limit)
            continue
        if label.field in _SHORT:
            return next(iter(canvas.segments(at, end)), None)
        words = canvas.free_words(at, end)
        if not words:
            return None
        begin, stop = words[0].start, words[0].start
        while stop < end and canvas.is_free(stop, stop + 1):
            stop += 1
        return begin, stop
    return None


def _labels(canvas: Canvas) -> list[_Label]:
    words = canvas.words
    labels: list[_Label] = []
    at = 0
    while at < len(words):
        size, label = _label_at(canvas, words, at)
        if label is not None:
            labels.append(label)
        at += size
    return labels


def _label_at(canvas: Canvas, words: list[Word], at: int) -> tuple[int, _Label | None]:
    for size in range(min(_LONGEST, len(words) - at), 0, -1):
        first, last = words[at], words[at + size - 1]
        key = " ".join(word.key for word in words[at : at + size])
        name = LABELS.get(key)
        if name is None or not canvas.is_free(first.start, last.end) or "\n" in canvas.text[first.start : last.end]:
            continue
        after = canvas.text[last.end :].lstrip(" \t")
        if after[:1] and after[0] in _MARKS:
            mark = canvas.text.index(after[0], last.end)
            return size, _Label(name, first.start, mark + 1)
        if key not in MARKED_ONLY and _opens_line(canvas, first.start) and after:
            return size, _Label(name, first.start, last.end)
    return 1, None


def _opens_line(canvas: Canvas, position: int) -> bool:
    before = canvas.text[:position].rstrip(" \t*•·-–—")
    return not before or before[-1] == "\n"
