"""One place for any file: its kind is recognised, said with reasons, and may be changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, make_response, redirect, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from base.basics.errors import DomainError, InvalidInput, NotFound
from base.basics.i18n import _, headed, ngettext
from base.basics.sessions import Session
from base.desk.imports import receiving, work
from base.desk.imports.access import chosen_importer, given_entity, may_import, reader
from base.desk.imports.declaration import Importer, importers
from base.desk.imports.recognising import Candidate, candidates
from base.face.attached.file_kinds import kind_of
from base.face.views.acting import act_once
from base.face.views.routes import route
from base.papers.files.store import current_store
from base.rules.rights.actors import unit_of_work
from base.store.database import db
from base.store.models.imports import ImportBatch, ImportState

#: Files given at once.
MAX_FILES = 20


class DropPages:
    """Mixed into the view of imports."""

    endpoint: str

    @route("/drop", "import", methods=["POST"])
    def drop(self) -> Any:
        """Take any files: each becomes the import of the kind it looks like."""
        uploads = [one for one in request.files.getlist("files") if one.filename]
        try:
            if not uploads:
                raise InvalidInput(_("Choisissez un fichier."))
            if len(uploads) > MAX_FILES:
                raise InvalidInput(_("Au plus %(count)d fichiers à la fois.", count=MAX_FILES))
            with reader() as session:
                entity_id = given_entity(session, request.form.get("entity"))
            looked, refusals = _each_looked_at(uploads, entity_id)
        except NotFound:
            raise
        except DomainError as refusal:
            return self._not_taken(refusal)

        def work(session: Session) -> str:
            batches = [receiving.receive(session, one) for one in looked]
            if len(uploads) == 1:
                where = receiving.next_step(batches[0])
                return url_for(f"{self.endpoint}.{where}", pk=batches[0].id)
            for words in refusals:
                flash(words, "danger")
            if batches:
                flash(
                    ngettext(
                        "%(num)d fichier reçu : vérifiez-le avant de l’importer.",
                        "%(num)d fichiers reçus : vérifiez-les avant de les importer.",
                        len(batches),
                    ),
                    "success",
                )
            return url_for(f"{self.endpoint}.list")

        return act_once(work, url_for(f"{self.endpoint}.list"), self._not_taken)

    def _not_taken(self, refusal: DomainError) -> Response:
        db.session().rollback()
        return make_response(self.list_page(error=str(refusal)), 422)  # type: ignore[attr-defined]

    @route("/<int:pk>/kind", "import", methods=["POST"])
    def kind(self, pk: int) -> Any:
        """The file is of another kind than it was taken for."""
        importer = chosen_importer(request.form.get("kind", ""))
        with reader() as session:
            batch = self._batch(session, pk)  # type: ignore[attr-defined]
            stored, entity_id, state = work.stored_of(batch), batch.entity_id, batch.state
        try:
            if state not in (ImportState.RECEIVED, ImportState.TRIED, ImportState.REFUSED):
                raise InvalidInput(_("Cet import est déjà lancé."))
            if kind_of(current_store().held(stored.digest)) not in importer.sources:
                raise InvalidInput(
                    _("« %(title)s » ne prend pas de tels fichiers.", title=importer.title)
                )
            looked = receiving.look_at(importer, entity_id, stored)
            with unit_of_work() as session:
                batch = receiving.receive(session, looked, pk)
        except DomainError as refusal:
            db.session().rollback()
            flash(str(refusal), "danger")
            return redirect(url_for(f"{self.endpoint}.columns", pk=pk))
        return redirect(url_for(f"{self.endpoint}.{receiving.next_step(batch)}", pk=pk))


def _looked_at(upload: FileStorage, entity_id: int) -> receiving.Looked:
    mine = open_importers()
    sources = {source for importer in mine for source in importer.sources}
    limit = max((importer.max_bytes for importer in mine), default=0)
    stored = receiving.keep(upload, sorted(sources), limit)
    path = current_store().held(stored.digest)
    with reader() as session:
        found = candidates(session, entity_id, mine, kind_of(path) or "", path, stored.label)
    if not found:
        raise InvalidInput(
            _(
                "Ce fichier ne ressemble à aucun import connu : choisissez ci-dessous ce "
                "qu’il contient, puis donnez-le à nouveau."
            )
        )
    return receiving.look_at(found[0].importer, entity_id, stored)


def _each_looked_at(
    uploads: Sequence[FileStorage], entity_id: int
) -> tuple[list[receiving.Looked], list[str]]:
    """Those that can be taken, and what is said of the others by their names.

    Raises:
        DomainError: there is one alone, and it cannot be taken.
    """
    looked, refusals = [], []
    for upload in uploads:
        try:
            looked.append(_looked_at(upload, entity_id))
        except DomainError as refusal:
            if len(uploads) == 1:
                raise
            refusals.append(headed(upload.filename, refusal))
    return looked, refusals


def open_importers() -> list[Importer]:
    """The importers that this person may use."""
    return [importer for importer in importers() if may_import(importer)]


def resembling(session: Session, batch: ImportBatch) -> list[Candidate]:
    """The kinds that the file of an import may be for, likeliest first."""
    path = work.source_of(batch).path
    return candidates(
        session, batch.entity_id, open_importers(), kind_of(path) or "", path, batch.label
    )
