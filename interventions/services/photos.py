"""Photographs before and after: kept with the documents of the work order."""

from __future__ import annotations

from datetime import datetime

from base.basics.errors import InvalidInput, TransitionRefused
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.face.attached import documents
from base.papers.files.store import Stored, renamed
from base.rules.verbs import Ask, Door, verb
from base.store.history.trail import record_name
from base.store.models import Document
from interventions import queries
from interventions.domain import Moment, State
from interventions.models import Photo, WorkOrder


def add_photo(
    session: Session, work_order: WorkOrder, picture: Stored, *, moment: Moment, at: datetime
) -> Photo:
    """A photograph that is in the store, attached to the work order as of that moment.

    Raises:
        FileRefused: the person has sent too much today, or the record has too many files.
        TransitionRefused: the work is validated or cancelled.
    """
    label = f"{moment.word}, {picture.label}"
    document = documents.attach(session, work_order, renamed(picture, label), at=at)
    return show_photo(session, work_order, document, moment=moment)


@verb(
    WorkOrder,
    _l("Photographier"),
    "camera-plus",
    name="photo",
    doors=Door.REST | Door.OFFLINE,
    asks={"document": Ask(_l("Fichier")), "moment": Ask(_l("Elle montre"))},
)
def show_photo(
    session: Session, work_order: WorkOrder, document: Document, *, moment: Moment = Moment.AFTER
) -> Photo:
    """Say what a picture attached here shows: the place at that moment.

    Raises:
        InvalidInput: the document is no picture, or another record's.
        TransitionRefused: the work is validated or cancelled.
    """
    _require_unsealed(session, work_order)
    mine = (document.record, document.record_id) == (record_name(work_order), work_order.id)
    if not mine or not document.is_image or queries.is_signature(session, document.id):
        raise InvalidInput.at("document_id", _("Joignez d’abord une photo à cette intervention."))
    photo = queries.photo_of_document(session, document.id)
    if photo is None:
        photo = Photo(entity_id=work_order.entity_id, work_order=work_order, document=document)
        session.add(photo)
    photo.moment = moment
    session.flush()
    return photo


@verb(
    Photo,
    _l("Dire ce qu’elle montre"),
    "arrows-exchange",
    name="moment",
    right="photo",
    doors=Door.DESK,
    asks={"moment": Ask(_l("Elle montre"))},
    said=lambda photo, made, values: _(
        "La photo est rangée sous « %(moment)s ».", moment=Moment(photo.moment).word
    ),
)
def change_moment(session: Session, photo: Photo, *, moment: Moment) -> None:
    """Say that a photograph shows another moment than was said.

    Raises:
        TransitionRefused: the work is validated or cancelled.
    """
    _require_unsealed(session, photo.work_order)
    photo.moment = moment
    session.flush()


def _require_unsealed(session: Session, work_order: WorkOrder) -> None:
    state = queries.state_now(session, work_order)
    if state in (State.VALIDATED, State.CANCELLED):
        raise TransitionRefused(
            _(
                "%(number)s est à l’état « %(state)s » : ses photos ne changent plus.",
                number=work_order.number,
                state=state.word,
            )
        )
