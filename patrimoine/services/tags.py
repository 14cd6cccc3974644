"""Tags: issue, link, revoke; and what strangers report through them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import attrgetter

from sqlalchemy import select, update

from base.basics.errors import InvalidInput, TransitionRefused
from base.basics.i18n import _, _l, kept
from base.basics.rows import in_lots
from base.basics.sessions import Session
from base.rules.verbs import Ask, Door, verb
from base.store.history import trail
from patrimoine import domain
from patrimoine.domain.kinds import ReportState, TagState
from patrimoine.models import Asset, Tag, TagReport
from patrimoine.queries.tags import OPEN_REPORTS
from patrimoine.services.ends import require_in_use

MAX_REPORT = 2000
_DOORS = Door.DESK | Door.REST


@verb(
    Asset,
    _l("Demander une étiquette"),
    "qrcode",
    name="tag",
    doors=Door.REST,
    answers={name: attrgetter(name) for name in ("id", "token", "state")},
)
def issue_tag(session: Session, asset: Asset, *, at: datetime) -> Tag:
    """The valid tag of the asset: the one it has, or a new one.

    Raises:
        TransitionRefused: the asset is archived: its tag leads nowhere.
    """
    require_in_use(asset)
    return issue_tags(session, [asset], at=at)[asset.id]


def issue_tags(session: Session, assets: Iterable[Asset], *, at: datetime) -> dict[int, Tag]:
    """A valid tag for each asset, by asset id; those that have one keep it.

    Raises:
        TransitionRefused: an asset without a tag is archived.
    """
    by_id = {asset.id: asset for asset in assets}
    found: dict[int, Tag] = {}
    ids = sorted(by_id)
    for lot in in_lots(ids):
        for tag in session.scalars(
            select(Tag).where(Tag.asset_id.in_(lot), Tag.state != TagState.REVOKED).order_by(Tag.id)
        ):
            if tag.asset_id is not None:
                found[tag.asset_id] = tag
    for asset_id in ids:
        if asset_id in found:
            continue
        require_in_use(by_id[asset_id])
        tag = Tag(
            entity_id=by_id[asset_id].entity_id,
            token=domain.new_token(),
            state=TagState.CLAIMED,
            asset_id=asset_id,
            issued_at=at,
            claimed_at=at,
        )
        session.add(tag)
        found[asset_id] = tag
    session.flush()
    return found


def note_prints(session: Session, ids: Sequence[int]) -> None:
    """Count a print on the valid tags of the assets, and say it in their history."""
    table = Tag.__table__
    for chunk in in_lots(ids):
        rows = session.execute(
            select(Tag.id, Tag.asset_id, Tag.entity_id).where(
                Tag.asset_id.in_(chunk), Tag.state != TagState.REVOKED
            )
        ).all()
        session.core(
            update(table)
            .where(table.c.id.in_([row.id for row in rows]))
            .values(printed_count=table.c.printed_count + 1)
        )
        for asset_id, entity_id in {row.asset_id: row.entity_id for row in rows}.items():
            trail.note_record(
                session,
                Asset.__tablename__,
                asset_id,
                entity_id,
                {"kind": "scan", "text": kept(_l("Étiquette imprimée"))},
            )


def issue_blank_tags(session: Session, *, entity_id: int, count: int, at: datetime) -> list[Tag]:
    """Tags to be claimed on site, 1,000 at most.

    Raises:
        InvalidInput: the count is out of bounds.
    """
    if not 1 <= count <= 1000:
        raise InvalidInput(_("De 1 à 1 000 étiquettes vierges à la fois."))
    tags = [
        Tag(entity_id=entity_id, token=domain.new_token(), state=TagState.BLANK, issued_at=at)
        for _index in range(count)
    ]
    session.add_all(tags)
    session.flush()
    return tags


# At the desk a tag is linked on the page that its scan opens.
@verb(Tag, _l("Relier"), "tag", name="link", doors=Door.REST)
def link_tag(session: Session, tag: Tag, asset: Asset, *, at: datetime) -> Tag:
    """The tag on the asset: a blank one is claimed, one of another asset is linked again.

    Raises:
        TransitionRefused: the tag is revoked, or of another authority; the asset is archived.
    """
    if tag.state == TagState.REVOKED:
        raise TransitionRefused(_("Cette étiquette est révoquée."))
    if tag.entity_id != asset.entity_id:
        raise TransitionRefused(_("Cette étiquette est d’une autre entité."))
    if tag.asset_id == asset.id:
        return tag
    require_in_use(asset)
    tag.state = TagState.CLAIMED if tag.state == TagState.BLANK else TagState.RELINKED
    tag.asset_id = asset.id
    tag.claimed_at = at
    session.flush()
    return tag


@verb(
    Tag,
    _l("Révoquer"),
    "ban",
    name="revoke",
    doors=Door.DESK | Door.REST,
    moves=[(state, TagState.REVOKED) for state in TagState if state != TagState.REVOKED],
    said=_l("L’étiquette est révoquée : la scanner ne mène plus à rien."),
)
def revoke_tag(session: Session, tag: Tag, *, at: datetime) -> Tag:
    """The tag leads nowhere from now on; whoever scans it sees that it does not exist.

    Raises:
        TransitionRefused: it is revoked already.
    """
    if tag.state == TagState.REVOKED:
        raise TransitionRefused(_("Cette étiquette est déjà révoquée."))
    tag.state = TagState.REVOKED
    tag.revoked_at = at
    session.flush()
    return tag


def words_of(description: str) -> str:
    """What a stranger says, without the blanks around it.

    Raises:
        InvalidInput: it says nothing, or too much.
    """
    words = description.strip()
    if len(words) < 3:
        raise InvalidInput(
            _("Dites en quelques mots ce qui se passe."),
            {"description": _("Quelques mots suffisent.")},
        )
    if len(words) > MAX_REPORT:
        raise InvalidInput(_("%(n)d caractères au plus.", n=MAX_REPORT))
    return words


def receive_report(
    session: Session,
    *,
    asset_id: int,
    entity_id: int,
    tag_id: int | None,
    description: str,
    contact: str | None,
    at: datetime,
) -> TagReport:
    """A stranger's report on an asset.

    Raises:
        InvalidInput: it says nothing, or too much.
    """
    words = words_of(description)
    report = TagReport(
        entity_id=entity_id,
        asset_id=asset_id,
        tag_id=tag_id,
        description=words,
        contact=(contact or "").strip()[:254] or None,
        reported_at=at,
        follow_token=domain.new_token(),
    )
    session.add(report)
    session.flush()
    return report


def support_report(session: Session, report: TagReport) -> TagReport:
    """One more person says the same of an open report."""
    if report.state not in OPEN_REPORTS:
        raise TransitionRefused(_("Ce signalement est clos."))
    report.supporters += 1
    session.flush()
    return report


def accept_report(
    session: Session, report: TagReport, *, public_label: str | None = None
) -> TagReport:
    """The report is true; strangers see it under the words given here, if any are."""
    if report.state != ReportState.RECEIVED:
        raise TransitionRefused(_("Ce signalement est déjà traité."))
    report.state = ReportState.ACCEPTED
    if public_label is not None:
        report.public_label = public_label.strip()[:200]
    session.flush()
    return report


#: Functions of modules that make more of a report: the sentence that says where it is decided
#: then, empty when nothing was made of it.
DECIDED: list[Callable[[Session, TagReport], str]] = []


def _require_here(session: Session, report: TagReport) -> None:
    for decided in DECIDED:
        if words := decided(session, report):
            raise TransitionRefused(words)


@verb(
    TagReport,
    _l("Accepter"),
    "check",
    name="accept",
    doors=_DOORS,
    moves=[(ReportState.RECEIVED, ReportState.ACCEPTED)],
    said=_l("Le signalement est accepté."),
)
def show_report(session: Session, report: TagReport, *, public_label: str = "") -> None:
    """The report is true, and strangers see it: under the words given here, or the usual ones.

    Raises:
        TransitionRefused: it was sorted before, or is decided elsewhere.
    """
    _require_here(session, report)
    words = public_label or kept(_l("Problème pris en compte"))
    accept_report(session, report, public_label=words)


def end_report(
    session: Session, report: TagReport, *, at: datetime, refused: str | None = None
) -> TagReport:
    """The report is dealt with, or ``refused`` for that reason; strangers see it no more.

    Whoever wrote it reads the reason: it takes the place of the words under which others saw it.

    Raises:
        TransitionRefused: it was closed before.
    """
    if report.closed_at is not None:
        raise TransitionRefused(_("Ce signalement est déjà clos."))
    report.state = ReportState.CLOSED if refused is None else ReportState.REJECTED
    if refused is not None:
        report.public_label = refused.strip()[:200]
    report.closed_at = at
    session.flush()
    return report


def reopen_report(session: Session, report: TagReport) -> TagReport:
    """What was dealt with is taken up again: strangers see it as accepted."""
    report.state, report.closed_at = ReportState.ACCEPTED, None
    session.flush()
    return report


@verb(
    TagReport,
    _l("Marquer comme traité"),
    "circle-check",
    name="close",
    doors=_DOORS,
    moves=[(state, ReportState.CLOSED) for state in OPEN_REPORTS],
    said=_l("Le signalement est traité."),
)
def close_report(session: Session, report: TagReport, *, at: datetime) -> None:
    """The report is dealt with; whoever wrote it reads that it is done.

    Raises:
        TransitionRefused: it was closed before, or is decided elsewhere.
    """
    _require_here(session, report)
    end_report(session, report, at=at)


@verb(
    TagReport,
    _l("Refuser"),
    "x",
    name="reject",
    doors=_DOORS,
    moves=[(state, ReportState.REJECTED) for state in OPEN_REPORTS],
    asks={
        "reason": Ask(_l("Motif"), limit=200, help=_l("La personne qui a signalé le lira.")),
    },
    said=_l("Le signalement est refusé."),
)
def reject_report(session: Session, report: TagReport, *, reason: str, at: datetime) -> None:
    """The report is put aside, and why; strangers see it no more.

    Raises:
        InvalidInput: no reason is given.
        TransitionRefused: it was closed before, or is decided elsewhere.
    """
    _require_here(session, report)
    if not reason.strip():
        words = _("Donnez le motif du refus : la personne qui a signalé le lira.")
        raise InvalidInput.at("reason", words)
    end_report(session, report, at=at, refused=reason)
