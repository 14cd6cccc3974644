"""What an import did or would do: counts, rows with old and new, reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from base.basics.i18n import _, ngettext
from base.desk.imports.rows import Effect, Record
from base.desk.imports.ways import american_days
from base.papers.tables.texts import as_text

if TYPE_CHECKING:
    from base.desk.imports.declaration import Importer
    from base.desk.imports.rows import Reading

#: Rows kept in the report, by effect; beyond, the counts and the error file say it all.
MAX_LINES: dict[Effect | None, int] = {
    Effect.CREATED: 1_000,
    Effect.UPDATED: 10_000,
    Effect.REJECTED: 10_000,
    Effect.UNCHANGED: 1_000,
}
#: Rows with their values that a command or a program gets.
MAX_SAMPLE = 20


@dataclass
class Line:
    """One row of the trial."""

    row: int
    effect: str
    label: str
    #: Column key -> [old, new] in words.
    changes: dict[str, list[str]] = field(default_factory=dict)
    #: [column key or None, what the cell says, sentence].
    faults: list[list[str | None]] = field(default_factory=list)
    #: Sentences to know of a row that is taken all the same.
    warnings: list[str] = field(default_factory=list)


@dataclass
class Report:
    """The result of one import or trial."""

    kind: str
    file: str
    dry_run: bool
    applied: bool
    total: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    #: One a refused row and reason.
    errors: list[dict[str, Any]] = field(default_factory=list)
    #: One a thing to know of a row that is taken all the same.
    warnings: list[dict[str, Any]] = field(default_factory=list)
    #: The last import of the same file that was applied, if any.
    former_id: int | None = None
    batch_id: int | None = None
    #: "UTF-8, point-virgule".
    shape: str = ""
    #: Seconds the file took to read and compare.
    seconds: float = 0.0
    details: dict[str, str] = field(default_factory=dict)
    #: Column key -> label, in the order of the file.
    columns: dict[str, str] = field(default_factory=dict)
    #: Headers that nothing reads.
    ignored: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    cells_changed: int = 0
    #: Sentences about the file as a whole: what to try next.
    hints: list[str] = field(default_factory=list)
    #: Sentences on what was passed over, supposed, or read by nobody.
    notes: list[str] = field(default_factory=list)
    #: Keys of questions whose answer would let refused rows in.
    proposed: list[str] = field(default_factory=list)
    #: Rows that were taken and that no sum counts; the first stand among the warnings.
    suspect: int = 0
    #: What the values of each series add up to, for files of values.
    totals: list[dict[str, Any]] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """What the command and the API give back."""
        keys = (
            "kind file dry_run applied total created updated unchanged rejected errors batch_id"
            " former_id ignored hints notes suspect warnings totals"
        )
        found = {key: getattr(self, key) for key in keys.split()}
        if self.totals:
            found["sample"] = [
                {
                    "row": line.row or None,
                    "effect": line.effect,
                    "label": line.label,
                    "changes": line.changes,
                }
                for line in self.with_effect(Effect.CREATED, Effect.UPDATED)[:MAX_SAMPLE]
            ]
        if not self.dry_run and not self.applied:
            # Nothing was written: what would have been is in the lines.
            found["created"] = found["updated"] = 0
        return found

    def as_json(self) -> dict[str, Any]:
        """All of it, to be kept; a line is a list."""
        kept = {f.name: getattr(self, f.name) for f in fields(self)}
        # Not ``astuple``: it copies what is only read, a tenth of the time of an import.
        names = [f.name for f in fields(Line)]
        kept["lines"] = [[getattr(line, name) for name in names] for line in self.lines]
        return kept

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Report:
        """A report that was kept."""
        lines = [Line(*line) for line in kept.pop("lines")]
        return cls(**kept, lines=lines)

    def with_effect(self, *effects: str) -> list[Line]:
        """The lines of some effects."""
        return [line for line in self.lines if line.effect in effects]


def report_of(
    importer: Importer, reading: Reading, *, file: str, dry_run: bool, seconds: float
) -> Report:
    """The report of a plan; nothing is said to be applied yet."""
    records = reading.records
    counts = Counter(record.effect for record in records)
    report = Report(
        kind=importer.kind,
        file=file,
        dry_run=dry_run,
        applied=False,
        total=len(records),
        created=counts[Effect.CREATED],
        updated=counts[Effect.UPDATED],
        unchanged=counts[Effect.UNCHANGED],
        rejected=counts[Effect.REJECTED],
        shape=reading.shape,
        notes=list(reading.notes),
        seconds=round(seconds, 3),
    )
    if reading.recognition is not None:
        known = reading.recognition.columns
        shown = {*known, *reading.fixed}
        report.columns = {c.key: str(c.label) for c in reading.columns if c.key in shown}
        read = set(known.values())
        headers = reading.recognition.headers
        if reading.listed is not None:
            read |= {*reading.listed.places, *reading.listed.follow, reading.listed.entity_at}
            # Of rows that are all new nothing was compared: their cells were taken.
            if any(record.record_id is not None for record in reading.records):
                _say_compared(report, [headers[at] for at in sorted(reading.listed.read_only)])
                _say_following(report, [headers[at] for at in sorted(reading.listed.follow)])
            _say_emptied(report, reading.listed.emptied)
        report.ignored = [h for at, h in enumerate(headers) if h and at not in read]
    else:  # no header was mapped: what the importer tells of each row is its own
        report.columns = {c.key: str(c.label) for c in reading.columns}
    for effect in (Effect.CREATED, Effect.UPDATED):
        report.details[effect] = importer.detail(effect, [r for r in records if r.effect is effect])
    positions = reading.recognition.columns if reading.recognition is not None else {}
    report.cells_changed = sum(len(r.changes) for r in records if r.effect is Effect.UPDATED)
    kept = dict(MAX_LINES)
    for record in records:
        for fault in record.faults:
            report.errors.append(
                {
                    "row": record.number or None,
                    "column": report.columns.get(fault.key or "", fault.key),
                    "reason": fault.sentence,
                }
            )
        for code, sentence in record.warnings:
            report.warnings.append(
                {
                    "row": record.number,
                    "label": importer.label(record),
                    "code": code,
                    "reason": sentence,
                }
            )
        if kept.get(record.effect, 0) > 0:
            kept[record.effect] -= 1
            report.lines.append(line_of(importer, record, positions))
    report.notes += importer.remarks(records)
    report.proposed = importer.proposes(records)
    if any(fault.hint == "american" for record in records for fault in record.faults):
        report.hints.append(
            _(
                "Les dates de ce fichier semblent américaines : si c’est le cas de toutes, dites-le"
                " (%(how)s).",
                how=american_days(),
            )
        )
    return report


def _say_compared(report: Report, titles: Sequence[str]) -> None:
    """Name the columns of an exported list that an import compares and leaves alone."""
    if titles:
        report.hints.append(
            _(
                "Colonnes que l’import compare sans les changer, Ouvrage les tient lui-même : "
                "%(names)s.",
                names=", ".join(titles),
            )
        )


def _say_following(report: Report, titles: Sequence[str]) -> None:
    """Name the columns of an exported list that say where rows are by the names of other rows."""
    if titles:
        report.hints.append(
            _(
                "Colonnes qui suivent d’autres fiches, laissées de côté pour les lignes déjà "
                "connues : %(names)s.",
                names=", ".join(titles),
            )
        )


def _say_emptied(report: Report, emptied: Mapping[str, int]) -> None:
    """Name the cells of an exported list that were emptied, and that an import leaves alone."""
    for title, count in emptied.items():
        report.hints.append(
            ngettext(
                "« %(title)s » : %(num)d cellule vidée garde sa valeur, un import n’efface rien. "
                "Videz-la sur la fiche.",
                "« %(title)s » : %(num)d cellules vidées gardent leur valeur, un import n’efface "
                "rien. Videz-les sur les fiches.",
                count,
                title=title,
            )
        )


def line_of(importer: Importer, record: Record, positions: dict[str, int] | None = None) -> Line:
    """A row as the report keeps it; ``positions`` finds what its wrong cells say."""
    positions = positions or {}
    shown = importer.shown
    return Line(
        row=record.number,
        effect=str(record.effect),
        label=importer.label(record) or _first_words(record.cells),
        changes={
            key: ["" if old is None else shown(key, old), "" if new is None else shown(key, new)]
            for key, (old, new) in record.changes.items()
        },
        faults=[
            [fault.key, _said(record, positions.get(fault.key or "")), fault.sentence]
            for fault in record.faults
        ],
        warnings=[sentence for _code, sentence in record.warnings],
    )


def _said(record: Record, position: int | None) -> str:
    if position is None or position >= len(record.cells):
        return ""
    return as_text(record.cells[position])[:200]


def _first_words(cells: Sequence[Any]) -> str:
    return " · ".join(_some(as_text(cell) for cell in cells))[:120]


def _some(words: Iterable[str]) -> list[str]:
    return [word for word in words if word][:3]
