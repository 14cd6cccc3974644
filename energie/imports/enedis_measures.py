"""Measures of Enedis in the form that its newer flows share.

The flows R63 to R66 and the SOAP answers of detailed measures say the same: of one point and one
period, quantities with their points (curves, daily energies, peaks), or with indexes by calendar
and time class. Here a tree of dictionaries, named as in the JSON flows, becomes blocks.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from base.basics.errors import DomainError
from base.basics.i18n import _, ngettext
from energie.domain.blocks import Block, ParsedFile, finished, keep
from energie.domain.curves import Asked, stamp_of
from energie.domain.days import LocalClock, day_start, next_month
from energie.domain.kinds import (
    STEP_SECONDS,
    EnergyKind,
    Quantity,
    ReferenceKind,
    RegisterCode,
    Stamp,
    Step,
    Unit,
)
from energie.domain.quality import Quality
from energie.domain.units import accepted, to_milli
from energie.imports.cells import instant, number, reference
from energie.imports.dataconnect import INTERVALS, SENTINEL
from energie.imports.enedis_billing import code_of, index_block

#: State of a point of a curve: read, corrected by the distributor, or estimated by it. The cuts
#: of the supply (S, T, F, G) are measures too.
NATURES = {
    **dict.fromkeys(("", "R", "B", "S", "T", "F", "G"), Quality.MEASURED),
    **dict.fromkeys(("C", "K", "D"), Quality.CORRECTED),
}
PEAK, ACTIVE_POWER, ACTIVE_ENERGY = "PMA", "PA", "EA"
Tree = dict[str, Any]


def choose_convention(
    parsed: ParsedFile, block: Block, asked: Asked, earliest: int, latest: int
) -> None:
    """Set what the stamps of a curve mark, from its rows and the days asked for."""
    stamps = block.stamps
    gaps = [after - before for before, after in zip(stamps[:100], stamps[1:100], strict=False)]
    seconds = STEP_SECONDS[block.step] if block.step else min(gaps, default=0)
    block.convention, is_sure = stamp_of(earliest, latest, seconds, asked)
    if is_sure:
        return
    parsed.notes.append(
        str(
            _("Horodate supposée en fin de pas (courbe d’un compteur Linky).")
            if block.convention is Stamp.END
            else _("Horodate supposée en début de pas (courbe d’un site de plus de 36 kVA).")
        )
    )


def read_measures(parsed: ParsedFile, measures: list[Tree]) -> ParsedFile:
    """The blocks of measures: active energy and power that were drawn; others are counted.

    Raises:
        UnreadableFile: there is none.
        UnknownUnit: a unit is in no table.
    """
    others = 0
    dials: dict[tuple[str, RegisterCode], Block] = {}
    curves: dict[tuple[str, ...], _Points] = {}
    for measure in measures:
        prm = reference(parsed, ReferenceKind.PRM, measure["idPrm"])
        quantities = list(measure.get("grandeur") or [])
        for context in measure.get("contexte") or []:
            quantities += context.get("grandeur") or []
        for quantity in quantities:
            physical = str(quantity.get("grandeurPhysique") or "")
            if quantity.get("grandeurMetier", "CONS") != "CONS" or physical not in (
                PEAK,
                ACTIVE_POWER,
                ACTIVE_ENERGY,
            ):
                others += 1
            elif quantity.get("points"):
                unit = str(quantity.get("unite") or "")
                points = curves.setdefault((prm, physical, unit), _Points(prm, physical, unit))
                points.add(parsed, quantity["points"], measure)
            elif physical == ACTIVE_ENERGY:
                _Indexes(parsed, dials, prm, quantity).read()
            elif quantity.get("calendrier") or quantity.get("cadranTotalisateur"):
                others += 1
    if others:
        words = ngettext(
            "%(num)d série d’autres grandeurs (réactif, tension, production, puissances "
            "par période) non lue.",
            "%(num)d séries d’autres grandeurs (réactif, tension, production, puissances "
            "par période) non lues.",
            others,
        )
        parsed.notes.append(words)
    for points in curves.values():
        points.finish(parsed)
    for block in dials.values():
        keep(parsed, block)
    none = _("Ce flux d’Enedis ne contient aucun relevé de consommation.")
    return finished(parsed, (), " ".join(dict.fromkeys([none, *parsed.notes])))


class _Points:
    """The points of one quantity of one delivery point: a curve, daily energies or peaks."""

    def __init__(self, prm: str, physical: str, unit: str) -> None:
        self.prm = prm
        default = {PEAK: "VA", ACTIVE_POWER: "W", ACTIVE_ENERGY: "Wh"}[physical]
        self.unit, self.factor = accepted(unit or default)
        self.is_peak = physical == PEAK
        self.is_energy = self.unit is Unit.KWH
        self.blocks: dict[Step | None, Block] = {}
        self.opens: list[date] = []
        self.closes: list[date] = []
        #: All stamps, those without a value too: they tell the convention.
        self.earliest: int | None = None
        self.latest = 0
        self.clock = LocalClock()

    def add(self, parsed: ParsedFile, points: list[Tree], measure: Tree) -> None:
        """Take the points of one measure."""
        period = measure.get("periode") or {}
        for name, days in (("dateDebut", self.opens), ("dateFin", self.closes)):
            try:
                days.append(date.fromisoformat(str(period.get(name) or "")[:10]))
            except ValueError:
                continue
        for place, point in enumerate(points, 1):
            line = int(point.get("line") or place)
            try:
                self._point(point, str(point.get("p") or measure.get("pas") or ""))
            except DomainError as fault:
                parsed.reject(line, str(point.get("d")), fault)
            except (ValueError, InvalidOperation):
                words = f"{point.get('d')} {point.get('v')}"
                parsed.reject(line, words, _("Date ou valeur illisible."))

    def _point(self, point: Tree, step_text: str) -> None:
        written, value = str(point.get("d") or ""), number(point.get("v"))
        end, step = None, INTERVALS.get(step_text)
        if self.is_peak:
            step, at = Step.IRREGULAR, instant(written, self.clock)
        elif self.is_energy and step_text == "P1M":
            day = date.fromisoformat(written[:10]).replace(day=1)
            step, at, end = Step.MONTH, day_start(day), day_start(next_month(day))
        elif self.is_energy and step_text not in INTERVALS:
            step, at = Step.DAY, day_start(date.fromisoformat(written[:10]))
        else:
            at = instant(written, self.clock)
        self.earliest = at if self.earliest is None else min(at, self.earliest)
        self.latest = max(at, self.latest)
        block = self.blocks.setdefault(step, self._block(step))
        if value is None:
            block.empties += 1
            return
        quality = NATURES.get(str(point.get("n") or "").upper(), Quality.ESTIMATED)
        if self.is_peak and value == SENTINEL:
            quality = Quality.SUSPECT
        block.add(at, to_milli(value * self.factor), quality, end)

    def _block(self, step: Step | None) -> Block:
        quantity, convention = Quantity.POWER, Stamp.START
        if self.is_peak:
            quantity, convention = Quantity.PEAK_POWER, Stamp.INSTANT
        elif self.is_energy:
            quantity = Quantity.ENERGY
            convention = Stamp.DAY_START if step is Step.DAY else Stamp.START
        return Block(EnergyKind.ELECTRICITY, self.prm, quantity, self.unit, convention, step)

    def finish(self, parsed: ParsedFile) -> None:
        """Keep the blocks, each with the convention of the whole."""
        asked = Asked(min(self.opens, default=None), max(self.closes, default=None))
        for step, block in self.blocks.items():
            is_curve = not self.is_peak and (step is None or step in STEP_SECONDS)
            if is_curve and block.stamps and self.earliest is not None:
                choose_convention(parsed, block, asked, self.earliest, self.latest)
            keep(parsed, block)


class _Indexes:
    """The indexes of active energy of one measure, by calendar and time class."""

    def __init__(
        self,
        parsed: ParsedFile,
        dials: dict[tuple[str, RegisterCode], Block],
        prm: str,
        quantity: Tree,
    ) -> None:
        self.parsed, self.dials, self.prm, self.quantity = parsed, dials, prm, quantity
        self.factor = accepted(str(quantity.get("unite") or "Wh"))[1]

    def read(self) -> None:
        """Keep the totaliser and the network's classes; the supplier's only in their absence.

        The supplier's classes count the same energy once more.
        """
        total = (self.quantity.get("cadranTotalisateur") or {}).get("valeur") or []
        self._add(RegisterCode.TOTAL, self._rows(total))
        supplier: list[dict[str, dict[int, Decimal | None]]] = []
        for calendar in self.quantity.get("calendrier") or []:
            classes = {
                str(kind["idClasseTemporelle"]): self._rows(kind["valeur"])
                for kind in calendar["classeTemporelle"]
            }
            codes = {code: code_of(code) for code in classes}
            if not _is_network(calendar) or None in codes.values():
                supplier.append(classes)
            elif len(classes) > 1:
                for code, rows in classes.items():
                    self._add(codes[code] or RegisterCode.TOTAL, rows)
            elif not total:
                self._add(RegisterCode.TOTAL, next(iter(classes.values()), {}))
        if not any(key[0] == self.prm for key in self.dials):
            for classes in supplier:
                self._add(RegisterCode.TOTAL, _summed(classes))

    def _rows(self, values: list[Tree]) -> dict[int, Decimal | None]:
        clock, found = LocalClock(), {}
        for place, value in enumerate(values, 1):
            line = int(value.get("line") or place)
            try:
                found[instant(str(value.get("d") or ""), clock)] = number(value.get("v"))
            except DomainError as fault:
                self.parsed.reject(line, str(value.get("d")), fault)
            except (ValueError, InvalidOperation):
                words = f"{value.get('d')} {value.get('v')}"
                self.parsed.reject(line, words, _("Date ou valeur illisible."))
        return found

    def _add(self, code: RegisterCode, rows: dict[int, Decimal | None]) -> None:
        if not rows:
            return
        block = self.dials.setdefault((self.prm, code), index_block(self.prm, code))
        for at, value in rows.items():
            if value is None:
                block.empties += 1
            else:
                block.add(at, to_milli(value * self.factor))


def _is_network(calendar: Tree) -> bool:
    named = str(calendar.get("libelleGrille") or calendar.get("codeGrille") or "")
    return (named or str(calendar.get("idCalendrier") or "")).upper().startswith("D")


def _summed(classes: dict[str, dict[int, Decimal | None]]) -> dict[int, Decimal | None]:
    """The whole at each instant; missing where one class says nothing, never less."""
    found: dict[int, Decimal | None] = {}
    for at in sorted({at for rows in classes.values() for at in rows}):
        values = [rows.get(at) for rows in classes.values()]
        known = [value for value in values if value is not None]
        found[at] = sum(known, Decimal(0)) if len(known) == len(values) else None
    return found
