"""The end of an asset: out of the lists, back again, or out of the register for good."""

from __future__ import annotations

from datetime import date

from sqlalchemy import and_, func, select

from base.basics import facts
from base.basics.errors import DomainError
from base.basics.i18n import _, _l, kept, ngettext
from base.basics.sessions import Session
from base.store.history import trail
from patrimoine.domain import tree
from patrimoine.models import Asset, AssetMove, CostLine, FieldValue, Geometry, Tag, TagReport
from patrimoine.queries.tree import in_branch


class ArchiveRefused(DomainError):
    """Something in use stands below the asset."""


class RemovalRefused(DomainError):
    """Something depends on the asset."""


def archive(session: Session, asset: Asset, *, on: date, reason: str | None = None) -> Asset:
    """The asset out of the lists from the day ``on``; its history and costs stay.

    Raises:
        ArchiveRefused: assets in use stand below it.
        InvalidInput: the day is ahead, or before the asset was acquired.
    """
    facts.require_past({"on": on})
    facts.require_order(asset.acquired_on, on, field="on")
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


def restore(session: Session, asset: Asset) -> Asset:
    """The asset back in the lists.

    Raises:
        TreeRefused: what it stood in is archived.
    """
    if asset.parent_id is not None:
        parent = session.get(Asset, asset.parent_id)
        if parent is not None and parent.archived_on is not None:
            raise tree.TreeRefused(
                _("« %(p)s » est archivé : restaurez-le d’abord.", p=parent.name)
            )
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
