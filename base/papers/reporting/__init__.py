"""Reports as declarations: one content, the same figures on screen, in PDF, XLSX and CSV.

A module writes one function per report, which reads and returns a ``Content``::

    @report(code="cost", title=_l("Coûts par bien et par nature"),
            params=[Param("start", _l("Du"), ParamKind.DAY), …])
    def cost(session, params, progress): …

``base.papers.reporting.render`` makes the documents. The same content and the same edition give the
same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from base.basics.errors import InvalidInput, NotFound
from base.basics.formats import day
from base.basics.i18n import _
from base.papers.files.exports import Column, Kind
from base.papers.reporting.content import (
    Chart,
    Content,
    Edition,
    Figure,
    Line,
    Reading,
    Table,
    plain,
)

__all__ = [
    "CATALOGUE",
    "Chart",
    "Column",
    "Content",
    "Edition",
    "Figure",
    "Kind",
    "Line",
    "Param",
    "ParamKind",
    "Preset",
    "Reading",
    "Report",
    "Table",
    "get",
    "plain_params",
    "report",
    "title_of",
]


# --- what a report asks for -----------------------------------------------------------------


class ParamKind(StrEnum):
    """How a parameter is typed and asked for."""

    TEXT = "text"
    DAY = "day"
    CHOICE = "choice"
    #: The code of a record; the form searches it with ``Param.find``.
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of a report."""

    name: str
    label: object
    kind: ParamKind = ParamKind.TEXT
    required: bool = False
    help: object = ""
    choices: Sequence[tuple[str, object]] = ()
    #: What a choice left open is called.
    empty: object = ""
    #: Its value when none is given, from the present day.
    default: Callable[[date], object] | None = None
    #: ``find(session, words)``: code and label of the records that fit what was typed.
    find: Callable[[Any, str], Sequence[tuple[str, str]]] | None = None
    #: Of a record: ``known(session, value)`` refuses one that is not there, when it is asked for.
    known: Callable[[Any, str], object] | None = None
    #: Of a day on which a half open period ends: the field in which people give its last day.
    last: str = ""


@dataclass(frozen=True, slots=True)
class Preset:
    """Answers that are often given, as one link."""

    label: object
    #: ``values(today)``: name of a parameter -> its value.
    values: Callable[[date], Mapping[str, object]]


Progress = Callable[[int, str], None]
Function = Callable[[Any, Mapping[str, Any], Progress], Content]


@dataclass(frozen=True, slots=True)
class Report:
    """A report of the catalogue."""

    code: str
    title: object
    description: object
    params: Sequence[Param]
    function: Function
    #: Tables whose changes the report can show: the last of them is the data cut.
    tables: Callable[[], Sequence[str]]
    #: Roles that may ask for it; everybody with access to reports when empty.
    roles: frozenset[str] = frozenset()
    #: Checks across parameters; returns a sentence per field at fault.
    check: Callable[[Mapping[str, Any]], dict[str, str]] | None = field(default=None)
    presets: Sequence[Preset] = ()

    def given(self, sent: Mapping[str, str]) -> dict[str, str]:
        """The parameters of a form or an address; a last day gives the day after it."""
        found = {p.name: sent[p.name] for p in self.params if p.name in sent}
        for param in self.params:
            if param.last and sent.get(param.last):
                found[param.name] = _moved(sent[param.last], 1)
        return found

    def in_form(self, given: Mapping[str, str]) -> dict[str, str]:
        """What the fields of the form hold, by their names."""
        found = {}
        for param in self.params:
            value = given.get(param.name, "")
            found[param.last or param.name] = _moved(value, -1) if param.last else value
        return found

    def read(self, given: Mapping[str, object], *, today: date) -> dict[str, Any]:
        """The parameters, typed, with their defaults.

        Raises:
            InvalidInput: an unknown name, a value that cannot be read, one that is missing;
                ``errors`` names the fields.
        """
        errors: dict[str, str] = {}
        known = {param.name for param in self.params}
        for name in given:
            if name not in known:
                errors[name] = _("Ce rapport n’a pas ce paramètre.")
        read: dict[str, Any] = {}
        for param in self.params:
            text = str(given.get(param.name) or "").strip()
            try:
                value = _read(param, text)
            except ValueError as ex:
                errors[param.name] = str(ex)
                continue
            if value is None and param.default is not None:
                value = param.default(today)
            if value is None and param.required:
                errors[param.name] = _("Ce champ est nécessaire.")
            read[param.name] = value
        if not errors and self.check is not None:
            errors = self.check(read)
        if errors:
            first = next(iter(errors.items()))
            sentence = _("Paramètre « %(name)s » : %(fault)s", name=first[0], fault=first[1])
            raise InvalidInput(sentence, errors)
        return read


def plain_params(values: Mapping[str, Any]) -> dict[str, str]:
    """Typed parameters as they are stored and compared; those without value are left out."""
    return {name: plain(value) for name, value in sorted(values.items()) if value is not None}


def title_of(code: str) -> str:
    """What a report is called; its code when the catalogue has it no more."""
    known = CATALOGUE.get(code)
    return str(known.title) if known is not None else code


def params_in_words(code: str, values: Mapping[str, str]) -> list[tuple[str, str]]:
    """Label and value of stored parameters as people read them, in the order of the form."""
    known = CATALOGUE.get(code)
    found = []
    for param in known.params if known is not None else ():
        if param.name in values:
            value = values[param.name]
            if param.kind is ParamKind.DAY:
                value = day(date.fromisoformat(_moved(value, -1) if param.last else value))
            elif param.kind is ParamKind.CHOICE:
                value = str(dict(param.choices).get(value, value))
            found.append((str(param.label), value))
    return found or list(values.items())


def _day(text: str) -> date | None:
    """A day in either notation; None for what is none."""
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
    return None


def _moved(text: str, days: int) -> str:
    """A day some days later; what is no day, or has none there, stays as it is."""
    on = _day(text)
    try:
        return (on + timedelta(days=days)).isoformat() if on is not None else text
    except OverflowError:
        return text


def _read(param: Param, text: str) -> object:
    if not text:
        return None
    if param.kind is ParamKind.DAY:
        on = _day(text)
        if on is None:
            raise ValueError(
                _(
                    "« %(text)s » n’est pas un jour. Écrivez 2026-10-31 ou 31/10/2026.",
                    text=text[:40],
                )
            )
        return on
    if param.kind is ParamKind.CHOICE and text not in {value for value, _label in param.choices}:
        known = ", ".join(value for value, _label in param.choices)
        raise ValueError(
            _("« %(text)s » n’est pas un choix : %(known)s.", text=text[:40], known=known)
        )
    if len(text) > 200:
        raise ValueError(_("Ce texte est trop long : 200 caractères au plus."))
    return text


#: Every declared report, by code.
CATALOGUE: dict[str, Report] = {}


def report(
    *,
    code: str,
    title: object,
    description: object = "",
    params: Sequence[Param] = (),
    records: Sequence[str] | Callable[[], Sequence[str]] = (),
    roles: Iterable[str] = (),
    check: Callable[[Mapping[str, Any]], dict[str, str]] | None = None,
    presets: Sequence[Preset] = (),
) -> Callable[[Function], Function]:
    """Declare a report; ``records`` are its tables. A code declared twice stops the start."""

    def declare(function: Function) -> Function:
        known = CATALOGUE.get(code)
        if known is not None and known.function.__qualname__ != function.__qualname__:
            raise RuntimeError(f"report {code!r} is declared twice")
        CATALOGUE[code] = Report(
            code=code,
            title=title,
            description=description,
            params=tuple(params),
            function=function,
            tables=records if callable(records) else lambda: records,
            roles=frozenset(roles),
            check=check,
            presets=tuple(presets),
        )
        return function

    return declare


def get(code: str) -> Report:
    """The report of that code.

    Raises:
        NotFound: there is none; the sentence lists those there are.
    """
    found = CATALOGUE.get(code)
    if found is None:
        raise NotFound(
            _(
                "Le rapport « %(code)s » n’existe pas. Rapports connus : %(known)s.",
                code=code[:40],
                known=", ".join(sorted(CATALOGUE)),
            )
        )
    return found
