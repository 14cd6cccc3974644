"""Gas readings of GRDF as JSON: the answers of its customer space, and those of its ADICT service.

Informative readings are gas days, published ones are the periods that were billed on. Energies
are kWh PCS. A gas day goes from 06:00 to 06:00, local time, whatever offset the file writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import InvalidOperation
from typing import Any, NamedTuple

from base.basics.i18n import _, listed, ngettext
from energie.domain.blocks import ParsedFile, UnreadableFile, finished
from energie.domain.kinds import ReferenceKind, Step
from energie.imports.cells import reference
from energie.imports.grdf import (
    add_value,
    gas_blocks,
    keep_blocks,
    milli_of,
    quality_of,
)

#: How far the volume of a reading may be from the difference of its indexes, in m³: both are
#: rounded to the m³.
ROUNDING_M3 = 1


class _Row(NamedTuple):
    """One reading, whichever service gave it."""

    #: The gas day; nothing for a period.
    day: str
    opens: str
    closes: str
    energy: object
    volume: object
    qualification: object
    index_start: object
    index_end: object


class _Point:
    """The readings of one delivery point: days and periods apart."""

    def __init__(self, pce: str) -> None:
        self.days = gas_blocks(pce)
        self.periods = gas_blocks(pce)
        for block in self.periods.values():
            block.step = Step.IRREGULAR
        self.torn = 0

    def add(self, row: _Row) -> None:
        """Take one reading.

        Raises:
            ValueError: its days are no dates, or end before they begin.
            InvalidOperation: a value is no number.
        """
        quality = quality_of(row.qualification)
        self.torn += _is_torn(row)
        values = (("energy", row.energy), ("volume", row.volume))
        if row.day:
            day = date.fromisoformat(row.day[:10])
            for name, value in values:
                add_value(self.days[name], day, value, quality)
            return
        opens, closes = date.fromisoformat(row.opens[:10]), date.fromisoformat(row.closes[:10])
        if closes <= opens:
            raise ValueError(row.closes)
        for name, value in values:
            add_value(self.periods[name], opens, value, quality, closes)

    def finish(self, parsed: ParsedFile) -> None:
        """Keep what was read."""
        for blocks in (self.days, self.periods):
            keep_blocks(parsed, blocks)
        if self.torn:
            words = ngettext(
                "%(num)d relevé dont le volume n’est pas la différence des index : à vérifier.",
                "%(num)d relevés dont le volume n’est pas la différence des index : à vérifier.",
                self.torn,
            )
            parsed.notes.append(words)


def _is_torn(row: _Row) -> bool:
    first, last = milli_of(row.index_start), milli_of(row.index_end)
    volume = milli_of(row.volume)
    if first is None or last is None or volume is None or last < first:
        return False
    return abs(last - first - volume) > ROUNDING_M3 * 1000


def _read(parsed: ParsedFile, rows: Iterable[tuple[str, Any, _Row | None]]) -> ParsedFile:
    """Blocks from readings, each with its point and itself as written."""
    points: dict[str, _Point] = {}
    for number, (pce, written, row) in enumerate(rows, 1):
        if row is None:
            parsed.reject(number, str(written), _("Relevé incomplet ou illisible."))
            continue
        if pce not in points:
            points[pce] = _Point(reference(parsed, ReferenceKind.PCE, pce))
        try:
            points[pce].add(row)
        except (ValueError, InvalidOperation):
            parsed.reject(number, str(written), _("Relevé incomplet ou illisible."))
    for point in points.values():
        point.finish(parsed)
    return finished(parsed, (), _("Ce fichier de GRDF ne contient aucun relevé."))


# --- the customer space -------------------------------------------------------------------


def read_json(content: dict[str, Any]) -> ParsedFile:
    """The readings of a customer-space answer, by delivery point: days, or billed periods."""
    return _read(
        ParsedFile("grdf_json"),
        (
            (pce, written, _space_row(written))
            for pce, body in content.items()
            for written in body["releves"] or []
        ),
    )


def _space_row(written: Any) -> _Row | None:
    try:
        return _Row(
            str(written.get("journeeGaziere") or ""),
            str(written.get("dateDebutReleve") or ""),
            str(written.get("dateFinReleve") or ""),
            written["energieConsomme"],
            written["volumeBrutConsomme"],
            written["qualificationReleve"],
            written.get("indexDebut"),
            written.get("indexFin"),
        )
    except (AttributeError, KeyError, TypeError):
        return None


# --- ADICT --------------------------------------------------------------------------------


def is_adict(content: Any) -> bool:
    """Whether an object is one reading of the ADICT service, or its refusal of one."""
    return isinstance(content, dict) and "pce" in content and "consommation" in content


def adict_rows(text: str) -> list[Any] | None:
    """The objects of a file that holds one a line; nothing when it is no such file."""
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        found = [json.loads(line) for line in lines]
    except (ValueError, RecursionError):
        return None
    return found if found and is_adict(found[0]) else None


def read_adict(content: list[Any]) -> ParsedFile:
    """The readings of the ADICT service: gas days, or billed periods.

    Raises:
        UnreadableFile: there is none; the reason that the service gives is told.
    """
    parsed = ParsedFile("grdf_adict")
    refusals: dict[str, int] = {}
    held = [one for one in content if not _refusal(one, refusals)]
    if refusals:
        reasons = listed(refusals)[:300]
        if not held:
            sentence = _(
                "GRDF n’a donné aucun relevé pour cette période : « %(reason)s ».",
                reason=reasons,
            )
            raise UnreadableFile(sentence)
        words = ngettext(
            "%(num)d période sans relevé, dit GRDF : « %(reason)s ».",
            "%(num)d périodes sans relevé, dit GRDF : « %(reason)s ».",
            sum(refusals.values()),
            reason=reasons,
        )
        parsed.notes.append(words)
    return _read(parsed, _adict_rows(held))


def _refusal(one: Any, refusals: dict[str, int]) -> bool:
    """Whether an object says why there is no reading; its reason is counted."""
    if not isinstance(one, dict) or (one.get("consommation") or {}).get("energie") is not None:
        return False
    status = one.get("statut_restitution")
    if not isinstance(status, dict) or not (status.get("message") or status.get("code")):
        return False
    reason = " ".join(str(status.get(key) or "") for key in ("code", "message")).strip()
    refusals[reason] = refusals.get(reason, 0) + 1
    return True


def _adict_rows(content: list[Any]) -> Iterator[tuple[str, Any, _Row | None]]:
    for one in content:
        try:
            pce, use = one["pce"], one["consommation"]
            name = str(pce.get("id_pce") if isinstance(pce, dict) else pce)
            start = (one.get("releve_debut") or {}).get("index_brut_debut") or {}
            end = (one.get("releve_fin") or {}).get("index_brut_fin") or {}
            row = _Row(
                str(use.get("journee_gaziere") or ""),
                str(use.get("date_debut_consommation") or ""),
                str(use.get("date_fin_consommation") or ""),
                use["energie"],
                use.get("volume_brut"),
                use.get("type_qualif_conso"),
                start.get("valeur_index"),
                end.get("valeur_index"),
            )
        except (AttributeError, KeyError, TypeError):
            yield "", one, None
            continue
        yield name, one, row
