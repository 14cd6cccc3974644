"""Importing one file from start to end outside a request: the command and the demonstration."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from base.basics.errors import DomainError, InvalidInput, UsageError
from base.basics.formats import iso_day
from base.basics.formats import number as shown
from base.basics.i18n import _, headed, ngettext
from base.desk.imports.answers import given_answers
from base.desk.imports.declaration import Importer, importer_of
from base.desk.imports.engine import Source, commit, examine, keep_report
from base.desk.imports.foreign import questions_of
from base.desk.imports.report import Report
from base.desk.imports.rows import Options
from base.desk.imports.turns import settled
from base.desk.imports.undo import Fate, Outcome, look, undo_import, why_not
from base.desk.imports.ways import Reader, told_to
from base.face.attached.file_kinds import accept_source
from base.papers.files.store import Store, current_store
from base.rules.rights.actors import job_session, system_session
from base.rules.rights.entities import by_code
from base.store.models import Entity
from base.store.models.imports import ImportBatch

MAX_PRINTED = 1000


def entity_id_of(code: str | None) -> int:
    """The entity that a file is for: the one named, or the only one there is.

    Raises:
        UsageError: none is named and there are several, or no entity has this code.
    """
    with system_session("import entity", readonly=True) as session:
        known = {c: i for c, i in session.execute(select(Entity.code, Entity.id))}
        found = by_code(session, code) if code is not None else None
        found_id = found.id if found is not None else None
    codes = ", ".join(sorted(known))
    if code is None:
        if len(known) != 1:
            raise UsageError(_("Précisez l’entité avec --entity ; il y a : %(c)s.", c=codes))
        return int(next(iter(known.values())))
    if found_id is None:
        raise UsageError(
            _("Aucune entité n’a le code « %(n)s » ; il y a : %(c)s.", n=code, c=codes)
        )
    return int(found_id)


@told_to(Reader.COMMAND)
def import_file(
    kind: str,
    path: Path,
    *,
    entity: str | None = None,
    dry_run: bool = False,
    partial: bool = False,
    options: Options | None = None,
    actor: str = "cli",
) -> Report:
    """Import one file, or only say what that would do.

    Raises:
        DomainError: the file as a whole is refused; the sentence says why.
    """
    importer = importer_of(kind)
    entity_id = entity_id_of(entity)
    if path.is_dir():
        raise InvalidInput(
            _("« %(path)s » est un dossier : un fichier est attendu.", path=str(path))
        )
    if not path.is_file():
        raise InvalidInput(_("Le fichier « %(path)s » n’existe pas.", path=str(path)))
    store = current_store()
    with path.open("rb") as content:
        stored = accept_source(
            store, content, path.name, kinds=importer.sources, limit=importer.max_bytes
        )
    return run_import(
        importer,
        entity_id,
        Source.of(store, stored),
        store,
        dry_run=dry_run,
        partial=partial,
        options=options,
        actor=actor,
    )


def run_import(
    importer: Importer,
    entity_id: int,
    source: Source,
    store: Store,
    *,
    dry_run: bool = False,
    partial: bool = False,
    options: Options | None = None,
    actor: str = "cli",
) -> Report:
    """Examine a file that is in the store, then write it as one unless it is a trial.

    Raises:
        DomainError: the file as a whole is refused, or records go on changing under it.
    """
    scope, door = (entity_id,), f"import {importer.kind}"

    def once() -> Report:
        with job_session(scope, actor, door, readonly=True) as session:
            examination = examine(
                session, importer, entity_id, source, options, dry_run=dry_run, partial=partial
            )
        if not dry_run:
            kept = keep_report(store, examination)
            with job_session(scope, actor, door) as session:
                commit(session, examination, kept, partial=partial)
        return examination.report

    return settled(once)


def undo_file(number: int, *, dry_run: bool = False, actor: str = "cli") -> Outcome:
    """Undo the import of this number, or only say what that would do.

    Raises:
        InvalidInput: there is no such import.
        DomainError: it cannot be undone, or records go on changing under it.
    """
    with system_session("import entity", readonly=True) as session:
        found = session.get(ImportBatch, number)
        if found is None:
            raise InvalidInput(_("Il n’y a pas d’import n° %(number)d.", number=number))
        entity_id = found.entity_id

    def once() -> Outcome:
        door = f"undo import {number}"
        with job_session((entity_id,), actor, door, readonly=dry_run) as session:
            batch = session.get_one(ImportBatch, number)
            if not dry_run:
                return undo_import(session, batch)
            if reason := why_not(batch):
                raise DomainError(reason)
            return look(session, batch)

    return settled(once)


def run_undo(number: int, *, dry_run: bool = False, as_json: bool = False) -> int:
    """The command ``import --undo``: 0 when done or only tried, 1 when refused."""
    try:
        outcome = undo_file(number, dry_run=dry_run)
    except DomainError as refusal:
        print(str(refusal), file=sys.stderr)
        return 1
    if as_json:
        print(json.dumps(outcome.summary(number, dry_run=dry_run), ensure_ascii=False))
        return 0
    named = outcome.named()
    for step in named[:MAX_PRINTED]:
        where = _("Ligne %(row)d", row=step.number) if step.number else _("Créée au passage")
        print(
            _(
                "%(where)s : %(what)s — %(fate)s : %(why)s.",
                where=where,
                what=step.label,
                fate=(step.fate or Fate.KEPT).word,
                why=", ".join(step.reasons),
            )
        )
    if len(named) > MAX_PRINTED:
        print(_others(len(named) - MAX_PRINTED))
    print(outcome.in_words(dry_run=dry_run))
    return 0


def print_report(report: Report, *, as_json: bool, out: Any = None) -> None:
    """The counts and one line per refused row; with ``as_json`` one object on the last line."""
    out = out or sys.stdout
    summary = report.summary()
    if as_json:
        print(json.dumps(summary, ensure_ascii=False), file=out)
    else:
        for error in report.errors[:MAX_PRINTED]:
            print(_told(error), file=out)
        if len(report.errors) > MAX_PRINTED:
            print(_others(len(report.errors) - MAX_PRINTED), file=out)
        for words in (*report.notes, *map(_told, report.warnings[:MAX_PRINTED])):
            print(words, file=out)
        if report.suspect:
            print(
                ngettext(
                    "%(num)d valeur suspecte, hors de toutes les sommes.",
                    "%(num)d valeurs suspectes, hors de toutes les sommes.",
                    report.suspect,
                ),
                file=out,
            )
        for total in report.totals:
            print(_total(total), file=out)
        if report.dry_run:
            for line in summary.get("sample", ()):
                print(_change(line), file=out)
        if report.ignored:
            print(_("Colonnes non lues : %(names)s.", names=", ".join(report.ignored)), file=out)
        print(counts_in_words(summary), file=out)
        for hint in report.hints:
            print(hint, file=out)
        if report.former_id is not None:
            print(
                _("Ce fichier a déjà été importé : voir l’import n° %(id)d.", id=report.former_id),
                file=out,
            )


def _others(count: int) -> str:
    """How many lines are not printed."""
    return ngettext("… et %(num)d autre.", "… et %(num)d autres.", count)


def _told(fault: dict[str, Any]) -> str:
    """What is said of a row, with its number when it has one."""
    if not fault["row"]:
        return str(fault["reason"])
    if fault.get("label"):
        return _(
            "Ligne %(row)s (%(label)s) : %(reason)s",
            row=fault["row"],
            label=fault["label"],
            reason=fault["reason"],
        )
    return _("Ligne %(row)s : %(reason)s", row=fault["row"], reason=fault["reason"])


def _total(total: dict[str, Any]) -> str:
    """What the values of one series add up to, in one line."""
    words = ngettext(
        "%(series)s : %(num)d valeur du %(first)s au %(last)s, de %(low)s à %(high)s %(unit)s",
        "%(series)s : %(num)d valeurs du %(first)s au %(last)s, de %(low)s à %(high)s %(unit)s",
        total["count"],
        series=total["series"],
        first=iso_day(total["first_on"]),
        last=iso_day(total["last_on"]),
        low=shown(total["min"]),
        high=shown(total["max"]),
        unit=total["unit_word"],
    )
    if total["sum"] is None:
        return words + "."
    return _(
        "%(words)s, somme %(sum)s %(unit)s.",
        words=words,
        sum=shown(total["sum"]),
        unit=total["sum_unit_word"],
    )


def _change(line: dict[str, Any]) -> str:
    """A row of the trial: old → new of each cell."""
    cells = ", ".join(
        f"{old} → {new}" if old else str(new) for old, new in line["changes"].values()
    )
    if not line["row"]:
        return headed(line["label"], cells)
    return _(
        "Ligne %(row)s, %(label)s : %(cells)s", row=line["row"], label=line["label"], cells=cells
    )


def counts_in_words(summary: dict[str, Any]) -> str:
    """One line with the four counts."""
    words = _(
        "créées : %(created)s, modifiées : %(updated)s, inchangées : %(unchanged)s,"
        " rejetées : %(rejected)s",
        **{k: shown(summary[k]) for k in ("created", "updated", "unchanged", "rejected")},
    )
    if summary["dry_run"]:
        return _("Essai, rien n’est écrit. Lignes %(words)s.", words=words)
    if not summary["applied"]:
        return _("Rien n’est écrit. Lignes %(words)s.", words=words)
    return _("Lignes %(words)s.", words=words)


def _pair(text: str) -> tuple[str, str]:
    """« Titre=clé » as a pair.

    Raises:
        InvalidInput: there is no equals sign.
    """
    name, mark, value = text.rpartition("=")
    if not mark or not name.strip():
        raise InvalidInput(_("« %(text)s » : NOM=VALEUR est attendu.", text=text))
    return name.strip(), value.strip()


def run(
    kind: str,
    file: str,
    *,
    entity: str | None = None,
    dry_run: bool = False,
    partial: bool = False,
    as_json: bool = False,
    american: bool = False,
    mapping: Sequence[str] = (),
    answers: Sequence[str] = (),
) -> int:
    """The command ``import``: 0 when done, 1 when refused, 2 when used wrongly."""
    try:
        importer = importer_of(kind)
        options = Options(
            dict(map(_pair, mapping)) or None,
            american,
            given_answers(questions_of(importer), dict(map(_pair, answers))),
        )
    except InvalidInput as refusal:
        print(str(refusal), file=sys.stderr)
        return 2
    try:
        report = import_file(
            kind,
            Path(file),
            entity=entity,
            dry_run=dry_run,
            partial=partial,
            options=options,
        )
    except DomainError as refusal:
        if as_json:
            empty = Report(kind=kind, file=Path(file).name, dry_run=dry_run, applied=False)
            empty.errors = [{"row": None, "column": None, "reason": str(refusal)}]
            print(json.dumps(empty.summary(), ensure_ascii=False))
        print(str(refusal), file=sys.stderr)
        return 2 if isinstance(refusal, UsageError) else 1
    print_report(report, as_json=as_json)
    if dry_run and report.rejected and not partial:
        print(
            _("Des lignes sont rejetées : rien ne serait importé sans --partial."), file=sys.stderr
        )
        return 1
    if not dry_run and not report.applied:
        print(
            _(
                "Rien n’a été importé : corrigez les lignes rejetées, ou ajoutez --partial pour"
                " les laisser de côté."
            ),
            file=sys.stderr,
        )
        return 1
    return 0
