"""What shows that the work was done: ``signature`` and ``photo`` under a work order."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.api import expose
from flask_appbuilder.security.decorators import permission_name, protect
from werkzeug.wrappers import Response

from base import clock
from base.api import Choice, ModuleApi, Row, Text, as_json, verb
from base.files import current_store
from base.models import Document
from interventions import queries, services
from interventions.domain import Moment
from interventions.models import WorkOrder

SIGNATURE_COLUMNS = [
    "id",
    "work_order_id",
    "signer_name",
    "signer_quality",
    "signed_at",
    "document_id",
    "digest",
    "replaced_at",
]
PHOTO_COLUMNS = ["id", "work_order_id", "document_id", "moment"]


class EvidenceApi(ModuleApi):
    """Signatures and photographs; mixed into the resource of work orders."""

    def _evidence(self, pk: int, read: Any, columns: list[str]) -> Response:
        return self.listed_below(
            pk, lambda session, row: [as_json(line, columns) for line in read(session, row)]
        )

    @expose("/<int:pk>/signature", methods=["GET"])
    @protect()
    @permission_name("get")
    def signatures(self, pk: int) -> Response:
        """Who signed, and when; those put aside by a reopening included."""
        return self._evidence(pk, queries.signatures_of, SIGNATURE_COLUMNS)

    @verb(
        "signature",
        Text("signer_name", 100),
        Text("signer_quality", 100),
        Text("picture", 600_000, about="a PNG in base64, when it was drawn"),
        right="sign",
        answers=201,
    )
    def signature(self, session: Any, row: WorkOrder, given: dict[str, Any]) -> Response:
        """Sign."""
        drawn = given["picture"]
        made = services.sign(
            session,
            row,
            name=given["signer_name"],
            quality=given["signer_quality"],
            at=clock.now(),
            picture=services.keep_picture(current_store(), drawn, number=row.number)
            if drawn
            else None,
        )
        return self.response(  # type: ignore[no-any-return]
            201, id=made.id, result=as_json(made, SIGNATURE_COLUMNS)
        )

    @expose("/<int:pk>/photo", methods=["GET"])
    @protect()
    @permission_name("get")
    def photos(self, pk: int) -> Response:
        """The photographs, before and after; their bytes are at ``/api/v1/document/<id>``."""
        return self._evidence(pk, queries.photos_of, PHOTO_COLUMNS)

    @verb(
        "photo",
        Row("document_id", Document, required=True),
        Choice("moment", Moment, default=Moment.AFTER),
        answers=201,
    )
    def photo(self, session: Any, row: WorkOrder, given: dict[str, Any]) -> Response:
        """Say what a picture attached here shows."""
        made = services.show_photo(session, row, given["document_id"], moment=given["moment"])
        return self.response(  # type: ignore[no-any-return]
            201, id=made.id, result=as_json(made, PHOTO_COLUMNS)
        )
