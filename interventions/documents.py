"""The sheet of a work order: what to do, what was done and shown, what it cost, who signed."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, BinaryIO

from base.basics.formats import day, euros, hours, instant, number
from base.basics.i18n import _
from base.papers.files.store import FileMissing
from base.store.history.wording import label_of
from interventions.domain import OPEN, Answer, Kind, Moment, Priority, State
from interventions.models import ChecklistPoint, Photo, Signature, WorkOrder
from interventions.queries import CostSummary
from patrimoine.models import Asset

if TYPE_CHECKING:
    from base.papers.pdf.layout import Paper
    from base.papers.pdf.table import Row


@dataclass(frozen=True)
class Point:
    """One point of the checklist, in words; without an answer it is still to do."""

    label: str
    answer: str
    detail: str = ""


@dataclass(frozen=True)
class Picture:
    """A photograph of the place and what is said under it; without ``data`` it is lost."""

    data: bytes | None
    caption: str


@dataclass(frozen=True)
class Signed:
    """Who received the work, and when; without ``digest`` the name was typed."""

    name: str
    quality: str
    at: datetime
    picture: bytes | None
    digest: str


@dataclass(frozen=True)
class Sheet:
    """All that the sheet says; the same content gives the same bytes."""

    entity: str
    service: str
    number: str
    title: str
    state: str
    kind: str
    priority: str
    asset: str
    asset_code: str
    place: str
    requester: str
    assigned_to: str
    planned_on: date | None
    due_on: date | None
    started_at: datetime | None
    finished_at: datetime | None
    validated_at: datetime | None
    description: str
    finding: str
    points: Sequence[Point]
    cost: CostSummary
    issued_at: datetime
    #: Where the work order opens; printed as a QR code.
    address: str = ""
    #: Where the post finds the asset; empty when it is not known.
    postal: str = ""
    photos: Sequence[Picture] = ()
    signed: Signed | None = None
    #: Somebody still takes it along and writes on it.
    is_to_do: bool = False


def sheet_of(
    row: WorkOrder,
    *,
    entity: str,
    cost: CostSummary,
    photos: Iterable[Photo],
    signature: Signature | None,
    read: Callable[[str], bytes],
    address: str,
    issued_at: datetime,
) -> Sheet:
    """What the sheet of a work order says; ``read`` gives the bytes of a file by its digest."""
    return Sheet(
        entity=entity,
        service=row.service.name if row.service else "",
        number=row.number,
        title=row.title,
        state=str(State(row.state).word).lower(),
        kind=str(Kind(row.kind).word),
        priority=str(Priority(row.priority).word),
        asset=row.asset.name,
        asset_code=row.asset.code,
        place=row.asset.place,
        postal=row.asset.postal,
        requester=row.requester,
        assigned_to=row.assigned_to.name if row.assigned_to else "",
        planned_on=row.planned_on,
        due_on=row.due_on,
        started_at=row.started_at,
        finished_at=row.finished_at,
        validated_at=row.validated_at,
        description=row.description,
        finding=row.finding,
        points=[_point(point) for point in row.points],
        cost=cost,
        issued_at=issued_at,
        address=address,
        photos=[
            Picture(
                _held(read, photo.document.digest),
                f"{Moment(photo.moment).word}, {instant(photo.document.uploaded_at)}",
            )
            for photo in photos
        ],
        signed=Signed(
            signature.signer_name,
            signature.signer_quality,
            signature.signed_at,
            _held(read, signature.document.digest) if signature.document else None,
            signature.digest or "",
        )
        if signature
        else None,
        is_to_do=row.state in OPEN and signature is None,
    )


def _held(read: Callable[[str], bytes], digest: str) -> bytes | None:
    """The bytes, or None when the store has lost them: the rest of the sheet is worth printing."""
    try:
        return read(digest)
    except FileMissing:
        return None


def _point(point: ChecklistPoint) -> Point:
    measure = ""
    if point.measure is not None:
        measure = f"{number(point.measure.normalize())} {point.unit or ''}".strip()
    answer = str(Answer(point.answer).word) if point.answer else ""
    detail = ", ".join(words for words in (measure, point.note) if words)
    return Point(point.label, answer, detail)


def work_order_sheet(out: BinaryIO, sheet: Sheet) -> None:
    """Write the sheet as PDF; blank lines to fill by hand when the work is still to do."""
    from base.papers.pdf.layout import Cell, Paper

    paper = Paper(
        out,
        title=sheet.title,
        entity=sheet.entity,
        service=sheet.service,
        issued=_("Édité le %(at)s", at=instant(sheet.issued_at)),
        running=sheet.number,
        reference=_("Bon de travaux %(number)s", number=sheet.number),
    )
    paper.title(_("Bon de travaux %(number)s, %(state)s", number=sheet.number, state=sheet.state))
    paper.cartouche(
        [
            Cell(label_of(WorkOrder, "number"), sheet.number, mono=True),
            Cell(label_of(WorkOrder, "asset_id"), sheet.asset),
            Cell(label_of(Asset, "code"), sheet.asset_code, mono=True),
            Cell(_("Lieu"), sheet.place or _("non précisé"), 3),
            # The place of a building ends with its address: said once.
            *(
                [Cell(_("Adresse"), sheet.postal or _("non précisée"), 2)]
                if not sheet.postal or sheet.postal not in sheet.place
                else []
            ),
            Cell(label_of(WorkOrder, "kind"), sheet.kind),
            Cell(label_of(WorkOrder, "planned_on"), day(sheet.planned_on) or _("non planifiée")),
            Cell(label_of(WorkOrder, "requester"), sheet.requester or _("non précisé")),
            Cell(label_of(WorkOrder, "priority"), sheet.priority),
            Cell(label_of(WorkOrder, "due_on"), day(sheet.due_on) or _("aucune")),
            Cell(label_of(WorkOrder, "assigned_to_id"), sheet.assigned_to or _("personne"), 2),
            Cell(_("Commencée"), instant(sheet.started_at) or _("pas encore")),
            Cell(_("Terminée"), instant(sheet.finished_at) or _("pas encore"), 2),
        ],
        sheet.address,
        sheet.number,
        _("Ouvrir l’intervention"),
    )
    if sheet.description:
        paper.paragraph(sheet.description, lead=_("À faire."))
    _checklist(paper, sheet)
    if sheet.finding:
        paper.paragraph(sheet.finding, lead=_("Constat."))
    if sheet.photos:
        paper.heading(_("Photos"), after=140)
        held = [(small(p.data), p.caption) for p in sheet.photos if p.data is not None]
        paper.pictures(held[:MOST_PHOTOS], 120)
        for photo in sheet.photos:
            if photo.data is None:
                paper.paragraph(_("Cette photo manque dans la réserve."), lead=photo.caption)
    is_begun = any(part.lines for part in sheet.cost.parts)
    if is_begun or not sheet.is_to_do:
        _costs(paper, sheet.cost)
    if sheet.is_to_do:
        _by_hand(paper, lines=2 if is_begun or sheet.points else 3)
    _signatures(paper, sheet)
    paper.finish()


def _by_hand(paper: Paper, *, lines: int) -> None:
    """What the agent writes down on the spot."""
    from base.papers.pdf.by_hand import Blank, blanks

    day_of, agent = (_("Jour"), 0.17), (_("Agent"), 0.41)
    times = ((_("Début"), 0.14), (_("Fin"), 0.14), (_("Heures"), 0.14))
    blanks(paper, [Blank(_("Temps passé"), (day_of, agent, *times))], lines)
    parts = Blank(_("Pièces posées"), ((_("Référence ou nom"), 0.76), (_("Quantité"), 0.24)), 1.2)
    read = Blank(_("Relevés"), ((_("Compteur ou mesure"), 0.62), (_("Valeur, unité"), 0.38)))
    blanks(paper, [parts, read], lines)
    blanks(paper, [Blank(_("Constat"), (("", 1.0),))], 2)


#: Photographs printed; the others stay on screen.
MOST_PHOTOS = 6
#: Pixels of the longer side of a printed photograph: 200 to the inch on half the page's width.
PRINTED_SIDE = 720


def small(data: bytes) -> bytes:
    """The photograph at the size of print, so that a sheet goes by mail."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        image.thumbnail((PRINTED_SIDE, PRINTED_SIDE))
        target = io.BytesIO()
        image.convert("RGB").save(target, "JPEG", quality=82)
    return target.getvalue()


def _signatures(paper: Paper, sheet: Sheet) -> None:
    from base.papers.pdf.by_hand import Signing, signatures

    words = _("L’agent certifie le temps passé et les pièces posées.")
    if sheet.validated_at:
        words += " " + _("Travail validé le %(at)s.", at=instant(sheet.validated_at))
    agent = Signing(
        *(_("Exécution"), words, _("Date et signature de l’agent"), sheet.assigned_to),
    )
    if (signed := sheet.signed) is None:
        received = Signing(
            _("Réception"),
            _("La personne qui reçoit le travail reconnaît qu’il est fait."),
            _("Date et signature de qui reçoit le travail"),
            sheet.requester,
        )
        signatures(paper, [agent, received])
        return
    who = ", ".join(word for word in (signed.name, signed.quality) if word)
    at = instant(signed.at)
    if signed.digest:
        told = _(
            "%(who)s a signé à l’écran le %(at)s. Empreinte SHA-256 de la signature : %(digest)s.",
            who=who,
            at=at,
            digest=signed.digest,
        )
    else:
        told = _("%(who)s a confirmé par son nom, tapé à l’écran le %(at)s.", who=who, at=at)
    paper.signature(_("Réception."), told, _("Signé le %(at)s", at=at), who, signed.picture)
    paper.signature(_("Exécution."), words, agent.caption, agent.name)


def _checklist(paper: Paper, sheet: Sheet) -> None:
    from base.papers.pdf.by_hand import ticks
    from base.papers.pdf.table import Head, Row

    if not sheet.points:
        return
    paper.heading(_("Points à suivre"))
    if sheet.is_to_do:
        answered = [(p.label, ", ".join(filter(None, (p.answer, p.detail)))) for p in sheet.points]
        ticks(paper, answered, [str(answer.word) for answer in Answer])
        return
    paper.table(
        [Head(_("Point")), Head(_("Réponse")), Head(_("Précision"))],
        [Row((p.label, p.answer or _("à faire"), p.detail)) for p in sheet.points],
    )


def _costs(paper: Paper, cost: CostSummary) -> None:
    from base.papers.pdf.table import Head

    rows: list[Row] = []
    labour, parts, expenses = cost.parts
    for line in labour.lines:
        detail = hours(line.hours)
        if line.hourly_rate_eur is not None:
            detail = f"{detail} × {euros(line.hourly_rate_eur)}"
        rows.append(_row(day(line.date_on), line.agent.name, detail, line.amount_ht_eur))
    for line in parts.lines:
        detail = f"{number(line.quantity.normalize())} × {price(line.unit_cost_eur)}"
        rows.append(_row(day(line.date_on), str(line.item), detail, line.amount_ht_eur))
    for line in expenses.lines:
        label = f"{line.supplier}, {line.label}"
        rows.append(_row(day(line.date_on), label, line.reference, line.amount_ht_eur))
    paper.heading(_("Temps, pièces et prestations"))
    if not rows:
        paper.paragraph(_("Rien n’est encore enregistré."))
        return
    withheld = any(line.amount_ht_eur is None for line in labour.lines)
    total = _("Total HT, hors main-d’œuvre") if withheld else _("Total HT")
    paper.table(
        [
            Head(_("Jour"), wraps=False),
            Head(_("Agent, pièce ou fournisseur")),
            Head(_("Calcul")),
            Head(_("Montant HT"), right=True, wraps=False),
        ],
        rows,
        ("", total, "", euros(cost.amount_ht_eur)),
    )
    paper.note(
        _(
            "TVA %(vat)s, total %(total)s TTC. Taux horaires et coûts moyens du stock en vigueur "
            "au jour de chaque ligne.",
            vat=euros(cost.vat_eur),
            total=euros(cost.amount_ttc_eur),
        )
    )


def price(amount_eur: Decimal) -> str:
    """A unit price: two decimals when they say all, else four."""
    cents = amount_eur.quantize(Decimal("0.01"))
    return euros(amount_eur, 2 if cents == amount_eur else 4)


def _row(on: str, label: str, detail: str, amount_ht_eur: Decimal | None) -> Row:
    from base.papers.pdf.table import Row

    return Row((on, label, detail, "" if amount_ht_eur is None else euros(amount_ht_eur)))
