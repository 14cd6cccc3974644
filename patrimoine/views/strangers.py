"""What people without an account send: how much of it is taken, and in what form."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app, request
from itsdangerous import BadSignature, SignatureExpired, TimestampSigner

from base.basics import clock
from base.basics.errors import InvalidInput
from base.basics.i18n import _, ngettext
from base.basics.sessions import Session
from base.engine.edge.address_limits import Limit
from base.engine.edge.addresses import caller
from base.engine.edge.shares import Share
from base.papers.files.store import Stored

#: Pages that one address may open in a minute, and forms it may send in an hour, refused ones
#: included: looking at a photograph costs time.
PAGES = Limit(60, 60)
TRIES = Limit(60, 3600)
#: What is kept of one address in an hour.
REPORTS = Share("reports of an address", 10, timedelta(hours=1))
#: Photographs kept in a day, of one address and of one asset.
PHOTOS_OF_ADDRESS = Share("photographs of an address", 20, timedelta(days=1))
PHOTOS_OF_ASSET = Share("photographs of an asset", 30, timedelta(days=1))
#: Photographs of one report, and the bytes of each.
MAX_PHOTOS = 5
MAX_PHOTO_BYTES = 10 * 1024 * 1024
#: Bytes of a whole form: its photographs, and the words around them.
MAX_FORM_BYTES = MAX_PHOTOS * MAX_PHOTO_BYTES + 256 * 1024
#: A person needs longer than this to read and fill the form; a robot does not.
MIN_SECONDS = 3
MAX_SECONDS = 24 * 3600


def signer() -> TimestampSigner:
    """What stamps a form with the instant at which it was shown."""
    return TimestampSigner(str(current_app.secret_key), salt="tag-report")


def refuse_haste() -> None:
    """Refuse a form that was filled faster than a person can, or long ago.

    Raises:
        InvalidInput: send it again.
    """
    again = InvalidInput(_("Relisez votre signalement, puis envoyez-le à nouveau."))
    try:
        made = signer().unsign(
            request.form.get("stamp", ""), max_age=MAX_SECONDS, return_timestamp=True
        )[1]
    except (BadSignature, SignatureExpired):
        raise again from None
    if (clock.now() - made).total_seconds() < MIN_SECONDS:
        raise again


def refuse_flood() -> None:
    """Refuse an address that sends without end, before anything is looked at.

    Raises:
        InvalidInput: wait.
    """
    if not TRIES.take(caller()):
        raise _too_many()


def sent_photos(session: Session, asset_id: int, *, at: datetime) -> list[Stored]:
    """The photographs sent along, in the store.

    They are counted before any is kept, and taken from their share with the report.

    Raises:
        InvalidInput: they are too many: of one report, of this address or of this asset today.
        FileRefused: one of them is no photograph, or is too large.
    """
    from base.face.attached.file_kinds import IMAGES, accept_attachment
    from base.papers.files.store import current_store

    sent = [upload for upload in request.files.getlist("photo") if upload.filename]
    if len(sent) > MAX_PHOTOS:
        raise InvalidInput(
            _(
                "%(most)d photos au plus, et vous en avez joint %(n)d : choisissez-les à nouveau.",
                most=MAX_PHOTOS,
                n=len(sent),
            )
        )
    left = min(
        PHOTOS_OF_ADDRESS.left(session, caller(), at=at),
        PHOTOS_OF_ASSET.left(session, str(asset_id), at=at),
    )
    if len(sent) > left:
        raise _no_more_photos()
    kept = []
    for upload in sent:
        upload.stream.seek(0)  # the request may be tried again after a lost race
        name = upload.filename or ""
        kept.append(
            accept_attachment(
                current_store(), upload.stream, name, kinds=IMAGES, limit=MAX_PHOTO_BYTES
            )
        )
    return kept


def take_shares(session: Session, asset_id: int, *, photos: int = 0, at: datetime) -> None:
    """Count a report, and its photographs, in the transaction that keeps them.

    Raises:
        InvalidInput: the address or the asset has had its share.
    """
    if not REPORTS.take(session, caller(), at=at):
        raise _too_many()
    if photos and not (
        PHOTOS_OF_ADDRESS.take(session, caller(), times=photos, at=at)
        and PHOTOS_OF_ASSET.take(session, str(asset_id), times=photos, at=at)
    ):
        raise _no_more_photos()


def too_heavy() -> str:
    """What is said of a form that is larger than its photographs may be."""
    return ngettext(
        "Vos photos sont trop lourdes : %(num)d photo au plus, de %(size)d Mo chacune.",
        "Vos photos sont trop lourdes : %(num)d photos au plus, de %(size)d Mo chacune.",
        MAX_PHOTOS,
        size=MAX_PHOTO_BYTES // 1024**2,
    )


def _too_many() -> InvalidInput:
    return InvalidInput(_("Trop de signalements depuis cette connexion. Réessayez dans une heure."))


def _no_more_photos() -> InvalidInput:
    return InvalidInput(
        _(
            "Trop de photos ont été reçues aujourd’hui : envoyez votre signalement sans photo, "
            "ou avec moins de photos."
        )
    )
