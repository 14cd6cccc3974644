"""Signatures: drawn or typed, once, kept with the work, put aside when it is reopened."""

import base64
import io

import pytest
from sqlalchemy import select

from base.basics.errors import DomainError, InvalidInput, TransitionRefused
from base.face.attached import documents
from base.papers.files.store import current_store
from interventions import queries, services
from interventions.domain import State
from interventions.models import Signature
from interventions.services import signatures
from patrimoine.models import Category
from tests.factories import interventions as make


def drawn(colour="#16191a", size=(600, 220), mode="RGBA", line=((40, 60), (200, 160), (420, 50))):
    """What the page sends: a PNG as a ``data:`` address, ink on a clear ground."""
    from PIL import Image, ImageDraw

    image = Image.new(mode, size)
    if line:
        ImageDraw.Draw(image).line(line, fill=colour, width=4)
    target = io.BytesIO()
    image.save(target, "PNG")
    return "data:image/png;base64," + base64.b64encode(target.getvalue()).decode()


@pytest.fixture
def school(session):
    return make.building(session, 1)


def test_a_drawn_signature_is_a_document_of_the_work_with_its_digest(session, school):
    row = make.work_order(session, school, State.FINISHED)
    picture = services.keep_picture(current_store(), drawn(), number=row.number)
    made = services.sign(
        session, row, name="  Mme  Delorme ", quality="directrice", at=make.NOON, picture=picture
    )
    assert (made.signer_name, made.signer_quality) == ("Mme Delorme", "directrice")
    (kept,) = documents.documents_of(session, row)
    assert made.document_id == kept.id and made.digest == kept.digest == picture.digest
    assert kept.media_type == "image/png" and row.number in kept.label
    assert queries.signature_of(session, row) is made


def test_the_picture_is_cut_to_its_ink_and_written_anew():
    from PIL import Image

    with Image.open(io.BytesIO(signatures._ink_of(_bytes(drawn())))) as image:
        # 380 × 110 of ink, two pixels of pen on each side, twelve of white.
        assert image.mode == "L"
        assert 400 <= image.width <= 412 and 130 <= image.height <= 142
        assert image.getpixel((0, 0)) == 255


def _bytes(address):
    return base64.b64decode(address.partition(",")[2])


@pytest.mark.parametrize(
    "sent",
    [
        drawn(line=None),
        drawn(line=((5, 5), (8, 8))),
        drawn(colour="white"),
        "data:,",
        "pas du base64",
        "é",
        "data:image/png;base64,é",
        "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n nothing").decode(),
        "data:image/png;base64," + base64.b64encode(b"GIF89a").decode(),
        drawn(size=(5000, 20), line=((1, 1), (4000, 10))),
    ],
    ids=[
        "blank",
        "touch",
        "white",
        "empty",
        "words",
        "accent",
        "accented",
        "broken",
        "gif",
        "huge",
    ],
)
def test_what_is_no_signature_is_refused_in_words(sqlite_session, sent):
    with pytest.raises(InvalidInput) as refusal:
        services.keep_picture(current_store(), sent, number="INT-2026-00001")
    assert "signature" in str(refusal.value)


def test_a_name_typed_stands_for_a_hand(session, school):
    row = make.work_order(session, school, State.STARTED)
    made = services.sign(session, row, name="M. Petit", at=make.NOON)
    assert made.document_id is None and made.digest is None and made.is_live


def test_nobody_signs_twice_before_a_reopening(session, school):
    row = make.work_order(session, school, State.FINISHED)
    services.sign(session, row, name="Mme Delorme", at=make.NOON)
    with pytest.raises(services.AlreadySigned, match="déjà signée par Mme Delorme"):
        services.sign(session, row, name="M. Petit", at=make.NOON)
    services.reopen(session, row, at=make.NOON)
    assert queries.signature_of(session, row) is None
    services.start(session, row, at=make.NOON)
    services.finish(session, row, at=make.NOON)
    services.sign(session, row, name="M. Petit", at=make.NOON)
    former, present = queries.signatures_of(session, row)
    assert (former.signer_name, former.replaced_at) == ("Mme Delorme", make.NOON)
    assert (present.signer_name, present.replaced_at) == ("M. Petit", None)


@pytest.mark.parametrize("state", [State.DRAFT, State.PLANNED, State.VALIDATED, State.CANCELLED])
def test_work_not_begun_or_over_is_not_signed(session, school, state):
    row = make.work_order(session, school, state)
    with pytest.raises(TransitionRefused):
        services.sign(session, row, name="Mme Delorme", at=make.NOON)
    assert session.scalars(select(Signature)).all() == []


def test_a_nameless_signature_is_refused_beside_its_field(session, school):
    row = make.work_order(session, school, State.STARTED)
    with pytest.raises(InvalidInput) as refusal:
        services.sign(session, row, name="  ", at=make.NOON)
    assert "signer_name" in refusal.value.errors


def test_a_category_may_ask_for_a_signature_before_the_end(session, school):
    lift = Category(code="ascenseur-essai", name="Ascenseur", kind="building", signed_work=True)
    session.add(lift)
    school.category = lift
    session.flush()
    row = make.work_order(session, school, State.STARTED)
    with pytest.raises(services.SignatureMissing, match="demande la signature"):
        services.finish(session, row, at=make.NOON)
    assert row.state == State.STARTED
    services.sign(session, row, name="Mme Delorme", at=make.NOON)
    services.finish(session, row, at=make.NOON)
    assert row.state == State.FINISHED


def test_the_picture_of_a_signature_is_not_put_away(session, school):
    row = make.work_order(session, school, State.FINISHED)
    picture = services.keep_picture(current_store(), drawn(), number=row.number)
    made = services.sign(session, row, name="Mme Delorme", at=make.NOON, picture=picture)
    with pytest.raises(DomainError, match="est une signature"):
        documents.remove(session, made.document)
    assert made.document.removed_at is None


def test_the_history_bears_a_digest_of_the_name_and_not_the_name(session, school):
    from base.store.models import Event

    row = make.work_order(session, school, State.FINISHED)
    made = services.sign(session, row, name="Mme Delorme", quality="directrice", at=make.NOON)
    session.commit()
    entries = session.scalars(
        select(Event).where(Event.record == Signature.__tablename__, Event.record_id == made.id)
    ).all()
    assert [entry.op for entry in entries] == ["I"]
    assert "Delorme" not in entries[0].changes and "signer_name" in entries[0].changes
