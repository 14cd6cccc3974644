"""Putting away and bringing back, declared alike for all that is archived."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from base.basics import put_away
from base.basics.errors import TransitionRefused
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.rules.rights import retired, standing
from base.rules.verbs import Door, verb
from patrimoine.domain.kinds import ReportState, TagState
from patrimoine.models import Asset, Category, CostLine, FieldDefinition, Tag, TagReport


def puts_away(model: type, said: Callable[[Any], str], **more: Any) -> Any:
    """Declare the service that takes a row out of the lists; ``said(row)`` afterwards."""
    return _end(model, _l("Archiver"), "archive", "archive", said, False, **more)


def brings_back(model: type, said: Callable[[Any], str], **more: Any) -> Any:
    """Declare the service that brings such a row back; ``said(row)`` afterwards."""
    word = _l("Remettre en service")
    return _end(model, word, "arrow-back-up", "restore", said, True, **more)


def require_in_use(asset: Asset) -> None:
    """Refuse what is done to assets in use alone: places, shapes and tags are not of the past.

    Raises:
        TransitionRefused: the asset is archived.
    """
    if asset.archived_on is not None:
        raise TransitionRefused(_("« %(p)s » est archivé : restaurez-le d’abord.", p=asset.name))


def _refuse(session: Session, asset_id: int) -> None:
    require_in_use(session.get_one(Asset, asset_id))


# Whatever hangs on an archived asset, by whatever door: see ``base.rules.rights.standing``. The
# place of a branch follows from the tree.
standing.closes(Asset, _refuse, derived=("path", "sort_key"))
# A bill comes late, an entry is taken back: the ledger of what is archived is kept to its day.
standing.lets(
    CostLine, lambda row, changed, day: row.reversal_of_id is not None or row.date_on <= day
)
standing.lets(Tag, standing.ending("state", [TagState.REVOKED]))
standing.lets(TagReport, standing.ending("state", [ReportState.CLOSED, ReportState.REJECTED]))

retired.retires(Category)
# Department and supplier of an entry are those of what it books, which was asked already.
retired.dated(CostLine, retired.follows)


def _end(
    model: type,
    word: Any,
    icon: str,
    name: str,
    said: Callable[[Any], str],
    archived: bool,
    **more: Any,
) -> Any:
    return verb(
        model,
        word,
        icon,
        name=name,
        doors=more.pop("doors", Door.DESK),
        when=lambda row: (row.archived_on is not None) == archived,
        said=lambda row, made, values: said(row),
        **more,
    )


@brings_back(
    Category, lambda row: _("« %(n)s » est de nouveau proposée.", n=row.name), right="edit"
)
@brings_back(
    FieldDefinition, lambda row: _("« %(n)s » est de nouveau proposé.", n=row.label), right="edit"
)
def bring_back(session: Session, row: Category | FieldDefinition) -> None:
    """Back in forms, lists and imports.

    Raises:
        TransitionRefused: it is not archived.
    """
    put_away.require_away(row, row.name if isinstance(row, Category) else row.label)
    row.archived_on = None
    session.flush()
