"""Enedis billing flows: indexes of R15 and C15, energies by period of R67 and of SOAP.

Only the distributor's classes are read; the supplier's count the same energy once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from base.basics.i18n import _, ngettext
from energie.domain.blocks import Block, Dial, ParsedFile, UnreadableFile, finished
from energie.domain.days import LocalClock, day_start
from energie.domain.kinds import (
    EnergyKind,
    Quantity,
    ReferenceKind,
    RegisterCode,
    Stamp,
    Step,
    Unit,
)
from energie.domain.quality import Quality
from energie.domain.units import UnknownUnit, accepted, to_milli
from energie.imports.cells import instant, reference
from energie.imports.cii import every, first, text

if TYPE_CHECKING:
    from lxml.etree import _Element

#: The contracts' seasons (été) → the network's (saison basse).
CLASSES = {"HPE": "HPB", "HCE": "HCB", "P": "POINTE"}
#: An index, and not the consumption that the flow derives from it.
INDEX_CLASS = "1"
DRAWN = "0"
NATURES = {
    "REEL": Quality.MEASURED,
    "R": Quality.MEASURED,
    "ESTIME": Quality.ESTIMATED,
    "E": Quality.ESTIMATED,
    # An adjustment settles former estimates: it is no measure of its own period.
    "C": Quality.ESTIMATED,
}
#: A consumption that was cancelled since.
CANCELLED = ("A", "ANNULEE", "ANNULE")

Key = tuple[str, RegisterCode]
#: PRM, first day, day after the last.
Where = tuple[str, date, date]


def _quality(nature: str) -> Quality:
    return NATURES.get(nature.upper(), Quality.ESTIMATED)


def code_of(written: str) -> RegisterCode | None:
    """The dial of a time class of the network; nothing for any other class."""
    named = CLASSES.get(written, written)
    return RegisterCode(named) if named in RegisterCode.__members__ else None


# --- indexes: R15 and C15 -----------------------------------------------------------------


def read_r15(root: _Element) -> ParsedFile:
    """Indexes that were billed on, each with the one before it, at their own instant."""
    none = _("Ce flux R15 ne contient aucun index de consommation.")
    return _read(root, "enedis_r15", "Donnees_Releve", ("", "_Precedent"), none)


def read_c15(root: _Element) -> ParsedFile:
    """Indexes taken at an event of the contract: arrival, change of calendar or of meter."""
    none = _(
        "Ce flux C15 décrit des événements de contrat sans aucun relevé d’index : rien à lire."
    )
    path = "Evenement_Declencheur/Releves/Donnees_Releve"
    return _read(root, "enedis_c15", path, ("",), none)


def _read(root: _Element, form: str, path: str, formers: Sequence[str], none: str) -> ParsedFile:
    """The indexes at a path below each point, at the date of each of ``formers``."""
    parsed = ParsedFile(form)
    blocks: dict[Key, Block] = {}
    for point in every(root, "PRM"):
        prm = reference(parsed, ReferenceKind.PRM, text(point, "Id_PRM"))
        for data in every(point, path):
            for former in formers:
                _indexes(parsed, blocks, prm, data, former)
    return finished(parsed, blocks.values(), none)


def _indexes(
    parsed: ParsedFile, blocks: dict[Key, Block], prm: str, data: _Element, former: str
) -> None:
    written = text(data, f"Date_Releve{former}")
    if not written:
        return
    try:
        at = instant(written, LocalClock())
    except ValueError:
        parsed.reject(data.sourceline or 0, written, _("Date illisible."))
        return
    quality = _quality(text(data, f"Nature_Index{former}"))
    for dial in every(data, "Classe_Temporelle_Distributeur"):
        code = code_of(text(dial, "Id_Classe_Temporelle"))
        is_index = text(dial, "Classe_Mesure") == INDEX_CLASS
        if code is None or not is_index or text(dial, "Sens_Mesure") not in ("", DRAWN):
            continue
        block = blocks.setdefault((prm, code), index_block(prm, code))
        value = text(dial, f"Valeur{former}")
        if not value:
            block.empties += 1
            continue
        try:
            factor = accepted(text(dial, "Unite_Mesure") or "kWh")[1]
            milli = to_milli(Decimal(value) * factor)
        except (InvalidOperation, UnknownUnit):
            parsed.reject(dial.sourceline or 0, value, _("Valeur ou unité illisible."))
            continue
        block.dial = block.dial or _dial(dial)
        block.add(at, milli, quality)


def index_block(prm: str, code: RegisterCode) -> Block:
    """An empty block of indexes of electricity, in kWh."""
    return Block(
        EnergyKind.ELECTRICITY, prm, Quantity.INDEX, Unit.KWH, Stamp.INSTANT, Step.IRREGULAR, code
    )


def _dial(node: _Element) -> Dial | None:
    """Digits and coefficient that the flow gives; nothing when it does not."""
    digits, ratio = text(node, "Nb_Chiffres_Cadran"), text(node, "Coefficient_Lecture") or "1"
    try:
        coefficient = Decimal(ratio)
    except InvalidOperation:
        return None
    sound = digits.isdecimal() and 1 <= int(digits) <= 15 and 0 < coefficient < 10**6
    return Dial(int(digits), coefficient) if sound else None


# --- energies by period: R67 and SOAP -----------------------------------------------------


def _period_block(prm: str, code: RegisterCode) -> Block:
    return replace(index_block(prm, code), quantity=Quantity.ENERGY, convention=Stamp.START)


class _Periods:
    """Energies by period and class; the whole of a period is the sum of its classes.

    A class of the calendar that a period lacks leaves its whole missing: a sum without it would
    be too small.
    """

    def __init__(self) -> None:
        #: Class → thousandths of a kWh, quality.
        self.found: dict[Where, dict[RegisterCode, tuple[int, Quality]]] = {}
        #: The classes of the calendar under which a period was given.
        self.expected: dict[Where, set[RegisterCode]] = {}

    def expect(self, where: Where, codes: set[RegisterCode]) -> None:
        """Say which classes a period must have."""
        self.expected.setdefault(where, set()).update(codes)

    def add(self, where: Where, code: RegisterCode, milli: int | None, quality: Quality) -> None:
        """Take the energy of a class in a period; ``None`` is a value left empty."""
        self.expect(where, {code})
        if milli is not None:
            self.found.setdefault(where, {})[code] = milli, quality

    def fill_holes(self) -> None:
        """Expect of each class the periods between its first and its last, where it has none."""
        held: dict[RegisterCode, list[Where]] = {}
        for where, classes in self.expected.items():
            for code in classes:
                held.setdefault(code, []).append(where)
        for code, places in held.items():
            opens, closes = min(places), max(places)
            for where, classes in self.expected.items():
                if opens < where < closes:
                    classes.add(code)

    def blocks(self) -> dict[Key, Block]:
        blocks: dict[Key, Block] = {}
        for where in sorted(self.expected):
            prm, start, end = where
            classes, expected = self.found.get(where, {}), self.expected[where]
            rows = dict(classes) if len(expected) > 1 else {}
            whole = blocks.setdefault(
                (prm, RegisterCode.TOTAL), _period_block(prm, RegisterCode.TOTAL)
            )
            if expected == classes.keys():
                worst = max(quality for _milli, quality in classes.values())
                rows[RegisterCode.TOTAL] = sum(m for m, _quality in classes.values()), worst
            else:
                whole.empties += 1
            for code, (milli, quality) in rows.items():
                block = blocks.setdefault((prm, code), _period_block(prm, code))
                block.add(day_start(start), milli, quality, day_start(end))
        return blocks


def _days(written: str, until: str) -> tuple[date, date]:
    """First day, and day after the last.

    Raises:
        ValueError: one is no day, or the period is empty.
    """
    start, end = date.fromisoformat(written[:10]), date.fromisoformat(until[:10])
    if end <= start:
        raise ValueError(until)
    return start, end


def read_r67(content: list[Any]) -> ParsedFile:
    """The billing history of points: energies from one day to another (left out), in Wh."""
    parsed = ParsedFile("enedis_r67")
    periods = _Periods()
    adjusted = 0
    # The network's grid first: the supplier's takes its place where there is no other.
    for grid in ("D", "F"):
        taken = set(periods.expected)
        for number, row in enumerate(_r67_rows(parsed, content, grid), 1):
            where, code, milli, quality, nature, codes = row
            if where in taken or code is None:
                continue
            if nature == "C":
                adjusted += 1
            periods.add(where, code, milli, quality)
            periods.expect(where, codes)
            if number > 2_000_000:
                raise UnreadableFile(_("Ce flux R67 dépasse 2 000 000 de lignes : partagez-le."))
    if adjusted:
        words = ngettext(
            "%(num)d période régularisée par le distributeur : elle compense les "
            "estimations d’avant.",
            "%(num)d périodes régularisées par le distributeur : elles compensent les "
            "estimations d’avant.",
            adjusted,
        )
        parsed.notes.append(words)
    blocks = periods.blocks()
    for block in blocks.values():
        block.compensates = bool(adjusted)
    return finished(
        parsed, blocks.values(), _("Ce flux R67 ne contient aucune consommation d’énergie active.")
    )


def _r67_rows(parsed: ParsedFile, content: list[Any], grid: str) -> Any:
    """Each row of one grid: where, class, thousandths of a kWh or nothing, quality, nature, and
    the classes of its calendar."""
    try:
        for answer in content:
            for measure in answer["mesures"]:
                prm = reference(parsed, ReferenceKind.PRM, measure["idPrm"])
                for context in measure["contexte"]:
                    for quantity in context["grandeur"]:
                        if (quantity["grandeurMetier"], quantity["grandeurPhysique"]) != (
                            "CONS",
                            "EA",
                        ):
                            continue
                        factor = accepted(quantity.get("unite") or "Wh")[1]
                        for calendar in quantity["calendrier"]:
                            if calendar["codeGrille"] == grid:
                                yield from _r67_classes(parsed, prm, calendar, factor)
    except (KeyError, TypeError, AttributeError) as fault:
        raise UnreadableFile(
            _("Ce flux R67 est incomplet : il manque « %(f)s ».", f=fault)
        ) from fault


def _r67_classes(parsed: ParsedFile, prm: str, calendar: Any, factor: Decimal) -> Any:
    named = [code_of(str(kind["idClasseTemporelle"])) for kind in calendar["classeTemporelle"]]
    codes = {code for code in named if code is not None}
    for code, kind in zip(named, calendar["classeTemporelle"], strict=True):
        for row in kind["quantite"]:
            if str(row.get("codeStatut", "")) in CANCELLED:
                continue
            try:
                start, end = _days(str(row["dbtMesure"]), str(row["finMesure"]))
                written = row["quantite"]
                milli = None if written in (None, "") else to_milli(Decimal(str(written)) * factor)
            except (ValueError, InvalidOperation):
                parsed.reject(0, str(row), _("Période ou valeur illisible."))
                continue
            nature = str(row.get("codeNature", ""))
            yield (prm, start, end), code, milli, _quality(nature), nature, codes


def read_soap_periods(answer: _Element, envelope: _Element) -> ParsedFile:
    """Monthly energies of a C4 site by class, from one day to another (left out)."""
    parsed = ParsedFile("enedis_soap_mois")
    prm = reference(parsed, ReferenceKind.PRM, _point_id(envelope))
    periods = _Periods()
    for where, code, milli, quality in _soap_rows(parsed, answer, prm, "Turpe"):
        periods.add(where, code, milli, quality)
    periods.fill_holes()
    network = list(periods.expected)
    # The supplier's grid says what was used before the network's began.
    for where, code, milli, quality in _soap_rows(parsed, answer, prm, "Frn"):
        if not any(where[1] < end and start < where[2] for _prm, start, end in network):
            periods.add(where, code, milli, quality)
    return finished(
        parsed,
        periods.blocks().values(),
        _("Cette réponse SOAP d’Enedis ne contient aucune consommation d’énergie active."),
    )


def _soap_rows(
    parsed: ParsedFile, answer: _Element, prm: str, grid: str
) -> Iterator[tuple[Where, RegisterCode, int | None, Quality]]:
    """Each energy of one grid: where, class, thousandths of a kWh or nothing, quality."""
    for series in every(answer, f"seriesMesuresDateesGrille{grid}/serie"):
        kind = first(series, "classeTemporelle")
        physical = first(series, "grandeurPhysique")
        code = code_of("" if kind is None else kind.get("code", ""))
        if physical is None or physical.get("code") != "EA" or code is None:
            continue
        factor = accepted(text(series, "unite") or "kWh")[1]
        for node in every(series, "mesuresDatees/mesure"):
            state = first(node, "statut")
            if state is not None and state.get("code") in CANCELLED:
                continue
            value = text(node, "valeur")
            try:
                start, end = _days(text(node, "dateDebut"), text(node, "dateFin"))
                milli = to_milli(Decimal(value) * factor) if value else None
            except (ValueError, InvalidOperation):
                parsed.reject(node.sourceline or 0, value, _("Période ou valeur illisible."))
                continue
            nature = first(node, "nature")
            written = "" if nature is None else nature.get("code", "")
            yield (prm, start, end), code, milli, _quality(written)


def _point_id(envelope: _Element) -> str:
    """The point that the acknowledgement names."""
    return next((text(node, "pointId") for node in envelope.iter("*") if text(node, "pointId")), "")
