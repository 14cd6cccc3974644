"""Files of records on screen and by REST: attach, see, download, put away; scope checked."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, flash, request, url_for
from flask_appbuilder.api import BaseApi, ModelRestApi
from werkzeug.wrappers import Response

from base.basics.errors import InvalidInput, NotFound
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.face.api import PageApi, match_problem, served, tagged
from base.face.api.listing import whole
from base.face.attached import documents
from base.face.attached.chatter import Entry, thread_source
from base.face.attached.file_kinds import accept_attachment
from base.face.views import ModuleView, Page
from base.face.views.acting import act_once
from base.face.views.routes import route
from base.papers.files.store import current_store, serve
from base.rules.modules import actions
from base.rules.rights.actors import unit_of_work
from base.rules.rights.people import names_of
from base.store.database import db
from base.store.history.trail import record_name
from base.store.mixins import Scoped
from base.store.models.documents import Document

MAX_AT_ONCE = 20  # files of one form


def _doors(row: Any) -> list[Any]:
    """The screens and resources that show this class of records."""
    return [
        view
        for view in current_app.extensions["appbuilder"].baseviews  # type: ignore[attr-defined]
        if isinstance(view, ModuleView | ModelRestApi) and isinstance(row, view.datamodel.obj)
    ]


def may_see(row: Any) -> bool:
    """Whether the person of this request may open the record's own page or resource."""
    manager = current_app.extensions["appbuilder"].sm  # type: ignore[attr-defined]
    for view in _doors(row):
        permission = "can_get" if isinstance(view, BaseApi) else "can_show"
        if manager.has_access(permission, view.class_permission_name):
            return True
    return False


def seen_record(session: Session, record: str | None, record_id: int | None) -> Any:
    """A record that this person may see.

    Raises:
        NotFound: it does not exist in the scope; a right that is missing is 403.
    """
    row = documents.record_of(session, record, record_id)
    if not may_see(row):
        abort(403)
    return row


def seen_document(session: Session, pk: int) -> Document:
    """A file that this person may see: its record is in the scope, and open to the person.

    Raises:
        NotFound: it does not exist in the scope, or was put away.
    """
    found = documents.document(session, pk)
    if found is None or not documents.may_open(session, found):
        raise NotFound(_("Introuvable."))
    if found.record is not None:
        seen_record(session, found.record, found.record_id)
    return found


def _of_record(pk: int) -> Document:
    """A file that this person may see, and that is of a record.

    Raises:
        NotFound: there is none.
    """
    found = seen_document(db.session(), pk)
    if found.record is None:
        raise NotFound(_("Introuvable."))
    return found


def address_of(row: Any) -> str:
    """The page of a record; the home page when it has none."""
    for view in _doors(row):
        if isinstance(view, ModuleView):
            return str(url_for(f"{view.endpoint}.show", pk=row.id))
    return "/"


def _received(session: Session, row: Any, most: int | None = None) -> list[Document]:
    uploads = [u for u in request.files.getlist("file") if u.filename][:most]
    if not uploads:
        raise InvalidInput.at("file", _("Choisissez un fichier."))
    if len(uploads) > MAX_AT_ONCE:
        raise InvalidInput(_("Au plus %(n)d fichiers à la fois.", n=MAX_AT_ONCE))
    kept = []
    for upload in uploads:
        upload.stream.seek(0)  # the request may be tried again after a lost race
        kept.append(accept_attachment(current_store(), upload.stream, upload.filename or ""))
    return [documents.attach(session, row, stored) for stored in kept]


class DocumentView(Page):
    """Files of records, for people."""

    route_base = "/documents"
    rights_title = _l("Fichiers")
    right_words = {"can_attach": _l("joindre"), "can_download": _l("télécharger")}

    @route("/attach/<record>/<int:pk>", "attach", methods=["POST"])
    def attach(self, record: str, pk: int) -> Any:
        """Attach files to a record."""
        row = seen_record(db.session(), record, pk)
        where = address_of(row)

        def work(session: Session) -> str:
            made = _received(session, row)
            said = _("%(n)d fichiers sont joints.", n=len(made))
            flash(said if len(made) > 1 else _("« %(n)s » est joint.", n=made[0].label), "success")
            return where

        return act_once(work, where)

    @route("/<int:pk>", "download")
    def download(self, pk: int) -> Any:
        """One file; ``?inline=1`` shows pictures and PDF in the page."""
        document = seen_document(db.session(), pk)
        return serve(
            current_store(),
            documents.stored_of(document),
            inline=request.args.get("inline") == "1",
        )

    @route("/<int:pk>/remove", "remove", methods=["POST"])
    def remove(self, pk: int) -> Any:
        """Put a file away."""
        document = _of_record(pk)
        where = address_of(seen_record(db.session(), document.record, document.record_id))

        def work(session: Session) -> str:
            documents.remove(session, document)
            flash(_("« %(n)s » est retiré.", n=document.label), "success")
            return where

        return act_once(work, where)


class DocumentApi(PageApi):
    """Files of records, for programs."""

    resource_name = "document"

    @staticmethod
    def _table(name: str) -> str:
        """The root table of a resource ("asset"), or the table itself."""
        for view in current_app.extensions["appbuilder"].baseviews:  # type: ignore[attr-defined]
            if isinstance(view, ModelRestApi) and view.resource_name == name:
                return record_name(view.datamodel.obj)
        return name

    @staticmethod
    def _dump(document: Document) -> dict[str, Any]:
        return {
            "id": document.id,
            "label": document.label,
            "size": document.size,
            "media_type": document.media_type,
            "digest": document.digest,
            "record": document.record,
            "record_id": document.record_id,
            "entity_id": document.entity_id,
            "uploaded_at": document.uploaded_at.isoformat(),
            "content_url": url_for("DocumentApi.content", pk=document.id),
        }

    def _record(self, given: Any) -> Any:
        number = given.get("record_id", "")
        return seen_record(
            db.session(),
            self._table(given.get("record", "")),
            int(number) if number.isdecimal() and len(number) < 19 else None,
        )

    @served("/", "download", says={200: "the files, newest first"})
    def get_list(self) -> Response:
        """The files of one record: ``?record=asset&record_id=12``.
        ---
        get:
          parameters:
          - {in: query, name: record, required: true, schema: {type: string}}
          - {in: query, name: record_id, required: true, schema: {type: integer}}
        """
        found = documents.documents_of(db.session(), self._record(request.args))
        return self.response(200, **whole([self._dump(document) for document in found]))

    @served("/<int:pk>", "download", says={200: "the row of the file"})
    def get(self, pk: int) -> Response:
        """One file's row."""
        document = seen_document(db.session(), pk)
        return tagged(self.response(200, id=pk, result=self._dump(document)), document)

    @served("/<int:pk>/content", "download", says={200: "the bytes"})
    def content(self, pk: int) -> Response:
        """The bytes, as a download."""
        return serve(current_store(), documents.stored_of(seen_document(db.session(), pk)))

    @served(
        "/",
        "attach",
        methods=["POST"],
        says={
            201: "the row of the file",
            422: "not a kind of file that is taken, or made to harm",
        },
    )
    def post(self) -> Response:
        """Attach one file: multipart, ``record``, ``record_id``, ``file``.
        ---
        post:
          requestBody:
            required: true
            content:
              multipart/form-data:
                schema:
                  type: object
                  required: [record, record_id, file]
                  properties:
                    record: {type: string, description: 'name of the resource, as "asset"'}
                    record_id: {type: integer}
                    file: {type: string, format: binary}
        """
        row = self._record(request.form)
        with unit_of_work() as session:
            made = _received(session, row, 1)[0]
        response: Response = self.response(201, id=made.id, result=self._dump(made))
        response.headers["Location"] = url_for("DocumentApi.get", pk=made.id)
        return response

    @served("/<int:pk>", "remove", methods=["DELETE"], says={200: "it has left the lists"})
    def delete(self, pk: int) -> Response:
        """Put a file away."""
        document = _of_record(pk)
        if refusal := match_problem(document):
            return refusal
        with unit_of_work() as session:
            documents.remove(session, document)
        return self.response(200, message="OK")


def _section(session: Session, row: Any) -> dict[str, Any] | None:
    """The files of a record's page."""
    if not may_see(row):
        return None
    return {
        "documents": documents.documents_of(session, row),
        "record": record_name(row),
        "may_attach": actions.may("DocumentView.attach"),
        "may_remove": actions.may("DocumentView.remove"),
    }


def _thread(session: Session, record: str, record_id: int, limit: int) -> list[Entry]:
    """A line of the record's thread for each file."""
    found = documents.of_record(session, record, record_id, limit=limit)
    names = names_of(d.uploaded_by_id for d in found)
    return [
        Entry(
            at=d.uploaded_at,
            kind="file",
            who=names.get(d.uploaded_by_id or 0, _("le système")),
            text=d.label,
            url=url_for("DocumentView.download", pk=d.id),
        )
        for d in found
    ]


def register(appbuilder: Any) -> None:
    """Add the pages, and the section on every record of an entity."""
    appbuilder.add_view_no_menu(DocumentView)
    appbuilder.add_api(DocumentApi)
    actions.section(
        Scoped,
        "documents",
        _l("Documents"),
        _section,
        "ov/documents.html",
        icon="paperclip",
        order=80,
        endpoint="DocumentView.download",
    )
    thread_source(_thread)
