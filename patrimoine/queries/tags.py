"""Tags and what strangers see through them.

``token_owner`` and ``public_asset`` read without row rules, because a tag belongs to whoever
stands before it: they return what a stranger may know and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, select

from base.basics.sessions import Session
from base.rules.rights.entities import phone_of
from base.store.models import Entity, Setting
from patrimoine.domain import tree
from patrimoine.domain.kinds import ReportState, TagState
from patrimoine.models import Asset, Category, Tag, TagReport
from patrimoine.queries.places import placed

#: The setting of an authority: how long it keeps what leads back to whoever reported something.
CONTACT_DAYS = "patrimoine.contacts_days"
#: States in which somebody still has to deal with a report.
OPEN_REPORTS = (ReportState.RECEIVED, ReportState.ACCEPTED)


class TokenOwner(NamedTuple):
    """Which asset and authority a valid token leads to; a blank tag has no asset."""

    tag_id: int
    asset_id: int | None
    entity_id: int


class PublicAsset(NamedTuple):
    """What a stranger may know of an asset."""

    name: str
    place: str
    #: Of the post; empty when it is not known.
    address: str
    town: str
    #: Whom to call: the authority's own number, else that of the one above it.
    phone: str | None
    may_report: bool
    #: Days for which the authority has chosen to keep a contact, as it stands there.
    contact_days: str | None

    @property
    def dialled(self) -> str:
        """The number as a telephone dials it."""
        return "".join(c for c in self.phone or "" if c in "+0123456789")


class PublicReport(NamedTuple):
    """What strangers may know of an open report; no words of other strangers."""

    id: int
    label: str | None
    reported_at: datetime
    supporters: int
    state: str
    #: The secret of whoever wrote it, by which they know their own; never shown to others.
    follow_token: str | None


def token_owner(session: Session, token: str | None) -> TokenOwner | None:
    """Where a token leads; None when unknown, revoked or malformed, at the same cost."""
    tag = Tag.__table__
    row = session.core(
        select(tag.c.id, tag.c.asset_id, tag.c.entity_id).where(
            tag.c.token == (token or ""), tag.c.state != TagState.REVOKED
        )
    ).first()
    return TokenOwner(*row) if row else None


@cache
def _public() -> Select[Any]:
    """What strangers read of the asset ``asset_id``: made once, for all their requests."""
    asset, category, entity = Asset.__table__, Category.__table__, Entity.__table__
    setting = Setting.__table__
    return (
        select(
            asset.c.name,
            asset.c.path,
            entity.c.name,
            phone_of(asset.c.entity_id),
            category.c.public_report,
            setting.c.value,
        )
        .select_from(
            asset.join(entity, entity.c.id == asset.c.entity_id)
            .outerjoin(category, category.c.id == asset.c.category_id)
            .outerjoin(
                setting,
                and_(setting.c.entity_id == asset.c.entity_id, setting.c.key == CONTACT_DAYS),
            )
        )
        .where(asset.c.id == bindparam("asset_id"), asset.c.archived_on.is_(None))
    )


def public_asset(session: Session, owner: TokenOwner) -> PublicAsset | None:
    """Name, place, address and town; None for a blank tag or an asset out of the register."""
    row = session.core(_public(), {"asset_id": owner.asset_id}).first()
    if row is None or owner.asset_id is None:
        return None
    name, path, town, phone, may_report, days = row
    place = placed(session.core, {owner.asset_id: tree.line_ids(path)})[owner.asset_id]
    return PublicAsset(name, place.words, place.address, town, phone, bool(may_report), days)


def public_reports(session: Session, asset_id: int) -> list[PublicReport]:
    """The open reports of an asset as strangers see them, newest first, five at most."""
    report = TagReport.__table__
    rows = session.core(
        select(
            report.c.id,
            report.c.public_label,
            report.c.reported_at,
            report.c.supporters,
            report.c.state,
            report.c.follow_token,
        )
        .where(report.c.asset_id == asset_id, report.c.state.in_(OPEN_REPORTS))
        .order_by(report.c.reported_at.desc())
        .limit(5)
    )
    return [PublicReport(*row) for row in rows]


def open_reports(session: Session, asset_id: int) -> Sequence[TagReport]:
    """The open reports of an asset in full, for those who may see it, newest first."""
    return session.scalars(
        select(TagReport)
        .where(TagReport.asset_id == asset_id, TagReport.state.in_(OPEN_REPORTS))
        .order_by(TagReport.reported_at.desc())
    ).all()


def tag_of_asset(session: Session, asset_id: int) -> Tag | None:
    """The newest valid tag of an asset, if any."""
    return session.scalars(
        select(Tag)
        .where(Tag.asset_id == asset_id, Tag.state != TagState.REVOKED)
        .order_by(Tag.id.desc())
        .limit(1)
    ).first()


def tag_by_token(session: Session, token: str) -> Tag | None:
    """The tag of a code as it is kept, whatever its state."""
    return session.scalars(select(Tag).where(Tag.token == token)).one_or_none()


def report_by_id(
    session: Session, report_id: int, *, asset_id: int | None = None
) -> TagReport | None:
    """What a stranger reported, on an asset where one is given."""
    found = select(TagReport).where(TagReport.id == report_id)
    if asset_id is not None:
        found = found.where(TagReport.asset_id == asset_id)
    return session.scalars(found).one_or_none()
