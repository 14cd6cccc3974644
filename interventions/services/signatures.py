"""The signature of whoever receives the work: taken once, put aside when the work is reopened."""

from __future__ import annotations

import base64
import io
from datetime import datetime

from base.basics.errors import DomainError, InvalidInput, TransitionRefused
from base.basics.formats import instant
from base.basics.i18n import _, _l, kept
from base.basics.sessions import Session
from base.face.attached import documents
from base.face.attached.file_kinds import accept_attachment
from base.papers.files.store import Store as FileStore
from base.papers.files.store import Stored, current_store
from base.rules.rights import standing
from base.rules.verbs import ONE_BY_ONE, Ask, verb
from interventions import domain, queries
from interventions.models import Signature, WorkOrder

#: A signature drawn with the finger weighs some twenty thousand bytes.
MAX_PICTURE = 400_000
MAX_SIDE = 4000
#: White kept around the ink, in pixels.
EDGE = 12
#: A smaller mark is a touch by mistake.
SMALLEST = 12


standing.lets(Signature, standing.ending("replaced_at"))


class AlreadySigned(DomainError):
    """A signature holds already."""


class SignatureMissing(DomainError):
    """The work on this asset ends with a signature."""


def keep_picture(store: FileStore, drawn: str, *, number: str) -> Stored:
    """The picture that a page drew (base64 of a PNG, or its ``data:`` address), in the store.

    It is laid on white, cut to its ink and written anew: what else the bytes held is gone.

    Raises:
        InvalidInput: it is not a picture, or nothing is drawn on it.
        FileRefused: the store cannot read it.
    """
    try:
        data = base64.b64decode(drawn.partition(",")[2] or drawn, validate=True)
    except ValueError as fault:  # letters outside ASCII; binascii.Error is one too
        raise _unreadable() from fault
    picture = io.BytesIO(_ink_of(data))
    name = kept(_l("Signature %(number)s", number=number))
    return accept_attachment(store, picture, f"{name}.png", kinds=("png",))


def _ink_of(data: bytes) -> bytes:
    from PIL import Image, ImageOps

    if not 0 < len(data) <= MAX_PICTURE:
        raise _unreadable()
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            if max(image.size) > MAX_SIDE:
                raise _unreadable()
            drawn = image.convert("RGBA")
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as fault:
        raise _unreadable() from fault
    paper = Image.new("RGBA", drawn.size, "white")
    ink = ImageOps.invert(Image.alpha_composite(paper, drawn).convert("L"))
    bounds = ink.point(lambda level: 255 if level > 64 else 0).getbbox()
    if bounds is None or max(bounds[2] - bounds[0], bounds[3] - bounds[1]) < SMALLEST:
        raise InvalidInput.at("picture", _("La signature est vide : signez dans le cadre."))
    cut = ImageOps.expand(ImageOps.invert(ink.crop(bounds)), EDGE, 255)
    target = io.BytesIO()
    cut.save(target, "PNG")
    return target.getvalue()


def _unreadable() -> InvalidInput:
    return InvalidInput.at(
        "picture", _("Cette signature n’a pas pu être lue : effacez-la et recommencez.")
    )


def sign(
    session: Session,
    work_order: WorkOrder,
    *,
    name: str,
    at: datetime,
    quality: str = "",
    picture: Stored | None = None,
) -> Signature:
    """The signature of whoever receives the work, while it goes on or once it is finished.

    Without ``picture`` the name typed stands for it.

    Raises:
        InvalidInput: nobody is named.
        AlreadySigned: a signature holds; reopening the work puts it aside.
        TransitionRefused: the work has not begun, is validated or cancelled.
    """
    name = " ".join(name.split())
    if not name:
        raise InvalidInput.at("signer_name", _("Écrivez le nom de la personne qui signe."))
    state = queries.state_now(session, work_order)
    if state not in domain.TAKES_SIGNATURE:
        raise TransitionRefused(
            _(
                "%(number)s est à l’état « %(state)s » : elle ne se signe pas.",
                number=work_order.number,
                state=state.word,
            )
        )
    held = queries.signature_of(session, work_order)
    if held is not None:
        raise AlreadySigned(
            _(
                "%(number)s est déjà signée par %(name)s (%(at)s) : rouvrez-la pour recueillir "
                "une autre signature.",
                number=work_order.number,
                name=held.signer_name,
                at=instant(held.signed_at),
            )
        )
    document = documents.attach(session, work_order, picture, at=at) if picture else None
    row = Signature(
        entity_id=work_order.entity_id,
        work_order=work_order,
        signer_name=name[:100],
        signer_quality=" ".join(quality.split())[:100],
        signed_at=at,
        document=document,
        digest=document.digest if document else None,
    )
    session.add(row)
    session.flush()
    return row


@verb(
    WorkOrder,
    _l("Faire signer"),
    "signature",
    name="sign",
    rest="signature",
    doors=ONE_BY_ONE,
    stays=domain.TAKES_SIGNATURE,
    known={"store": lambda session, row: current_store()},
    asks={
        "signer_name": Ask(_l("Nom de qui reçoit le travail")),
        "signer_quality": Ask(_l("Qualité")),
        "picture": Ask(
            _l("Signature"),
            limit=600_000,
            name="signature",
            wire="picture",
            about="a PNG in base64, when it was drawn",
        ),
    },
    said=_l("La signature est enregistrée."),
)
def sign_for(
    session: Session,
    work_order: WorkOrder,
    *,
    store: FileStore,
    at: datetime,
    signer_name: str = "",
    signer_quality: str = "",
    picture: str = "",
) -> Signature:
    """Sign: ``picture`` is what was drawn, else the name typed stands for it.

    Raises:
        InvalidInput: nobody is named, or the picture cannot be read.
        AlreadySigned: a signature holds.
        TransitionRefused: the work has not begun, is validated or cancelled.
    """
    drawn = keep_picture(store, picture, number=work_order.number) if picture else None
    return sign(session, work_order, name=signer_name, quality=signer_quality, picture=drawn, at=at)


def require_signature(session: Session, work_order: WorkOrder) -> None:
    """Refuse to end work that the category of the asset wants signed.

    Raises:
        SignatureMissing: nobody has signed.
    """
    if domain.wants_signature(work_order.asset) and (
        queries.signature_of(session, work_order) is None
    ):
        raise SignatureMissing(
            _(
                "%(number)s : « %(asset)s » demande la signature de la personne qui reçoit le "
                "travail.",
                number=work_order.number,
                asset=work_order.asset.name,
            )
        )


def put_aside(session: Session, work_order: WorkOrder, *, at: datetime) -> None:
    """The work is open again: its signature holds no more, and stays readable."""
    held = queries.signature_of(session, work_order)
    if held is not None:
        held.replaced_at = at
        session.flush()


def kept_for_signature(session: Session, document_id: int) -> str | None:
    """Why a file may not be put away: it is a signature; None when it is not."""
    if queries.is_signature(session, document_id):
        return _("Ce fichier est une signature : il reste avec l’intervention.")
    return None
