"""Two people on one record: what each of them changed, field by field; nothing typed is lost.

The form carries what its fields held when it was opened (``was.<column>``). A field that only one
of the two changed is no conflict: it keeps that change. A field that both changed is chosen by the
person who comes second (``take.<column>``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from base.rules.rights.people import names_of

#: Beginning of the names of hidden inputs and of choices.
WAS, TAKE = "was.", "take."


@dataclass(frozen=True)
class Clash:
    """A field that both changed."""

    #: With what was typed.
    field: Any
    #: In words, when the form was opened; None when that is not known.
    before: str | None
    theirs: str


@dataclass(frozen=True)
class Conflict:
    """What stands between a form and the record as it is now."""

    #: Who changed the record last, and when; empty when it does not say.
    who: str
    at: datetime | None
    clashes: list[Clash] = field(default_factory=list)
    #: Fields that only the other one changed: label, before, now.
    taken: list[tuple[str, str, str]] = field(default_factory=list)
    #: Columns that this person alone changed.
    kept: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """The columns to choose."""
        return [clash.field.name for clash in self.clashes]

    @property
    def says_the_same(self) -> bool:
        """Whether the record already holds all that was typed."""
        return not (self.clashes or self.taken or self.kept)


def raw(one: Any) -> str:
    """What the input of a field sends when nobody touches it."""
    if one.type == "BooleanField":
        return "y" if one.data else ""
    if hasattr(one, "choices_url"):
        return "" if one.data is None else str(one.data.id)
    if isinstance(one.data, list):
        return ",".join(str(value) for value in one.data)
    if hasattr(one, "_value"):
        return str(one._value())
    return "" if one.data is None else str(one.data)


def before(form: Any, columns: Sequence[str]) -> dict[str, str]:
    """What the fields held when the form was opened: as it was sent, or as it is shown first."""
    if request.method == "POST":
        return {c: request.form[WAS + c] for c in columns if WAS + c in request.form}
    return {c: raw(form[c]) for c in columns if form[c].type not in FILES}


def give(one: Any, other: Any) -> None:
    """Put the value of another form's field in a field."""
    one.process_data(other.data)
    one.raw_data = None
    one.process_errors = []


def take_over(form: Any, now: Any, columns: Sequence[str]) -> None:
    """Keep what is in the register where the person chose it."""
    for name in columns:
        if request.form.get(TAKE + name) == "theirs":
            give(form[name], now[name])


#: Fields whose content stands in no value.
FILES = ("FileField", "MultipleFileField")


def _key(one: Any) -> Any:
    """What two fields are compared by."""
    if one.process_errors:
        # An empty number or day is a fault only until the form lets it be empty.
        return raw(one).strip() or None
    data = one.data
    if isinstance(data, str):
        return data.replace("\r\n", "\n").strip() or None
    if isinstance(data, list):
        return sorted(data)
    return getattr(data, "id", data)


def compare(
    view: Any, form: Any, now: Any, row: Any, columns: Sequence[str], was: Mapping[str, str]
) -> Conflict:
    """Hold a form against the record; fields that only the other one changed take its value."""
    held: dict[str, Any] = {**was, **{c: "" for c in columns if c not in was}}
    for name in columns:
        if isinstance(now[name].data, list):
            # Several choices: one of them each, none for an empty text.
            held[name] = [part for part in str(held[name]).split(",") if part]
    opened = type(now)(formdata=MultiDict(held))
    at = getattr(row, "changed_at", None)
    changer = getattr(row, "changed_by_id", None)
    found = Conflict(names_of({changer}).get(changer, "") if changer else "", at)
    for name in columns:
        mine, theirs = form[name], now[name]
        if mine.type in FILES or _key(mine) == _key(theirs):
            continue
        known = name in was
        words = view.typed_words(opened[name]) if known else None
        if known and _key(mine) == _key(opened[name]):
            found.taken.append((str(mine.label.text), words or "", view.typed_words(theirs)))
            give(mine, theirs)
        elif known and _key(theirs) == _key(opened[name]):
            found.kept.append(name)
        else:
            found.clashes.append(Clash(mine, words, view.typed_words(theirs)))
    return found
