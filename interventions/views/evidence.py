"""What shows that the work was done: signature, photographs, and the sheet that carries them."""

from __future__ import annotations

import io

from flask import current_app, flash, request, url_for
from werkzeug.wrappers import Response

from base.basics import arguments, clock
from base.basics.errors import DomainError, InvalidInput
from base.basics.i18n import _, for_everyone
from base.basics.sessions import Session
from base.face.attached.file_kinds import IMAGES, accept_attachment
from base.face.views.acting import act_once, refused
from base.face.views.routes import route
from base.papers.files.store import FileRefused, Stored, current_store
from base.rules.rights import entities
from base.store.database import db
from interventions import queries, services
from interventions.documents import sheet_of, work_order_sheet
from interventions.domain import Moment
from interventions.views.lines import LineRoutes


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


def sent_signature(number: str) -> services.Signed | None:
    """What a form's signature fields hold; None when nothing is drawn and nobody named.

    Raises:
        InvalidInput: something is drawn that cannot be read.
    """
    form = request.form
    drawn = arguments.text(form, "signature", 600_000)
    name = arguments.text(form, "signer_name", 100)
    if not drawn and not name:
        return None
    picture = services.keep_picture(current_store(), drawn, number=number) if drawn else None
    return services.Signed(name, arguments.text(form, "signer_quality", 100), picture)


class EvidenceRoutes(LineRoutes):
    """Signature, photographs and sheet of a work order; mixed into its view."""

    @route("/photo/<pk>", methods=["POST"])
    def photo(self, pk: str) -> Response:
        """Add a photograph of the place, before or after."""
        row = self.get_or_404(pk)
        back = url_for("WorkOrderView.show", pk=row.id)
        try:
            if not request.form.get("moment"):
                words = _("Dites si la photo montre l’avant ou l’après du travail.")
                raise InvalidInput.at("moment", words)
            moment = arguments.one_of(request.form, "moment", Moment, Moment.AFTER)
            # Before the transaction: a slow upload must not hold anybody up.
            picture = sent_photo("photo")
            if picture is None:
                raise FileRefused(_("Choisissez une photo."))
        except DomainError as refusal:
            return refused(refusal, back)

        def work(session: Session) -> str:
            services.add_photo(session, row, picture, moment=moment, at=clock.now())
            flash(_("La photo est jointe."), "success")
            return back

        return act_once(work, back)

    @route("/sheet/<pk>", "show")
    def sheet(self, pk: str) -> Response:
        """The sheet as PDF."""
        row = self.get_or_404(pk)
        session, out = db.session(), io.BytesIO()
        base_url = current_app.settings.base_url.rstrip("/")  # type: ignore[attr-defined]
        with for_everyone():
            sheet = sheet_of(
                row,
                entity=entity.name if (entity := entities.by_id(session, row.entity_id)) else "",
                cost=queries.cost_summary(session, row),
                photos=queries.photos_of(session, row),
                signature=queries.signature_of(session, row),
                read=current_store().read,
                address=base_url + url_for("MobileView.job", pk=row.id),
                issued_at=clock.now(),
            )
            work_order_sheet(out, sheet)
        return Response(
            out.getvalue(),
            mimetype="application/pdf",
            headers={"Content-Disposition": f'inline; filename="{row.number}.pdf"'},
        )
