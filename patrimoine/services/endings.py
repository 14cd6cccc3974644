"""The end of an asset: out of the lists, back again, or out of the register for good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from sqlalchemy import and_, func, select

from base.basics import clock, facts, put_away
from base.basics.errors import DomainError, InvalidInput
from base.basics.formats import day as say_day
from base.basics.i18n import _, _l, kept, ngettext
from base.basics.sessions import Session
from base.rules.rights import standing
from base.rules.verbs import Ask, Door
from base.store.history import trail
from patrimoine.models import Asset, AssetMove, CostLine, FieldValue, Geometry, Tag, TagReport
from patrimoine.queries.tree import in_branch
from patrimoine.services.ends import brings_back, puts_away, require_in_use


class Latest(NamedTuple):
    """The latest fact of a kind on an asset: its day, and what it was, in words."""

    on: date
    what: str


#: What each module knows of the latest facts of an asset; None when there was none.
_LATEST: list[Callable[[Session, Asset], Latest | None]] = []


def tells_latest(*reads: Callable[[Session, Asset], Latest | None]) -> None:
    """Declare kinds of facts that no asset has after its last day; a bill may come later."""
    _LATEST.extend(reads)


def _moved(session: Session, asset: Asset) -> Latest | None:
    # Where it was first put is the day on which it was entered, however old it is.
    days = select(AssetMove.starts_on).where(AssetMove.asset_id == asset.id)
    found = session.scalars(days.order_by(AssetMove.starts_on.desc()).limit(2)).all()
    return Latest(found[0], _("un déplacement")) if len(found) > 1 else None


def _inspected(session: Session, asset: Asset) -> Latest | None:
    on = asset.last_inspection_on
    return None if on is None else Latest(on, _("un contrôle"))


tells_latest(_moved, _inspected)


def _require_over(session: Session, asset: Asset, on: date) -> None:
    found = [latest for read in _LATEST if (latest := read(session, asset)) is not None]
    last = max(found, key=lambda latest: latest.on, default=None)
    if last is not None and last.on > on:
        raise InvalidInput.at(
            "on",
            _(
                "« %(a)s » a encore servi après le %(on)s : %(what)s le %(day)s. Archivez-le à "
                "partir de ce jour.",
                a=asset.name,
                on=say_day(on),
                what=last.what,
                day=say_day(last.on),
            ),
        )


class ArchiveRefused(DomainError):
    """Something in use stands below the asset."""


class RemovalRefused(DomainError):
    """Something depends on the asset."""


@puts_away(
    Asset,
    lambda row: _("« %(n)s » est archivé.", n=row.name),
    doors=Door.DESK | Door.BULK | Door.REST,
    asks={"on": Ask(at=Door.REST), "reason": Ask(at=Door.REST)},
    confirm=_l("Archiver les biens cochés ? Ils sortent des listes, leur histoire reste."),
    done=lambda n: ngettext("1 bien archivé.", "%(num)d biens archivés.", n),
)
def archive(
    session: Session, asset: Asset, *, on: date | None = None, reason: str | None = None
) -> Asset:
    """The asset out of the lists from the day ``on``, or today; its history and costs stay.

    Raises:
        ArchiveRefused: assets in use stand below it.
        TransitionRefused: it is archived; the day of that stays.
        InvalidInput: the day is ahead, before the asset was acquired, or before the latest of what
            was done on it.
    """
    # What is put below it at this moment is waited for, then seen.
    standing.hold_alone(session, Asset, [asset.id])
    put_away.require_listed(asset, asset.name)
    on = on or clock.today()
    facts.require_past({"on": on})
    facts.require_order(asset.acquired_on, on, field="on")
    _require_over(session, asset, on)
    below = session.scalar(
        select(func.count(Asset.id)).where(
            in_branch(asset.path), Asset.id != asset.id, Asset.archived_on.is_(None)
        )
    )
    if below:
        raise ArchiveRefused(
            ngettext(
                "« %(a)s » contient encore %(n)d bien en service : déplacez-le ou archivez-le "
                "d’abord.",
                "« %(a)s » contient encore %(n)d biens en service : déplacez-les ou archivez-les "
                "d’abord.",
                below,
                a=asset.name,
                n=below,
            )
        )
    asset.archived_on = on
    if reason:
        words = kept(_l("Archivé : %(r)s", r=reason))
        trail.note(session, asset, {"kind": "change", "text": words})
    session.flush()
    return asset


@brings_back(
    Asset,
    lambda row: _("« %(n)s » est de nouveau dans les listes.", n=row.name),
    doors=Door.DESK | Door.REST,
)
def restore(session: Session, asset: Asset) -> Asset:
    """The asset back in the lists.

    Raises:
        TransitionRefused: it is not archived, or what it stood in is.
    """
    put_away.require_away(asset, asset.name)
    if asset.parent_id is not None:
        standing.hold(session, Asset, [asset.parent_id])
        parent = session.get(Asset, asset.parent_id)
        if parent is not None:
            require_in_use(parent)
    asset.archived_on = None
    session.flush()
    return asset


def remove(session: Session, asset: Asset) -> None:
    """The asset out of the register for good: for what was entered by mistake.

    Raises:
        RemovalRefused: something stands below it, was booked on it or reported of it, or a tag
            leads to it; it can be archived.
    """
    for model, criterion, words in (
        (Asset, Asset.parent_id == asset.id, _("des biens y sont rangés")),
        (CostLine, CostLine.asset_id == asset.id, _("des coûts y sont inscrits")),
        (TagReport, TagReport.asset_id == asset.id, _("des signalements le concernent")),
        (Tag, Tag.asset_id == asset.id, _("une étiquette y mène")),
        (
            FieldValue,
            FieldValue.value_asset_id == asset.id,
            _("un champ d’un autre bien y mène"),
        ),
    ):
        if session.scalar(select(model.id).where(criterion).limit(1)) is not None:
            raise RemovalRefused(
                _(
                    "« %(a)s » ne peut pas être supprimé : %(w)s. Archivez-le.",
                    a=asset.name,
                    w=words,
                )
            )
    for model, criterion in (
        (AssetMove, AssetMove.asset_id == asset.id),
        (Geometry, Geometry.asset_id == asset.id),
        (
            FieldValue,
            and_(FieldValue.record_type == Asset.__tablename__, FieldValue.record_id == asset.id),
        ),
    ):
        for row in session.scalars(select(model).where(criterion)):
            session.delete(row)
    session.flush()
    session.delete(asset)
    session.flush()
