"""Guessing which column is which, from the names of columns and from what stands in them."""

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache
from typing import Any, Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commanda.intake.column_content import ContentSample
from commanda.intake.header_words import FOREIGN_WORDS, HEADER_WORDS, WEAK
from commanda.intake.mapped_rows import looks_like_phone
from commanda.intake.mapping import HEADER_SEARCH_ROWS, Column, Layout, Mapping, Note, header_cells, header_key
from commanda.intake.presets import PRESETS, recognise
from commanda.intake.readers.base import is_blank, plain_cell
from commanda.kernel.text import fold

SAMPLE_ROWS: Final = 200
_EXACT, _WEAK, _PART, _LIKE = 100.0, 88.0, 60.0, 55.0
_MIN_LIKENESS: Final = 0.84
_MAX_HEADER_LENGTH: Final = 60
_SHORT_NAMES: Final = frozenset({"nom", "name", "الاسم", "اسم"})
_AMBIGUOUS_PRICES: Final = frozenset({"price", "prix", "السعر", "الثمن", "سعر", "ثمن"})

NOTES: Final[dict[str, Promise]] = {
    "preset_found": _("This is a layout we know: %(name)s."),
    "maybe_centimes": _("All prices are above 5,000: are they in centimes? Then tell so below."),
    "no_header": _("The sheet has no header row. Columns were guessed from what stands in them: check each one."),
    "titles_above": _("The header is in row %(row)s; the rows above it are left out."),
    "repeated_header": _("The header is repeated in row %(row)s; such rows are left out."),
    "duplicate_column": _("Several columns are called “%(header)s”. Check that the right one was taken."),
    "phone_by_content": _("The phone column was recognised by its numbers, not by its name."),
    "column_by_content": _("Column %(column)s was recognised by what stands in it. Check it."),
    "phone_not_phones": _("The phone column holds hardly any phone number. Check it."),
    "id_not_unique": _("“%(header)s” is not used as order number: the same value stands for different clients."),
    "price_is_total": _("“%(header)s” is taken as the total of the order. Change it if it is the price of one piece."),
    "no_rows": _("There is a header but no row below it."),
}


def explain_note(note: Note) -> str:
    """A note in the language in force."""
    params = note.params
    if note.code == "preset_found":
        params = {"name": PRESETS[params["name"]].name}
    return str(NOTES[note.code]) % params if params else str(NOTES[note.code])


class _Claim(NamedTuple):
    """A column's claim to a field; the tuple's order is the order in which claims are granted."""

    minus_score: float
    rank: int
    column: int
    field: str


def guess_mapping(rows: Sequence[Sequence[Any]], preset: str = "") -> Mapping:
    """The likeliest mapping for the first rows of a source (some 200 are enough).

    Each field gets one column and those that complete it, each column at most one field of its own. `preset` is the
    layout a person chose; without it a known one is recognised. Nothing is sure: `missing` and `notes` of the result
    say what a person has to look at. Never raises for strange content.
    """
    rows = [[plain_cell(cell) for cell in row] for row in rows[:SAMPLE_ROWS]]
    header_row = find_header_row(rows)
    if header_row is None:
        return _without_header(rows)
    header = header_cells(rows, header_row)
    layout = Layout(header_row, {}, tuple(header_key(cell) for cell in header))
    preset = preset or recognise(layout.header)
    assigned, more = PRESETS[preset].find(layout.header) if preset else ({}, {})
    if not preset or PRESETS[preset].guess_rest:
        assigned = _with_the_rest(assigned, more, layout.header)
    placed = replace(layout, positions=assigned)
    sample = ContentSample(_data_rows(rows, placed))
    notes = _notes_of_place(rows, placed, sample)
    if preset:
        notes.insert(0, Note("preset_found", {"name": preset}))
        notes += _unnamed_name(assigned, layout.header, sample)
    else:
        notes += _correct_by_content(assigned, layout.header, sample)
    columns = {name: _column(at, header) for name, at in sorted(assigned.items(), key=lambda pair: pair[1])}
    notes += _notes_of_names(columns, layout.header) + _notes_of_prices(assigned, sample)
    mapping = Mapping(
        columns=columns,
        preset=preset,
        notes=tuple(notes),
        more={name: tuple(_column(at, header) for at in places) for name, places in more.items() if name in columns},
    )
    return mapping.with_settings(**PRESETS[preset].settings) if preset else mapping


def _with_the_rest(assigned: dict[str, int], more: dict[str, tuple[int, ...]], names: Sequence[str]) -> dict[str, int]:
    """What a preset found, and what its other columns are called like."""
    taken = {*assigned.values(), *(at for places in more.values() for at in places)}
    others = assign(["" if at in taken else name for at, name in enumerate(names)])
    return others | assigned


def find_header_row(rows: Sequence[Sequence[Any]]) -> int | None:
    """The row (from 0) among the first ten that names most of our fields, or None when none does."""
    best, best_score = None, 0.0
    for number, row in enumerate(rows[:HEADER_SEARCH_ROWS]):
        if any(looks_like_phone(cell) for cell in row):
            continue
        names = tuple(header_key(cell) for cell in header_cells(rows, number))
        claims = _claims(names)
        granted = _grant(claims)
        score = sum(-claim.minus_score for claim in granted)
        # One recognised word may be a title ("Commandes de mai"); a single-column sheet of phones may have one.
        enough = len(granted) >= 2 or (len(granted) == 1 and sum(1 for name in names if name) == 1)
        if enough and score > best_score:
            best, best_score = number, score
    return best


def assign(names: Sequence[str]) -> dict[str, int]:
    """Field → column for folded header names."""
    assigned = {claim.field: claim.column for claim in _grant(_claims(names))}
    # "Nom" beside "Prénom" is the family name.
    both = {"first_name", "name"} <= set(assigned)
    if both and "last_name" not in assigned and names[assigned["name"]] in _SHORT_NAMES:
        assigned["last_name"] = assigned.pop("name")
    return assigned


@cache
def _words() -> list[tuple[str, int, str, float]]:
    """Every known name as (field, rank of the field, folded name, score)."""
    table = []
    for rank, (name, text) in enumerate(HEADER_WORDS.items()):
        score = _EXACT
        for position, word in enumerate(text.replace("\n", "|").split("|")):
            if word.strip() == WEAK:
                score = _WEAK
            elif key := fold(word):
                table.append((name, rank, key, score - position / 10))
    return table


@cache
def _claims_of(name: str) -> tuple[tuple[str, int, float], ...]:
    """All fields a folded header name may mean, with scores."""
    best: dict[str, tuple[int, float]] = {}
    words = set(name.split())
    compact = name.replace(" ", "")
    foreign = bool(words & FOREIGN_WORDS)
    for field_name, rank, phrase, exact in _words():
        score = 0.0
        if phrase == name:
            score = exact
        elif phrase.replace(" ", "") == compact:
            score = exact - 1
        elif foreign:
            continue
        elif len(phrase) > 3 and set(phrase.split()) <= words and exact > _WEAK:
            score = _PART + 20 * len(phrase) / len(name)
        elif len(phrase) > 3 and len(name) > 3 and abs(len(phrase) - len(name)) <= 3:
            likeness = SequenceMatcher(None, phrase, name, autojunk=False).ratio()
            score = _LIKE * likeness if likeness >= _MIN_LIKENESS else 0.0
        if score > best.get(field_name, (0, 0.0))[1]:
            best[field_name] = (rank, score)
    return tuple((field_name, rank, score) for field_name, (rank, score) in best.items())


def _claims(names: Sequence[str]) -> list[_Claim]:
    return [
        _Claim(-score, rank, index, field_name)
        for index, name in enumerate(names)
        if name and len(name) <= _MAX_HEADER_LENGTH
        for field_name, rank, score in _claims_of(name)
    ]


def _grant(claims: list[_Claim]) -> list[_Claim]:
    granted: list[_Claim] = []
    fields: set[str] = set()
    columns: set[int] = set()
    for claim in sorted(claims):
        if claim.field not in fields and claim.column not in columns:
            granted.append(claim)
            fields.add(claim.field)
            columns.add(claim.column)
    return granted


def _data_rows(rows: Sequence[Sequence[Any]], layout: Layout) -> list[Sequence[Any]]:
    below = enumerate(rows[layout.header_row + 1 :], start=layout.header_row + 1)
    return [
        row
        for number, row in below
        if not is_blank(row) and not layout.is_header(row) and not layout.is_further_header(number, row)
    ]


def _correct_by_content(assigned: dict[str, int], names: Sequence[str], sample: ContentSample) -> list[Note]:
    """Lets what stands in the columns overrule their names where a mistake would make wrong orders."""
    notes: list[Note] = []
    taken = set(assigned.values())
    phone = assigned.get("phone")
    if sample.size and (phone is None or sample.phone_share(phone) < 0.2):
        better = max(range(sample.width), key=lambda at: (sample.phone_share(at), at not in taken), default=None)
        if better is not None and sample.phone_share(better) >= 0.6:
            for field_name in [name for name, at in assigned.items() if at == better]:
                del assigned[field_name]
            assigned["phone"] = better
            notes.append(Note("phone_by_content"))
        elif phone is not None:
            notes.append(Note("phone_not_phones"))
    if "phone2" in assigned and sample.filled(assigned["phone2"]) and sample.phone_share(assigned["phone2"]) < 0.2:
        del assigned["phone2"]
    for extra in ("discount", "delivery"):
        if extra in assigned and sample.filled(assigned[extra]) and sample.amount_share(assigned[extra]) < 0.8:
            del assigned[extra]
    _second_phone(assigned, names, sample)
    notes += _unnamed_name(assigned, names, sample)
    identifier = assigned.get("external_id")
    if identifier is not None and sample.contradicts(identifier, assigned.get("phone")):
        notes.append(Note("id_not_unique", {"header": names[identifier]}))
        del assigned["external_id"]
    return notes


def _second_phone(assigned: dict[str, int], names: Sequence[str], sample: ContentSample) -> None:
    """Two columns of the same name, both full of numbers: the second is the second phone."""
    phone = assigned.get("phone")
    if phone is None or phone >= len(names) or "phone2" in assigned:
        return
    free = [at for at, name in enumerate(names) if name == names[phone] and at not in assigned.values()]
    second = next((at for at in free if sample.phone_share(at) >= 0.5), None)
    if second is not None:
        assigned["phone2"] = second


def _unnamed_name(assigned: dict[str, int], names: Sequence[str], sample: ContentSample) -> list[Note]:
    """A column without a header that holds names of people."""
    if {"name", "first_name", "last_name"} & set(assigned):
        return []
    for at in range(sample.width):
        if at not in assigned.values() and (at >= len(names) or not names[at]) and sample.name_share(at) >= 0.7:
            assigned["name"] = at
            return [Note("column_by_content", {"column": at + 1})]
    return []


def _without_header(rows: Sequence[Sequence[Any]]) -> Mapping:
    data = [row for row in rows if not is_blank(row)]
    assigned = ContentSample(data).guess()
    columns = {name: Column(at, "") for name, at in sorted(assigned.items(), key=lambda pair: pair[1])}
    return Mapping(columns=columns, has_header=False, notes=(Note("no_header"),))


def _column(at: int, header: Sequence[Any]) -> Column:
    """A column with its name as written and its number among equal names."""
    if at >= len(header):
        return Column(at, "")
    name = header_key(header[at])
    occurrence = sum(1 for cell in header[: at + 1] if header_key(cell) == name)
    return Column(at, str(header[at]).strip() if name else "", occurrence)


def _notes_of_place(rows: Sequence[Sequence[Any]], layout: Layout, sample: ContentSample) -> list[Note]:
    notes = []
    if any(not is_blank(row) for row in rows[: layout.header_row]):
        notes.append(Note("titles_above", {"row": layout.header_row + 1}))
    for number, row in enumerate(rows[layout.header_row + 1 :], start=layout.header_row + 2):
        if layout.is_header(row):
            notes.append(Note("repeated_header", {"row": number}))
            break
    if not sample.size:
        notes.append(Note("no_rows"))
    return notes


def _notes_of_prices(assigned: dict[str, int], sample: ContentSample) -> list[Note]:
    priced = [assigned[name] for name in ("total_price", "unit_price") if name in assigned]
    return [Note("maybe_centimes")] if any(map(sample.may_be_centimes, priced)) else []


def _notes_of_names(columns: dict[str, Column], names: Sequence[str]) -> list[Note]:
    notes = [
        Note("duplicate_column", {"header": column.header})
        for column in columns.values()
        if column.header and list(names).count(fold(column.header)) > 1
    ]
    price = columns.get("total_price")
    if price is not None and fold(price.header) in _AMBIGUOUS_PRICES:
        notes.append(Note("price_is_total", {"header": price.header}))
    return notes
