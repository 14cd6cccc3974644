"""Enedis XML flows: R50 and R4x curves, R151 and R171 indexes, SOAP answers."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from base.basics.errors import DomainError
from base.basics.i18n import _, _l, listed, ngettext
from energie.domain.blocks import Block, ParsedFile, UnreadableFile, finished
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
from energie.domain.quality import Quality
from energie.domain.units import accepted, to_milli
from energie.imports.cells import instant, number, reference
from energie.imports.cii import every, first, local, text
from energie.imports.enedis_billing import CLASSES, index_block, read_soap_periods
from energie.imports.enedis_forms import read_soap_details
from energie.imports.enedis_measures import NATURES
from energie.imports.refusals import WithoutReadings

if TYPE_CHECKING:
    from lxml.etree import _Element

#: SOAP answers of detailed measures, in their two versions.
DETAILS = ("consulterMesuresDetailleesResponse", "consulterMesuresDetailleesResponseV3")

_NONE = _l("Ce flux d’Enedis ne contient aucun relevé.")


def _curve(prm: str, step: Step | None) -> Block:
    return Block(EnergyKind.ELECTRICITY, prm, Quantity.POWER, Unit.W, Stamp.END, step)


def _row(
    parsed: ParsedFile,
    block: Block,
    node: _Element,
    at: int | None,
    value: str,
    factor: Decimal,
    quality: Quality = Quality.MEASURED,
) -> None:
    if at is None:
        return  # its row is refused already
    try:
        found = number(value)
    except InvalidOperation:
        parsed.reject(node.sourceline or 0, value, _("Valeur illisible."))
        return
    if found is None:
        block.empties += 1
    else:
        block.add(at, to_milli(found * factor), quality)


def _instant(parsed: ParsedFile, node: _Element, written: str, clock: LocalClock) -> int | None:
    try:
        return instant(written, clock)
    except DomainError as fault:
        parsed.reject(node.sourceline or 0, written, fault)
    except ValueError:
        parsed.reject(node.sourceline or 0, written, _("Date illisible."))
    return None


def _note_others(parsed: ParsedFile, others: int) -> None:
    if others:
        parsed.notes.append(
            ngettext(
                "%(num)d série d’autres grandeurs (réactif, dépassements) non lue.",
                "%(num)d séries d’autres grandeurs (réactif, dépassements) non lues.",
                others,
            )
        )


def read_r50(root: _Element) -> ParsedFile:
    """Load curves of C5 sites; the stamp is the end of the step, power in W."""
    parsed = ParsedFile("enedis_r50")
    minutes = text(root, "En_Tete_Flux/Pas_Publication")
    step = STEP_OF_SECONDS.get(int(minutes) * 60) if minutes.isdecimal() else None
    blocks = []
    for point in every(root, "PRM"):
        prm = reference(parsed, ReferenceKind.PRM, text(point, "Id_PRM"))
        block, clock = _curve(prm, step), LocalClock()
        for node in (n for n in point.iter() if local(n) == "PDC"):
            at = _instant(parsed, node, text(node, "H"), clock)
            _row(parsed, block, node, at, text(node, "V"), Decimal(1))
        blocks.append(block)
    return finished(parsed, blocks, str(_NONE))


def read_r151(root: _Element) -> ParsedFile:
    """Daily indexes of C5 sites: dated J, read at the end of J, that is 00:00 of J+1.

    The index is the sum of the network's classes. A class that is empty or absent leaves the
    day missing: a sum without it would be too small.
    """
    parsed = ParsedFile("enedis_r151")
    factor = accepted(text(root, "En_Tete_Flux/Unite_Mesure_Index") or "Wh")[1]
    blocks: dict[tuple[str, RegisterCode], Block] = {}
    for point in every(root, "PRM"):
        prm = reference(parsed, ReferenceKind.PRM, text(point, "Id_PRM"))
        key = (prm, RegisterCode.TOTAL)
        block = blocks.setdefault(key, index_block(*key))
        readings = every(point, "Donnees_Releve")
        expected: dict[str, set[str]] = {}
        for data in readings:
            expected.setdefault(_calendar(data), set()).update(_classes(data))
        for data in readings:
            written = text(data, "Date_Releve")
            try:
                day = date.fromisoformat(written[:10])
            except ValueError:
                parsed.reject(data.sourceline or 0, written, _("Date illisible."))
                continue
            try:
                found = {name: number(value) for name, value in _classes(data).items()}
            except InvalidOperation:
                parsed.reject(data.sourceline or 0, written, _("Valeur illisible."))
                continue
            values = [found.get(name) for name in expected[_calendar(data)]]
            known = [value for value in values if value is not None]
            if known and len(known) == len(values):
                block.add(day_start(day + timedelta(days=1)), to_milli(sum(known) * factor))
            else:
                block.empties += 1
    return finished(parsed, blocks.values(), str(_NONE))


def _calendar(data: _Element) -> str:
    return text(data, "Id_Calendrier_Distributeur")


def _classes(data: _Element) -> dict[str, str]:
    """The network's classes of a reading, and what is written for each."""
    return {
        text(node, "Id_Classe_Temporelle") or text(node, "Rang_Cadran"): text(node, "Valeur")
        for node in every(data, "Classe_Temporelle_Distributeur")
    }


def read_r171(root: _Element) -> ParsedFile:
    """Indexes of active energy of C4 sites by class, at local instants without offset."""
    parsed = ParsedFile("enedis_r171")
    blocks: dict[tuple[str, RegisterCode], Block] = {}
    others = 0
    for series in every(root, "serieMesuresDateesListe/serieMesuresDatees"):
        code = text(series, "codeClasseTemporelle")
        named = CLASSES.get(code, code)
        is_drawn = text(series, "grandeurMetier") in ("", "CONS")
        is_energy = text(series, "grandeurPhysique") == "EA"
        if not (is_drawn and is_energy) or named not in RegisterCode.__members__:
            others += 1
            continue
        prm = reference(parsed, ReferenceKind.PRM, text(series, "prmId"))
        factor = accepted(text(series, "unite"))[1]
        key = (prm, RegisterCode(named))
        block, clock = blocks.setdefault(key, index_block(*key)), LocalClock()
        for node in every(series, "mesuresDateesListe/mesureDatee"):
            at = _instant(parsed, node, text(node, "dateFin"), clock)
            _row(parsed, block, node, at, text(node, "valeur"), factor)
    _note_others(parsed, others)
    return finished(parsed, blocks.values(), str(_NONE))


def read_r4x(root: _Element) -> ParsedFile:
    """Load curves of sites above 36 kVA (R4Q, R4H, R4M): the stamp is the start of the step."""
    parsed = ParsedFile("enedis_r4x")
    blocks: dict[tuple[str, Step | None], Block] = {}
    others = 0
    for body in every(root, "Corps"):
        prm = reference(parsed, ReferenceKind.PRM, text(body, "Identifiant_PRM"))
        for curve in every(body, "Donnees_Courbe"):
            kind = (text(curve, "Grandeur_Metier") or "CONS", text(curve, "Grandeur_Physique"))
            if kind not in (("CONS", "EA"), ("CONS", "PA"), ("CONS", "")):
                others += 1
                continue
            minutes = text(curve, "Granularite")
            step = STEP_OF_SECONDS.get(int(minutes) * 60) if minutes.isdecimal() else None
            unit, factor = accepted(text(curve, "Unite_Mesure") or "kW")
            block = blocks.setdefault((prm, step), _curve(prm, step))
            block.unit, block.convention, clock = unit, Stamp.START, LocalClock()
            for node in every(curve, "Donnees_Point_Mesure"):
                at = _instant(parsed, node, node.get("Horodatage", ""), clock)
                state = node.get("Statut_Point", "").upper()
                quality = NATURES.get(state, Quality.ESTIMATED)
                _row(parsed, block, node, at, node.get("Valeur_Point", ""), factor, quality)
    _note_others(parsed, others)
    return finished(parsed, blocks.values(), str(_NONE))


def read_soap(root: _Element) -> ParsedFile:
    """Detailed measures of a point (curves, daily energies, indexes, peaks), or its months."""
    body = first(root, "Body")
    answer = next((n for n in ([] if body is None else body) if isinstance(n.tag, str)), None)
    name = "" if answer is None else local(answer)
    if answer is None:
        raise UnreadableFile(_("Cette réponse SOAP d’Enedis est vide."))
    if name == "consulterMesuresResponse":
        return read_soap_periods(answer, root)
    if name in DETAILS:
        return read_soap_details(answer)
    if name == "Fault":
        sentence = _(
            "Cette réponse SOAP d’Enedis est un refus, sans relevé : « %(reason)s ».",
            reason=soap_reason(answer),
        )
        raise WithoutReadings(sentence)
    words = _(
        "Cette réponse SOAP d’Enedis (« %(name)s ») ne contient pas de mesures.",
        name=name[:60],
    )
    raise WithoutReadings(words)


def soap_reason(fault: _Element) -> str:
    """What a SOAP fault gives as its reasons: its own, and those of its detail."""
    said = [text(fault, "faultstring") or text(fault, "Reason/Text")]
    for part in ("detail", "Detail"):
        for node in (n for top in every(fault, part) for n in top.iter("*")):
            bare = (node.text or "").strip()
            said.append(f"{node.get('code', '')} {bare}".strip() if bare else "")
    return listed(dict.fromkeys(filter(None, said)))[:300]
