"""Reports as declarations: one content, the same figures on screen, in PDF, XLSX and CSV.

A module writes one function per report, which reads and returns a ``Content``::

    @report(code="cost", title=_l("Coûts par bien et par nature"),
            params=[Param("start", _l("Du"), ParamKind.DAY), …])
    def cost(session, params, progress): …

``base.papers.reporting.render`` makes the documents. The same content and the same edition give the
same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from base.basics.errors import InvalidInput, NotFound
from base.basics.formats import day
from base.basics.i18n import _
from base.papers.files.exports import Column, Kind

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
    "Reading",
    "Report",
    "Table",
    "get",
    "plain_params",
    "report",
]


# --- what a report says ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table.

    Looks: ``""`` an ordinary row, ``"group"`` a heading, ``"sub"`` a sub-total, ``"carried"``
    a remainder. Only ordinary rows are in the CSV, so that summing its column is right.
    ``href`` says what the row stands for: ``table/id`` of a record, or ``report/code?question``
    of another report; the screen makes an address of it. ``sources`` says, cell by cell, what a
    figure is made of: ``lines/code?question``, which opens beside the report.

    ``same`` counts the first cells that repeat the row above: people see them once.
    """

    cells: Sequence[object]
    look: str = ""
    level: int = 0
    href: str = ""
    sources: Sequence[str] = ()
    same: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A table; ``rows`` is called each time it is read, and may stream from the database."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Callable[[], Iterable[Line]]
    total: Sequence[object] | None = None
    total_sources: Sequence[str] = ()
    note: str = ""
    #: Shown instead of a table without rows.
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A main figure and what it counts; ``href`` opens the rows it is made of."""

    value: object
    caption: str
    kind: Kind = Kind.EUROS
    href: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Stacked bars. One of the tables must give the same values."""

    title: str
    unit: str
    series: Sequence[str]
    bars: Sequence[tuple[str, Sequence[Decimal]]]


@dataclass(frozen=True, slots=True)
class Content:
    """What a report says, without when, for whom and in which form it is printed."""

    title: str
    subtitle: str
    perimeter: str
    period: str
    amounts: str
    tables: Sequence[Table]
    #: Further cells of the title block: label, value.
    facts: Sequence[tuple[str, str]] = ()
    figures: Sequence[Figure] = ()
    charts: Sequence[Chart] = ()
    #: What the report affirms, printed beside the signature.
    statement: str = ""
    signatory: str = ""
    notes: Sequence[str] = ()
    #: The table that is the CSV; the last one when empty.
    detail: str = ""
    #: Number and instant of the last event it can show, where ``tables`` do not tell.
    cut: tuple[int, datetime] | None = None
    #: Number of the last seal that it shows; with the cut, what decides it.
    seal: int | None = None

    def detail_table(self) -> Table:
        """The table that is the CSV."""
        named = [table for table in self.tables if table.key == self.detail]
        return named[0] if named else self.tables[-1]


@dataclass(frozen=True, slots=True)
class Edition:
    """One printing of a content: its number, for whom, on which data."""

    number: str
    #: Printed under the QR code and asked for at ``address``.
    code: str
    address: str
    entity: str
    service: str
    asked_by: str
    issued_at: datetime
    #: The instant of the last change that the content can show.
    cut_at: datetime
    cut_label: str
    zone: str


class Reading:
    """A content read once: its lines go by, its digest stays.

    The digest covers everything the report says and nothing of its edition, so that it is the
    same in PDF, XLSX and CSV.
    """

    def __init__(self, content: Content) -> None:
        self.content = content
        self._digests: dict[str, str] = {}

    def lines(self, table: Table) -> Iterator[Line]:
        """The lines of a table, noted as they go by; to be read to the end."""
        hashed = hashlib.sha256()
        for line in table.rows():
            hashed.update(_canonical([line.look, line.level, *line.cells]))
            yield line
        self._digests[table.key] = hashed.hexdigest()

    def digest(self) -> str:
        """SHA-256 of the content, in hexadecimal; reads the tables not read yet."""
        content, hashed = self.content, hashlib.sha256()
        hashed.update(
            _canonical(
                [
                    *(content.title, content.subtitle, content.perimeter, content.period),
                    *(content.amounts, content.statement, *content.notes),
                    [list(fact) for fact in content.facts],
                    [[figure.value, figure.caption] for figure in content.figures],
                    [
                        [chart.title, list(chart.series), [[n, *parts] for n, parts in chart.bars]]
                        for chart in content.charts
                    ],
                ]
            )
        )
        for table in content.tables:
            if table.key not in self._digests:
                for _line in self.lines(table):
                    pass
            heads = [[column.key, column.title] for column in table.columns]
            hashed.update(
                _canonical([table.key, table.title, table.note, heads, list(table.total or ())])
            )
            hashed.update(bytes.fromhex(self._digests[table.key]))
        return hashed.hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


_CANONICAL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain)


def _canonical(values: object) -> bytes:
    """The values as JSON that two engines and two machines write alike."""
    return _CANONICAL.encode(values).encode("utf-8", "surrogatepass") + b"\n"


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
    return {name: _plain(value) for name, value in sorted(values.items()) if value is not None}


def params_in_words(code: str, values: Mapping[str, str]) -> list[tuple[str, str]]:
    """Label and value of stored parameters as people read them, in the order of the form."""
    known = CATALOGUE.get(code)
    found = []
    for param in known.params if known is not None else ():
        if param.name in values:
            value = values[param.name]
            if param.kind is ParamKind.DAY:
                value = day(date.fromisoformat(value))
            elif param.kind is ParamKind.CHOICE:
                value = str(dict(param.choices).get(value, value))
            found.append((str(param.label), value))
    return found or list(values.items())


def _read(param: Param, text: str) -> object:
    if not text:
        return None
    if param.kind is ParamKind.DAY:
        for form in ("%Y-%m-%d", "%d/%m/%Y"):
            try:
                return datetime.strptime(text, form).date()
            except ValueError:
                continue
        raise ValueError(
            _("« %(text)s » n’est pas un jour. Écrivez 2026-10-31 ou 31/10/2026.", text=text[:40])
        )
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
