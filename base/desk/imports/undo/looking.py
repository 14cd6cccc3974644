"""What undoing an import would do now: each record it touched, looked at again. Reads only."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.desk.imports.declaration import importer_of
from base.desk.imports.undo.declaration import (
    NAMED,
    Fate,
    Step,
    Undoer,
    changed_words,
    chunks,
    counted,
    undoer_of,
)
from base.desk.imports.undo.references import Reference, references
from base.rules.rights import withheld
from base.store.models import Event, EventPersonal
from base.store.models.imports import Effect, ImportBatch, ImportRow, ImportState

Key = tuple[str, int]
#: Records named in one answer; the page of the import has them all.
MAX_NAMED = 1_000


@dataclass
class Outcome:
    """What undoing does, record by record."""

    steps: list[Step] = field(default_factory=list)
    #: Values that a streamed file takes back.
    values: int = 0

    def counts(self) -> Counter[Fate]:
        """Records by what becomes of them."""
        return Counter(step.fate for step in self.steps if step.fate is not None)

    def named(self) -> list[Step]:
        """The records of which a person should know why, in the order of the file."""
        found = [step for step in self.steps if step.fate in NAMED]
        return sorted(found, key=lambda step: (step.number == 0, step.number, step.record_id))

    @property
    def cells(self) -> int:
        """Values put back."""
        return sum(len(step.back) for step in self.steps if not step.made)

    def summary(self, number: int, *, dry_run: bool) -> dict[str, Any]:
        """What the command and the API give back; every count stands, zero or not."""
        counts = self.counts()
        return {
            "batch_id": number,
            "dry_run": dry_run,
            "undone": not dry_run,
            **{str(fate): counts[fate] for fate in Fate},
            "cells": self.cells,
            "values": self.values,
            "kept_rows": [
                {
                    "row": step.number or None,
                    "label": step.label,
                    "fate": str(step.fate),
                    "reason": ", ".join(step.reasons),
                }
                for step in self.named()[:MAX_NAMED]
            ],
        }

    def in_words(self, *, dry_run: bool) -> str:
        """One line with the counts that are not zero."""
        counts = self.counts()
        parts = [counted(fate, counts[fate]) for fate in Fate if counts[fate]]
        words = _("Fiches : %(words)s.", words=", ".join(parts) or _("aucune"))
        if self.values:
            count = self.values
            words += " " + ngettext("%(num)d relevé retiré.", "%(num)d relevés retirés.", count)
        before = _("Essai, rien n’est écrit.") if dry_run else _("Import annulé.")
        return f"{before} {words}"


def why_not(batch: ImportBatch) -> str:
    """Why an import cannot be taken back, in words; empty when it can be tried."""
    if batch.state == ImportState.UNDONE:
        return _("Cet import est déjà annulé.")
    if batch.state != ImportState.APPLIED:
        return _("Cet import n’a rien écrit : il n’y a rien à annuler.")
    importer = importer_of(batch.kind)
    if importer.irrevocable:
        return str(importer.irrevocable)
    if not importer.streams and batch.deeds is None:
        return _("Cet import date d’avant que l’application sache les annuler.")
    return ""


def look(session: Session, batch: ImportBatch) -> Outcome:
    """What undoing the import would do to each record, as things stand now.

    Raises:
        DomainError: a streamed file cannot be taken back.
    """
    importer = importer_of(batch.kind)
    if importer.streams:
        return Outcome(values=importer.take_back(session, batch.entity_id, batch, dry_run=True))
    steps = _steps(session, batch)
    by_record: dict[str, list[Step]] = defaultdict(list)
    for step in steps:
        by_record[step.record].append(step)
    with withheld.lifted(session):  # what came of a record is known whole, whoever may read it
        _only_its_own(session, batch, by_record)
    for record, mine in by_record.items():
        undoer = undoer_of(record)
        if undoer is None:
            for step in mine:
                step.keep(_("ce genre de fiche ne se retire pas"))
            continue
        _compare(session, undoer, mine)
        undoer.judge(session, batch.entity_id, [step for step in mine if _goes(step)])
    _keep_what_serves(session, by_record)
    return Outcome(steps)


def _goes(step: Step) -> bool:
    return step.fate not in (Fate.KEPT, Fate.NOTHING)


def _steps(session: Session, batch: ImportBatch) -> list[Step]:
    """One step a record, from the rows of the import."""
    rows = session.execute(
        select(
            ImportRow.id,
            ImportRow.number,
            ImportRow.effect,
            ImportRow.record,
            ImportRow.record_id,
            ImportRow.changes,
        )
        .where(ImportRow.batch_id == batch.id)
        .order_by(ImportRow.id)
    )
    found: dict[Key, Step] = {}
    for row_id, number, effect, record, record_id, changes in rows:
        step = found.get((record, record_id))
        if step is None:
            step = Step(record, record_id, row_id, number, False, json.loads(changes))
            found[record, record_id] = step
        step.made = step.made or effect == Effect.CREATED
    return list(found.values())


def _only_its_own(session: Session, batch: ImportBatch, by_record: dict[str, list[Step]]) -> None:
    """Read what records were made with; leave those that are no more the import's.

    An id may have been given to another record since: the trail tells them apart.
    """
    applied_at, seq = _moment(session, batch)
    for record, steps in by_record.items():
        mine = {step.record_id: step for step in steps}
        lives: dict[int, tuple[str, Any, int]] = {}
        for ids in chunks(mine):
            rows = session.execute(
                select(Event.record_id, Event.op, Event.at, Event.seq, Event.changes)
                .where(Event.record == record, Event.record_id.in_(ids), Event.op.in_(("I", "D")))
                .order_by(Event.seq)
            )
            for record_id, op, at, number, changes in rows:
                assert record_id is not None, "asked for by number"
                lives[record_id] = (op, at, number)
                if op == "I" and at == applied_at and mine[record_id].made:
                    mine[record_id].values = {
                        key: pair[1] for key, pair in json.loads(changes).items()
                    }
        _unmask(session, record, mine, {n: key for key, (_op, _at, n) in lives.items()})
        for record_id, (op, at, number) in lives.items():
            step = mine[record_id]
            if op == "D" or (at != applied_at if step.made else number > seq):
                step.fate = Fate.NOTHING
        for step in steps:
            if step.made:
                step.values.update({key: pair[1] for key, pair in step.changes.items()})


def _moment(session: Session, batch: ImportBatch) -> tuple[Any, int]:
    """When the import was written, as its entries in the trail say it, and the last of these."""
    rows = session.execute(
        select(Event.at, Event.seq, Event.changes).where(
            Event.record == "base_import_batch", Event.record_id == batch.id
        )
    ).all()
    for at, seq, changes in reversed(rows):
        if json.loads(changes).get("state", (None, None))[1] == ImportState.APPLIED:
            return at, seq
    return None, 0


def _unmask(session: Session, record: str, steps: dict[int, Step], seqs: dict[int, int]) -> None:
    """Put the personal values in their places; one that was erased counts as unchanged."""
    masked = {
        record_id
        for record_id, step in steps.items()
        if any(isinstance(value, dict) for value in step.values.values())
    }
    wanted = [number for number, record_id in seqs.items() if record_id in masked]
    kept: dict[int, dict[str, Any]] = defaultdict(dict)
    for part in chunks(wanted):
        rows = session.execute(
            select(EventPersonal.seq, EventPersonal.field, EventPersonal.value).where(
                EventPersonal.seq.in_(part), EventPersonal.side == 1
            )
        )
        for number, name, value in rows:
            kept[seqs[number]][name] = json.loads(value) if value is not None else _ERASED
    for record_id in masked:
        for name, value in steps[record_id].values.items():
            if isinstance(value, dict):
                steps[record_id].values[name] = kept[record_id].get(name, _ERASED)


_ERASED = object()


def _compare(session: Session, undoer: Undoer, steps: Sequence[Step]) -> None:
    """Set the fate of each record by what it holds now, beside what the import left."""
    alive = [step for step in steps if step.fate is None]
    present = undoer.current(session, alive)
    for step in alive:
        row = present.get(step.record_id)
        if row is None:
            step.fate = Fate.NOTHING
            continue
        step.label = undoer.label(row)
        if step.made:
            _compare_made(undoer, step, row)
        else:
            _compare_changed(undoer, step, row)


def _compare_made(undoer: Undoer, step: Step, row: dict[str, Any]) -> None:
    changed = [
        key
        for key in undoer.watched(row)
        if key not in undoer.unwatched and not _is_as_made(undoer, step, row, key)
    ]
    if changed:
        step.keep(changed_words(undoer, changed))
    else:
        step.fate = undoer.ending


def _is_as_made(undoer: Undoer, step: Step, row: dict[str, Any], key: str) -> bool:
    now = row.get(key)
    if key not in step.values:
        return now in (None, "", undoer.unset(key, row))
    plain = step.values[key]
    return plain is _ERASED or now == undoer.typed(key, plain, row)


def _compare_changed(undoer: Undoer, step: Step, row: dict[str, Any]) -> None:
    lost = []
    for key, (before, after) in step.changes.items():
        if key not in row:
            continue
        now = row[key]
        if now == undoer.typed(key, after, row):
            step.back[key] = undoer.typed(key, before, row)
        elif now != undoer.typed(key, before, row):
            lost.append(key)
    if lost:
        step.reasons.append(changed_words(undoer, lost))
        step.fate = Fate.PARTLY if step.back else Fate.KEPT
    else:
        step.fate = Fate.RESTORED if step.back else Fate.NOTHING


def _keep_what_serves(session: Session, by_record: dict[str, list[Step]]) -> None:
    """Keep what others stand on: until nothing changes, for one that stays keeps another."""
    known = set(by_record) | TOLD_WHOLE
    steps: dict[Key, Step] = {
        (step.record, step.record_id): step for mine in by_record.values() for step in mine
    }
    spoken: dict[Key, list[Reference]] = {}
    for record, mine in by_record.items():
        undoer = undoer_of(record)
        ids = [step.record_id for step in mine if step.made and _goes(step)]
        if undoer is None or not ids:
            continue
        found = references(session, undoer.model, ids, owned=undoer.owned, known=known)
        spoken.update({(record, key): refs for key, refs in found.items()})
    spent = _spent(session, spoken.values())
    again = True
    while again:
        again = False
        for (record, record_id), step in steps.items():
            undoer = undoer_of(record)
            if undoer is None or not step.made or not _goes(step):
                continue
            before = step.fate
            _stand(undoer, step, spoken.get((record, record_id), ()), steps, spent)
            again = again or step.fate is not before


def _spent(session: Session, spoken: Iterable[Sequence[Reference]]) -> set[Key]:
    """What speaks of records and is itself taken back already."""
    by_record: dict[str, set[int]] = defaultdict(set)
    for refs in spoken:
        for ref in refs:
            by_record[ref.record].add(ref.record_id)
    found: set[Key] = set()
    for record, numbers in by_record.items():
        undoer = undoer_of(record)
        if undoer is not None:
            found.update((record, key) for key in undoer.spent(session, sorted(numbers)))
    return found


def _stand(
    undoer: Undoer,
    step: Step,
    refs: Sequence[Reference],
    steps: dict[Key, Step],
    spent: Collection[Key],
) -> None:
    """Keep or archive one record, when something speaks of it or it is part of what stays."""
    for ref in refs:
        other = steps.get((ref.record, ref.record_id))
        if other is not None and _leaves(other, ref.attribute):
            continue
        was_spent = (ref.record, ref.record_id) in spent
        if was_spent or (other is not None and other.fate in (Fate.REVERSED, Fate.ARCHIVED)):
            if step.fate is Fate.REMOVED:
                if not undoer.archives:
                    step.keep(_("ce qui est annulé garde sa trace"))
                    return
                step.fate = Fate.ARCHIVED
                step.reasons.append(_("des mouvements annulés en gardent la trace"))
            continue
        step.keep(_serves(ref))
        return
    if undoer.part_of:
        whole = _whole(undoer, step, steps)
        if whole is not None and whole.fate is Fate.KEPT:
            step.keep(_("fait partie de « %(name)s », qui reste", name=whole.label))


def _leaves(other: Step, attribute: str) -> bool:
    """Whether what speaks of a record is on its way out, or will speak of another."""
    if other.made:
        return other.fate is Fate.REMOVED
    return bool(attribute) and attribute in other.back


def _whole(undoer: Undoer, step: Step, steps: dict[Key, Step]) -> Step | None:
    number = step.values.get(undoer.part_of)
    mapper = undoer.model.__mapper__
    for key in mapper.columns[undoer.part_of].foreign_keys:
        found = steps.get((key.column.table.name, number))  # type: ignore[arg-type]
        if found is not None and found.made:
            return found
    return None


def _serves(ref: Reference) -> str:
    undoer = undoer_of(ref.record)
    words = CALLED.get(ref.record) or (undoer.called if undoer is not None else "")
    if words:
        return _("a servi : %(what)s s’y rattache", what=str(words))
    return _("a servi : une autre fiche s’y rattache")


#: Tables each of whose rows is asked whether it is spent.
TOLD_WHOLE: set[str] = set()
#: Root table -> "une intervention"; modules add theirs.
CALLED: dict[str, Any] = {
    "base_document": _l("un document"),
    "base_message": _l("un message"),
    "base_next_action": _l("une action à faire"),
    "base_follower": _l("une personne qui la suit"),
}
