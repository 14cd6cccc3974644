"""The screens that take an import back: what it would do first, then the deed."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from base.basics.errors import DomainError, NotFound
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.desk.imports import queries, work
from base.desk.imports.access import reader
from base.desk.imports.declaration import importer_of
from base.desk.imports.undo import Fate, look, undo_import, why_not
from base.desk.imports.undo.declaration import NAMED, counted
from base.engine.jobs.queries import job
from base.face.attached.chatter import actor_words
from base.face.views.routes import route
from base.rules.rights.actors import unit_of_work
from base.rules.rights.people import names_of
from base.store.database import db
from base.store.models.imports import ImportBatch
from base.store.models.jobs import FINAL_STATES, JobRun

#: Records named on one page.
PAGE_NAMED = 200
#: What the counters say, in their order: fates, icon, colour, words beneath.
COUNTERS: tuple[tuple[tuple[Fate, ...], str, str, Any], ...] = (
    ((Fate.REMOVED,), "trash", "ov-fg-late", _l("créées par l’import, sans suite")),
    ((Fate.RESTORED, Fate.PARTLY), "arrow-back-up", "ov-fg-accent", _l("à leurs valeurs d’avant")),
    ((Fate.REVERSED,), "rotate-clockwise", "ov-fg-accent", _l("par leur opération inverse")),
    ((Fate.ARCHIVED,), "archive", "ov-quiet", _l("pour garder la trace des mouvements")),
    ((Fate.KEPT,), "lock", "ov-quiet", _l("modifiées ou utilisées depuis")),
    ((Fate.NOTHING,), "equal", "ov-quiet", _l("déjà parties, ou comme avant")),
)


class UndoPages:
    """Mixed into the view of imports."""

    endpoint: str

    @route("/<int:pk>/undo", "import", methods=["GET", "POST"])
    def undo(self, pk: int) -> Any:
        """Show what undoing would do; a POST does it, by a job when there is much to do."""
        if request.method == "POST":
            return self._undone(pk)
        outcome, reason = None, ""
        with reader() as session:
            batch = self._batch(session, pk)  # type: ignore[attr-defined]
            if undoing(session, batch) is not None:
                return redirect(url_for(f"{self.endpoint}.show", pk=pk))
            reason = why_not(batch)
            if not reason:
                try:
                    outcome = look(session, batch)
                except DomainError as refusal:
                    reason = str(refusal)
            session.expunge(batch)
        return self.render(  # type: ignore[attr-defined]
            "ov/imports/undo.html",
            title=_("Annuler cet import ?"),
            batch=batch,
            importer=importer_of(batch.kind),
            outcome=outcome,
            reason=reason,
            counters=counters(outcome.counts()) if outcome else [],
            named=outcome.named()[:PAGE_NAMED] if outcome else [],
            named_count=len(outcome.named()) if outcome else 0,
            fate_of=Fate,
        )

    def _undone(self, pk: int) -> Any:
        try:
            with unit_of_work() as session:
                batch = self._batch(session, pk)  # type: ignore[attr-defined]
                if work.is_quickly_undone(batch):
                    undo_import(session, batch)
                else:
                    work.enqueue_undo(session, batch)
        except NotFound:
            raise
        except DomainError as refusal:
            db.session().rollback()
            flash(str(refusal), "danger")
        except (StaleDataError, IntegrityError):
            db.session().rollback()
            flash(_("Des fiches ont changé pendant l’annulation : recommencez."), "danger")
        return redirect(url_for(f"{self.endpoint}.show", pk=pk))


def undoing(session: Session, batch: ImportBatch) -> JobRun | None:
    """The job that takes an import back, while it has not ended."""
    found = job(session, batch.undo_job_id)
    return found if found is not None and found.state not in FINAL_STATES else None


def counters(counts: Any) -> list[tuple[str, str, str, str]]:
    """Icon, colour, count and reason of each count that is not zero."""
    found = []
    for fates, icon, colour, why in COUNTERS:
        number = sum(counts.get(fate, 0) for fate in fates)
        if number:
            found.append((icon, colour, counted(fates[0], number), str(why)))
    return found


def told(session: Session, batch: ImportBatch, page: int) -> dict[str, Any] | None:
    """What undoing did, for the page of the import; nothing while it stands."""
    if batch.undone_at is None:
        return None
    counts = queries.fates(session, batch.id)
    named = [str(fate) for fate in NAMED]
    rows = queries.rows_with_fate(
        session, batch.id, named, limit=PAGE_NAMED, offset=page * PAGE_NAMED
    )
    total = sum(counts.get(fate, 0) for fate in named)
    actor = batch.undone_by or ""
    return {
        "counters": counters(counts),
        "rows": rows,
        "total": total,
        "page": page,
        "pages": -(-total // PAGE_NAMED),
        "who": actor_words(actor, names_of({int(actor[5:])} if actor[5:].isdecimal() else set())),
        "fate_of": Fate,
    }
