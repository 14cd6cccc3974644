"""Enedis XML flows: R50 and SOAP curves, R151 and R171 indexes, SOAP daily energies."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from base.errors import DomainError
from base.i18n import _
from energie.domain.blocks import Block, ParsedFile, UnreadableFile, ordered
from energie.domain.days import LocalClock, day_start
from energie.domain.kinds import (
    STEP_OF_SECONDS,
    EnergyKind,
    Quantity,
    ReferenceKind,
    RegisterCode,
    Stamp,
    Step,
    Unit,
)
from energie.domain.units import accepted, to_milli
from energie.imports.cii import every, first, local, text
from energie.imports.dataconnect import INTERVALS, reference
from energie.imports.enedis_billing import CLASSES, read_soap_periods

if TYPE_CHECKING:
    from lxml.etree import _Element


def _curve(prm: str, step: Step | None) -> Block:
    return Block(EnergyKind.ELECTRICITY, prm, Quantity.POWER, Unit.W, Stamp.END, step)


def _index(prm: str, register: RegisterCode) -> Block:
    return Block(
        EnergyKind.ELECTRICITY,
        prm,
        Quantity.INDEX,
        Unit.KWH,
        Stamp.INSTANT,
        Step.IRREGULAR,
        register,
    )


def _row(
    parsed: ParsedFile, block: Block, node: _Element, at: int | None, value: str, factor: Decimal
) -> None:
    if at is None or not value:
        block.empties += 1
        return
    try:
        number = Decimal(value)
        if not number.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        parsed.reject(node.sourceline or 0, value, _("Valeur illisible."))
        return
    block.add(at, to_milli(number * factor))


def _instant(parsed: ParsedFile, node: _Element, written: str, clock: LocalClock) -> int | None:
    try:
        moment = datetime.fromisoformat(written)
        return int(moment.timestamp()) if moment.tzinfo else clock.seconds(moment)
    except DomainError as fault:
        parsed.reject(node.sourceline or 0, written, fault)
    except ValueError:
        parsed.reject(node.sourceline or 0, written, _("Date illisible."))
    return None


def _finish(parsed: ParsedFile, blocks: list[Block]) -> ParsedFile:
    for block in blocks:
        ordered(parsed, block)
        if block.stamps:
            parsed.blocks.append(block)
    if not parsed.blocks:
        raise UnreadableFile(_("Ce flux d’Enedis ne contient aucun relevé."))
    return parsed


def read_r50(root: _Element) -> ParsedFile:
    """Load curves of C5 sites; the stamp is the end of the step, power in W."""
    parsed = ParsedFile("enedis_r50")
    minutes = text(root, "En_Tete_Flux/Pas_Publication")
    step = STEP_OF_SECONDS.get(int(minutes) * 60) if minutes.isdigit() else None
    blocks = []
    for point in every(root, "PRM"):
        prm = reference(parsed, ReferenceKind.PRM, text(point, "Id_PRM"))
        block, clock = _curve(prm, step), LocalClock()
        for node in (n for n in point.iter() if local(n) == "PDC"):
            at = _instant(parsed, node, text(node, "H"), clock)
            _row(parsed, block, node, at, text(node, "V"), Decimal(1))
        blocks.append(block)
    return _finish(parsed, blocks)


def read_r151(root: _Element) -> ParsedFile:
    """Daily indexes of C5 sites: dated J, read at the end of J, that is 00:00 of J+1."""
    parsed = ParsedFile("enedis_r151")
    factor = accepted(text(root, "En_Tete_Flux/Unite_Mesure_Index") or "Wh")[1]
    blocks: dict[tuple[str, RegisterCode], Block] = {}
    for point in every(root, "PRM"):
        prm = reference(parsed, ReferenceKind.PRM, text(point, "Id_PRM"))
        for data in every(point, "Donnees_Releve"):
            written = text(data, "Date_Releve")
            try:
                day = date.fromisoformat(written[:10])
            except ValueError:
                parsed.reject(data.sourceline or 0, written, _("Date illisible."))
                continue
            classes = every(data, "Classe_Temporelle_Distributeur")
            values = [Decimal(text(c, "Valeur")) for c in classes if text(c, "Valeur").isdigit()]
            key = (prm, RegisterCode.TOTAL)
            block = blocks.setdefault(key, _index(*key))
            if values:
                block.add(day_start(day + timedelta(days=1)), to_milli(sum(values) * factor))
            else:
                block.empties += 1
    return _finish(parsed, list(blocks.values()))


def read_r171(root: _Element) -> ParsedFile:
    """Indexes of active energy of C4 sites by class, at local instants without offset."""
    parsed = ParsedFile("enedis_r171")
    blocks: dict[tuple[str, RegisterCode], Block] = {}
    others = 0
    for series in every(root, "serieMesuresDateesListe/serieMesuresDatees"):
        code = text(series, "codeClasseTemporelle")
        named = CLASSES.get(code, code)
        if text(series, "grandeurPhysique") != "EA" or named not in RegisterCode.__members__:
            others += 1
            continue
        prm = reference(parsed, ReferenceKind.PRM, text(series, "prmId"))
        factor = accepted(text(series, "unite"))[1]
        key = (prm, RegisterCode(named))
        block, clock = blocks.setdefault(key, _index(*key)), LocalClock()
        for node in every(series, "mesuresDateesListe/mesureDatee"):
            at = _instant(parsed, node, text(node, "dateFin"), clock)
            _row(parsed, block, node, at, text(node, "valeur"), factor)
    if others:
        parsed.notes.append(
            str(_("%(n)d série(s) d’autres grandeurs (réactif, dépassements) non lues.", n=others))
        )
    return _finish(parsed, list(blocks.values()))


def read_soap(root: _Element) -> ParsedFile:
    """Measures of a C5 site (power curve, stamp at the end; daily energy) or months of a C4."""
    parsed = ParsedFile("enedis_soap")
    answer = first(root, "Body/consulterMesuresDetailleesResponse")
    monthly = first(root, "Body/consulterMesuresResponse")
    if monthly is not None:
        return read_soap_periods(monthly, root)
    fault = first(root, "Body/Fault")
    if fault is not None:
        raise UnreadableFile(
            _(
                "Cette réponse SOAP d’Enedis est un refus, sans relevé : « %(reason)s ».",
                reason=(text(fault, "faultstring") or text(fault, "Reason/Text"))[:200],
            )
        )
    if answer is None:
        raise UnreadableFile(
            _("Cette réponse SOAP d’Enedis ne contient pas de mesures détaillées.")
        )
    prm = reference(parsed, ReferenceKind.PRM, text(answer, "pointId"))
    blocks: dict[Step | None, Block] = {}
    for quantity in every(answer, "grandeur"):
        daily = text(quantity, "grandeurPhysique") == "EA"
        factor = accepted(text(quantity, "unite") or ("Wh" if daily else "W"))[1]
        clock = LocalClock()
        for node in every(quantity, "mesure"):
            step = Step.DAY if daily else INTERVALS.get(text(node, "p"))
            block = blocks.setdefault(step, _curve(prm, step))
            if daily:
                block.quantity, block.unit = Quantity.ENERGY, Unit.KWH
                block.convention = Stamp.DAY_START
            at = _instant(parsed, node, text(node, "d"), clock)
            _row(parsed, block, node, at, text(node, "v"), factor)
    return _finish(parsed, list(blocks.values()))
