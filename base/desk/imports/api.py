"""``POST /api/v1/import/<kind>``: a file in, a report out; big ones as a job."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from flask import jsonify, make_response, request, url_for
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from base.basics.errors import DomainError, InvalidInput, NotFound
from base.basics.i18n import _, headed
from base.basics.sessions import Session
from base.desk.imports import engine, queries, work
from base.desk.imports.access import chosen_importer, given_entity, may_import, reader
from base.desk.imports.answers import given_answers
from base.desk.imports.declaration import importer_of, importers
from base.desk.imports.engine import Examination, Source, examine, keep_report, may_commit
from base.desk.imports.foreign import questions_of
from base.desk.imports.rows import Options
from base.desk.imports.turns import settled
from base.desk.imports.undo import look, undo_import, why_not
from base.desk.imports.ways import Reader, told_to
from base.engine.edge.answers import body
from base.face.api import PageApi, problem, served
from base.face.attached.file_kinds import accept_source
from base.papers.files.store import FileMissing, Stored, current_store, serve
from base.papers.tables import values
from base.rules.rights.actors import unit_of_work
from base.store.database import db
from base.store.models.imports import ImportBatch, ImportState


def _flag(name: str) -> bool:
    found = request.form.get(name, request.args.get(name))
    return bool(values.boolean(found))


def _texts(name: str) -> dict[str, str] | None:
    """A field that is a JSON object of texts: ``mapping`` (header → key), ``options``."""
    given = request.form.get(name)
    if not given:
        return None
    try:
        found = json.loads(given)
    except ValueError as fault:
        raise InvalidInput(_("« %(name)s » n’est pas du JSON.", name=name)) from fault
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        raise InvalidInput(_("« %(name)s » attend un objet : clé → texte.", name=name))
    return found


#: What an import takes, as fields of the form or, for flags, of the address.
_FIELDS = frozenset({"file", "dry_run", "partial", "entity", "mapping", "american", "options"})


def _refuse_others(names: Collection[str]) -> None:
    """Refuse fields that nothing reads: what they meant to say would be lost."""
    if not names:
        return
    sentence = _(
        "Un import ne prend pas ce champ ; ce que le fichier ne dit pas se donne dans "
        '« options », par exemple {"reference": "…", "unit": "kWh"}.'
    )
    raise InvalidInput(
        headed(", ".join(sorted(names)), sentence), {name: sentence for name in sorted(names)}
    )


class ImportApi(PageApi):
    """Imports for programs: the same steps as the screen."""

    resource_name = "import"

    @served("/", "import", says={200: "the kinds, their columns and the kinds of file they take"})
    def kinds(self) -> Response:
        """The kinds of import open to this person, with their columns."""
        session = db.session()
        scope = session.scope
        found = [
            {
                "kind": importer.kind,
                "title": str(importer.title),
                "sources": list(importer.sources),
                "max_rows": importer.max_rows,
                "columns": [
                    {"key": c.key, "label": str(c.label), "required": c.required}
                    for c in (importer.columns(session, scope[0]) if scope else ())
                ],
            }
            for importer in importers()
            if may_import(importer)
        ]
        return self.response(200, result=found)

    @served(
        "/<kind>",
        "import",
        methods=["POST"],
        says={
            200: "the report, counts and refused rows",
            202: "a big file, handed to a job",
            422: "rows are refused, nothing is written; or the file cannot be read",
        },
    )
    @told_to(Reader.PROGRAM)
    def post(self, kind: str) -> Response:
        """Import a file: multipart, ``file``, ``dry_run``, ``partial``, ``entity``, ``mapping``.

        200 with the report; 422 when rows are refused and nothing was written; 202 with the job
        for a big file.
        ---
        post:
          requestBody:
            required: true
            content:
              multipart/form-data:
                schema:
                  type: object
                  required: [file]
                  properties:
                    file: {type: string, format: binary}
                    dry_run: {type: boolean}
                    partial: {type: boolean}
                    american: {type: boolean}
                    entity:
                      type: string
                      description: code of the entity, needed when there are several
                    mapping:
                      type: string
                      description: "JSON: header of the file -> column key"
                    options:
                      type: string
                      description: "JSON: what the importer asks -> answer, as unit or convention"
        """
        importer = chosen_importer(kind)
        _refuse_others({*request.form, *request.args, *request.files} - _FIELDS)
        upload = request.files.get("file")
        if upload is None or not upload.filename:
            raise InvalidInput.at("file", _("Il manque le fichier."))
        upload.stream.seek(0)
        stored = accept_source(
            current_store(),
            upload.stream,
            upload.filename,
            kinds=importer.sources,
            limit=importer.max_bytes,
        )
        source = Source.of(current_store(), stored)
        options = Options(
            mapping=_texts("mapping"),
            american=_flag("american"),
            answers=given_answers(questions_of(importer), _texts("options") or {}),
        )
        dry_run, partial = _flag("dry_run"), _flag("partial")
        small = source.size <= work.SMALL_BYTES and not importer.streams
        with reader() as session:
            entity_id = given_entity(session, request.form.get("entity"))
        if not small:
            with unit_of_work() as session:
                batch = work.receive(session, importer, entity_id, stored, options)
                found = work.enqueue_import(session, batch, dry_run=dry_run, partial=partial)
                return self._accepted(batch, found.id)

        def once() -> Response:
            with reader() as session:
                examination = examine(
                    session, importer, entity_id, source, options, dry_run=dry_run
                )
            return self._written(examination, stored, dry_run=dry_run, partial=partial)

        return settled(once)

    def _written(
        self, examination: Examination, stored: Stored, *, dry_run: bool, partial: bool
    ) -> Response:
        """What was compared, written or kept as a trial; the report."""
        report = examination.report
        if not dry_run and not may_commit(examination, partial=partial):
            refusal = problem(422, _("Des lignes sont rejetées : rien n’est écrit."))
            content = {**(refusal.get_json() or {}), **report.summary()}
            return make_response(jsonify(content), 422)
        kept = keep_report(current_store(), examination)
        importer, entity_id = examination.importer, examination.entity_id
        with unit_of_work() as session:
            batch = work.receive(session, importer, entity_id, stored, examination.options)
            if dry_run:
                work.keep_trial(session, batch, examination, kept)
                report.batch_id = batch.id
            else:
                engine.commit(session, examination, kept, partial=partial, batch=batch)
        return self.response(200, **report.summary())

    def _accepted(self, batch: ImportBatch, job_id: int) -> Response:
        response: Response = self.response(202, batch_id=batch.id, job_id=job_id)
        response.headers["Location"] = url_for("ImportApi.show", pk=batch.id)
        return response

    @staticmethod
    def _batch(session: Session, pk: int) -> ImportBatch:
        batch = queries.batch(session, pk)
        if batch is None or not may_import(importer_of(batch.kind)):
            raise NotFound(_("Introuvable."))
        return batch

    @served("/<int:pk>", "import", says={200: "state and report"})
    def show(self, pk: int) -> Response:
        """One import: its state, its counts, its refused rows."""
        batch = self._batch(db.session(), pk)
        content: dict[str, Any] = {"state": batch.state, "job_id": batch.job_id}
        try:
            report = work.report_of_batch(batch)
        except FileMissing as lost:
            # The state is in the database, whatever became of the report.
            report = None
            content["errors"] = [{"row": None, "column": None, "reason": str(lost)}]
        if report is not None:
            content.update(report.summary())
        if batch.state == ImportState.REFUSED and not content.get("errors"):
            # A file refused as a whole gives its reason where rows give theirs.
            content["errors"] = [
                {"row": None, "column": None, "reason": hint} for hint in content.get("hints") or ()
            ]
        content["batch_id"] = batch.id
        return self.response(200, **content)

    @served(
        "/<int:pk>/undo",
        "import",
        methods=["POST"],
        says={
            200: "what became, or would become, of each record",
            202: "a big import, handed to a job",
            409: "it cannot be undone; the message says why",
        },
    )
    def undo(self, pk: int) -> Response:
        """Take an import back, or with ``dry_run`` only say what that would do.

        200 with the counts and the records that are kept; 202 with the job for a big one; 409
        when it cannot be undone.
        ---
        post:
          requestBody:
            content:
              application/json:
                schema: {type: object, properties: {dry_run: {type: boolean}}}
        """
        if body().get("dry_run") is True:
            with reader() as session:
                batch = self._batch(session, pk)
                if reason := why_not(batch):
                    raise DomainError(reason)
                summary = look(session, batch).summary(pk, dry_run=True)
            return self.response(200, **summary)
        try:
            with unit_of_work() as session:
                batch = self._batch(session, pk)
                if not work.is_quickly_undone(batch):
                    return self._accepted(batch, work.enqueue_undo(session, batch).id)
                summary = undo_import(session, batch).summary(pk, dry_run=False)
        except (StaleDataError, IntegrityError) as fault:
            raise DomainError(
                _("Des fiches ont changé pendant l’annulation : recommencez.")
            ) from fault
        return self.response(200, **summary)

    @served(
        "/<int:pk>/errors",
        "import",
        says={200: "the author's own rows and a column of reasons", 404: "no row was refused"},
    )
    def errors(self, pk: int) -> Response:
        """The refused rows as a file, with their reasons."""
        return serve(current_store(), work.refused_rows(self._batch(db.session(), pk)))
