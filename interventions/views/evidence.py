"""What shows that the work was done: signature, photographs, and the sheet that carries them."""

from __future__ import annotations

import io
from typing import Any

from flask import current_app, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from base import arguments, clock, entities, formats
from base.database import db
from base.errors import DomainError
from base.file_kinds import IMAGES, accept_attachment
from base.files import FileRefused, Stored, current_store
from base.i18n import _, for_everyone
from base.models import Document
from interventions import queries, services
from interventions.documents import Picture, Point, Sheet, Signed, work_order_sheet
from interventions.domain import Answer, Kind, Moment, Priority, State
from interventions.models import ChecklistPoint, WorkOrder
from interventions.views.lines import LineRoutes
from patrimoine.queries import place_name


def sent_photo(name: str) -> Stored | None:
    """The photograph of a form's field, in the store; None when none was chosen.

    Raises:
        FileRefused: it is not a photograph, or is too large.
    """
    sent = request.files.get(name)
    if sent is None or not sent.filename:
        return None
    sent.stream.seek(0)  # the request may be tried again after a lost race
    return accept_attachment(current_store(), sent.stream, sent.filename, kinds=IMAGES)


def sent_signature(number: str) -> tuple[dict[str, Any], bool]:
    """Name, quality and picture that a form's signature fields hold, and whether it holds any.

    Raises:
        InvalidInput: something is drawn that cannot be read.
    """
    form = request.form
    drawn = arguments.text(form, "signature", 600_000)
    given = {
        "name": arguments.text(form, "signer_name", 100),
        "quality": arguments.text(form, "signer_quality", 100),
        "picture": services.keep_picture(current_store(), drawn, number=number) if drawn else None,
    }
    return given, bool(drawn or given["name"])


class EvidenceRoutes(LineRoutes):
    """Signature, photographs and sheet of a work order; mixed into its view."""

    @expose("/sign/<pk>", methods=["POST"])
    @has_access
    def sign(self, pk: str) -> Response:
        """Sign for the work: drawn, or typed and confirmed."""

        def work(session: Any, row: WorkOrder) -> None:
            given, _any = sent_signature(row.number)
            services.sign(session, row, at=clock.now(), **given)

        return self._act(pk, work, _("La signature est enregistrée."))

    @expose("/photo/<pk>", methods=["POST"])
    @has_access
    def photo(self, pk: str) -> Response:
        """Add a photograph of the place, before or after."""
        moment = arguments.one_of(request.form, "moment", Moment, Moment.AFTER)
        try:
            # Before the transaction: a slow upload must not hold anybody up.
            picture = sent_photo("photo")
            if picture is None:
                raise FileRefused(_("Choisissez une photo."))
        except DomainError as refusal:
            row = self.get_or_404(pk)
            flash(str(refusal), "danger")
            return redirect(url_for("WorkOrderView.show", pk=row.id))  # type: ignore[return-value]
        return self._act(
            pk,
            lambda session, row: services.add_photo(
                session, row, picture, moment=moment, at=clock.now()
            ),
            _("La photo est jointe."),
        )

    @expose("/sheet/<pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def sheet(self, pk: str) -> Response:
        """The sheet as PDF."""
        row = self.get_or_404(pk)
        out = io.BytesIO()
        with for_everyone():
            work_order_sheet(out, self._sheet(db.session(), row))
        return Response(
            out.getvalue(),
            mimetype="application/pdf",
            headers={"Content-Disposition": f'inline; filename="{row.number}.pdf"'},
        )

    def _sheet(self, session: Any, row: WorkOrder) -> Sheet:
        signature = queries.signature_of(session, row)
        base_url = current_app.settings.base_url.rstrip("/")  # type: ignore[attr-defined]
        return Sheet(
            entity=entity.name if (entity := entities.by_id(session, row.entity_id)) else "",
            service=row.service.name if row.service else "",
            number=row.number,
            title=row.title,
            state=str(State(row.state).word).lower(),
            kind=str(Kind(row.kind).word),
            priority=str(Priority(row.priority).word),
            asset=row.asset.name,
            asset_code=row.asset.code,
            place=place_name(session, row.asset),
            requester=row.requester,
            assigned_to=row.assigned_to.name if row.assigned_to else "",
            planned_on=row.planned_on,
            due_on=row.due_on,
            started_at=row.started_at,
            finished_at=row.finished_at,
            validated_at=row.validated_at,
            description=row.description,
            finding=row.finding,
            points=[self._point(point) for point in row.points],
            cost=queries.cost_summary(session, row),
            issued_at=clock.now(),
            address=base_url + url_for("MobileView.job", pk=row.id),
            photos=[
                Picture(
                    self._bytes(photo.document),
                    f"{Moment(photo.moment).word}, "
                    f"{formats.instant(photo.document.uploaded_at)}",
                )
                for photo in queries.photos_of(session, row)
            ],
            signed=Signed(
                signature.signer_name,
                signature.signer_quality,
                signature.signed_at,
                self._bytes(signature.document) if signature.document else None,
                signature.digest or "",
            )
            if signature
            else None,
        )

    @staticmethod
    def _bytes(document: Document) -> bytes:
        return current_store().read(document.digest)

    @staticmethod
    def _point(point: ChecklistPoint) -> Point:
        measure = ""
        if point.measure is not None:
            measure = f"{formats.number(point.measure.normalize())} {point.unit or ''}".strip()
        answer = Answer(point.answer).word if point.answer else _("à faire")
        detail = ", ".join(words for words in (measure, point.note) if words)
        return Point(point.label, str(answer), detail)
