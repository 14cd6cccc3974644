"""The screens of imports: give a file, tell its columns apart, see what it would do, write it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app, flash, make_response, redirect, request, url_for
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from base.basics import formats
from base.basics.errors import DomainError, InvalidInput, NotFound
from base.basics.i18n import _, _l
from base.basics.rows import as_id
from base.basics.sessions import Session
from base.desk.imports import engine, queries, receiving, work
from base.desk.imports.access import chosen_importer, given_entity, kinds_with, reader
from base.desk.imports.declaration import Importer, importer_of
from base.desk.imports.drop_screens import DropPages, open_importers
from base.desk.imports.engine import former_of
from base.desk.imports.foreign import questions_of
from base.desk.imports.mapping_screens import OPEN as _OPEN
from base.desk.imports.mapping_screens import MappingPages
from base.desk.imports.report import Line, Report
from base.desk.imports.rows import Options, Stale
from base.desk.imports.undo import why_not
from base.desk.imports.undo_screens import UndoPages, told, undoing
from base.engine.jobs.queries import job
from base.face.views import ModuleView, Page
from base.face.views.acting import act_once
from base.face.views.displays import Way
from base.face.views.lists import narrowed
from base.face.views.routes import route
from base.face.views.shell import where
from base.papers.files.store import FileMissing, current_store, serve
from base.rules.rights import entities
from base.rules.rights.actors import unit_of_work
from base.rules.rights.telling import Shows
from base.store.database import db
from base.store.models import Entity
from base.store.models.imports import Effect, ImportBatch, ImportState

#: Rows of the trial on one page.
PAGE_LINES = 200
#: Columns of the trial's table beside row, effect and name.
SHOWN_COLUMNS = 6


class ImportView(DropPages, MappingPages, UndoPages, Page):
    """Imports, from the file to the report, and back."""

    route_base = "/imports"
    default_view = "list"
    rights_title = _l("Imports")
    right_words = {"can_import": _l("importer")}
    shows = {ImportBatch: Shows("import", ImportBatch.kind, kinds_with)}

    def _batch(self, session: Session, pk: int) -> ImportBatch:
        batch = queries.batch(session, pk)
        if batch is None:
            raise NotFound(_("Introuvable."))
        chosen_importer(batch.kind)
        return batch

    @route("/", "import")
    def list(self) -> Any:
        """What can be imported, and the past imports."""
        return self.list_page()

    def list_page(self, *, error: str = "") -> Any:
        """The page of all imports; ``error`` says why a file was not taken."""
        session = db.session()
        mine = open_importers()
        kinds = {importer.kind: importer for importer in mine}
        before = request.args.get("before", type=as_id)
        batches = queries.batches_page(
            session,
            kinds,
            waiting=request.args.get("view") == "waiting",
            before=before,
            limit=51,
        )
        return self.render(
            "ov/imports/list.html",
            title=_("Imports"),
            importers=mine,
            kinds=kinds,
            batches=batches[:50],
            older=batches[49].id if len(batches) > 50 else None,
            state_of=ImportState,
            entities=_entities(session),
            error=error,
        )

    @route("/new/<kind>", "import", methods=["GET", "POST"])
    def new(self, kind: str) -> Any:
        """Give a file."""
        importer = chosen_importer(kind)
        return self._received(importer) if request.method == "POST" else self._new_page(importer)

    def _new_page(self, importer: Importer, *, error: str = "") -> str:
        session = db.session()
        return self.render(
            "ov/imports/new.html",
            title=_("Importer : %(what)s", what=str(importer.title)),
            importer=importer,
            entities=_entities(session),
            columns=list(importer.columns(session, session.scope[0])) if session.scope else [],
            error=error,
        )

    def _received(self, importer: Importer) -> Response:
        def not_taken(refusal: DomainError) -> Response:
            db.session().rollback()
            return make_response(self._new_page(importer, error=str(refusal)), 422)

        try:
            upload = request.files.get("file")
            if upload is None or not upload.filename:
                raise InvalidInput(_("Choisissez un fichier."))
            with reader() as session:
                entity_id = given_entity(session, request.form.get("entity"))
            stored = receiving.keep(upload, importer.sources, importer.max_bytes)
            looked = receiving.look_at(importer, entity_id, stored)
        except DomainError as refusal:
            return not_taken(refusal)

        def work(session: Session) -> str:
            batch = receiving.receive(session, looked)
            return url_for(f"{self.endpoint}.{receiving.next_step(batch)}", pk=batch.id)

        return act_once(work, url_for(f"{self.endpoint}.new", kind=importer.kind), not_taken)

    def _try_now(self, pk: int, options: Options) -> Any:
        try:
            with reader() as session:
                examination, kept = work.examine_batch(
                    session,
                    self._batch(session, pk),
                    current_store(),
                    dry_run=True,
                    options=options,
                )
        except DomainError as refusal:
            flash(str(refusal), "danger")
            return redirect(url_for(f"{self.endpoint}.columns", pk=pk))
        with unit_of_work() as session:
            work.keep_trial(session, self._batch(session, pk), examination, kept)
        return redirect(url_for(f"{self.endpoint}.show", pk=pk))

    @route("/<int:pk>", "import")
    def show(self, pk: int) -> Any:
        """What the import would do, or did."""
        session = db.session()
        batch = self._batch(session, pk)
        importer = importer_of(batch.kind)
        report = _report(batch)
        view = request.args.get("view", "changes")
        effects = {
            "created": ["created"],
            "updated": ["updated"],
            "rejected": ["rejected"],
            "unchanged": ["unchanged"],
        }.get(view, ["created", "updated", "rejected"])
        lines = report.with_effect(*effects) if report else []
        page = request.args.get("page", "0")
        start = int(page) * PAGE_LINES if page.isdecimal() and len(page) < 6 else 0
        return self.render(
            "ov/imports/show.html",
            title=self._title(batch),
            batch=batch,
            importer=importer,
            report=report,
            lines=lines[start : start + PAGE_LINES],
            line_count=len(lines),
            page=start // PAGE_LINES,
            pages=-(-len(lines) // PAGE_LINES),
            view=view,
            cut=report is not None and _is_cut(report, effects, len(lines)),
            shown_columns=_shown_columns(
                report, lines[start : start + PAGE_LINES], importer.match_keys
            ),
            effect_of=Effect,
            state=ImportState(batch.state),
            job=_job_of(session, batch),
            match_label=_match_label(session, importer, batch.entity_id),
            why_not=why_not(batch),
            undone=told(session, batch, start // PAGE_LINES),
            ways_on=_ways_on(session, importer, batch),
            undoing=undoing(session, batch),
            former=_former(session, importer, batch),
            proposed=[q for q in questions_of(importer) if report and q.key in report.proposed],
        )

    @staticmethod
    def _title(batch: ImportBatch) -> str:
        return str(ImportState(batch.state).heading)

    @route("/<int:pk>/apply", "import", methods=["POST"])
    def apply(self, pk: int) -> Any:
        """Write what was tried; rows that are refused are left out when the person said so."""
        partial = request.form.get("partial") == "1"
        with reader() as session:
            batch = self._batch(session, pk)
            small = work.is_small(batch)
            if batch.state not in _OPEN:
                return self._already(pk)
            if small:
                examination, kept = work.examine_batch(
                    session, batch, current_store(), dry_run=False
                )
        try:
            with unit_of_work() as session:
                # Two clicks at once: the second waits here, and sees what the first has done.
                queries.hold(session, pk)
                batch = self._batch(session, pk)
                if batch.state not in _OPEN:
                    return self._already(pk)
                if small:
                    engine.commit(session, examination, kept, partial=partial, batch=batch)
                else:
                    work.enqueue_import(session, batch, dry_run=False, partial=partial)
        except (Stale, StaleDataError, IntegrityError):
            db.session().rollback()
            flash(_("Des fiches ont changé pendant l’import : vérifiez et recommencez."), "danger")
        return redirect(url_for(f"{self.endpoint}.show", pk=pk))

    def _already(self, pk: int) -> Any:
        flash(_("Cet import est déjà lancé."), "warning")
        return redirect(url_for(f"{self.endpoint}.show", pk=pk))

    @route("/<int:pk>/errors", "import")
    def errors(self, pk: int) -> Any:
        """The refused rows, with their reasons."""
        return serve(current_store(), work.refused_rows(self._batch(db.session(), pk)))

    @route("/<int:pk>/source", "import")
    def source(self, pk: int) -> Any:
        """The file as it was received."""
        batch = self._batch(db.session(), pk)
        work.source_of(batch)  # its refusal names the file
        return serve(current_store(), work.stored_of(batch))


def _report(batch: ImportBatch) -> Report | None:
    try:
        return work.report_of_batch(batch)
    except FileMissing as lost:
        # What the import made stays to be seen and taken back.
        flash(str(lost), "danger")
        return None


def _former(session: Session, importer: Importer, batch: ImportBatch) -> ImportBatch | None:
    """The import that this one would do again, or did."""
    if batch.state not in (ImportState.TRIED, ImportState.RECEIVED):
        return batch.former
    try:
        source = work.source_of(batch)
    except FileMissing as lost:
        # What the trial found stays readable; the file cannot be read again.
        flash(str(lost), "danger")
        return None
    return former_of(session, importer, batch.entity_id, source, work.options_of(batch))


def _ways_on(session: Session, importer: Importer, batch: ImportBatch) -> list[Way]:
    """What is looked at or done next, once an import is written."""
    if batch.state != ImportState.APPLIED or not importer.record:
        return []
    count = queries.records_of(session, batch.id, importer.record)
    view = next(
        (
            v
            for v in current_app.extensions["appbuilder"].baseviews
            if isinstance(v, ModuleView) and v.datamodel.obj.__tablename__ == importer.record
        ),
        None,
    )
    if not count or view is None or not view.permitted("list"):
        return []
    words = (
        _("Voir les %(n)s %(what)s", n=formats.number(count), what=str(view.list_title).lower())
        if count > 1
        else _("Voir la fiche")
    )
    found = [
        Way(words, url_for(f"{view.endpoint}.list", **narrowed(**{"import": batch.id})), "list")
    ]
    for label, icon, endpoint in importer.next_steps:
        if url := where(endpoint, pk=batch.id):
            found.append(Way(label, url, icon))
    return found


def _entities(session: Session) -> list[Entity]:
    with session.no_autoflush:
        return entities.by_name(session)


def _is_cut(report: Report, effects: Sequence[str], kept: int) -> bool:
    """Whether the report keeps fewer lines of some effects than it counts."""
    return kept < sum(getattr(report, effect) for effect in effects)


def _shown_columns(
    report: Report | None, lines: Sequence[Line], keys: Sequence[str]
) -> dict[str, str]:
    """The columns of the trial's table: those that change or are wrong, in the file's order.

    What names the row stands in front of them already.
    """
    if report is None:
        return {}
    seen: set[str] = set()
    for line in lines:
        if line.effect == "updated":
            seen.update(line.changes)
        seen.update(fault[0] for fault in line.faults if fault[0])
    rest = [k for k in report.columns if k not in keys and k not in ("name", "label")]
    if any(line.effect == "created" for line in lines):
        # A column in which no row says anything says nothing here.
        said = seen.union(*(line.changes for line in lines))
        rest = [k for k in rest if k in said]
    ordered = [*(k for k in report.columns if k in seen), *rest]
    kept = set(list(dict.fromkeys(ordered))[:SHOWN_COLUMNS])
    return {key: label for key, label in report.columns.items() if key in kept}


def _match_label(session: Session, importer: Importer, entity_id: int) -> str:
    labels = {c.key: str(c.label) for c in importer.columns(session, entity_id)}
    return ", ".join(labels[key] for key in importer.match_keys if key in labels)


def _job_of(session: Session, batch: ImportBatch) -> Any:
    return job(session, batch.job_id) if batch.state == ImportState.RUNNING else None
