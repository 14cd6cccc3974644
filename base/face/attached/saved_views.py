"""Views of lists that people keep: for themselves, or for their authority."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import and_, or_, select

from base.basics.errors import DomainError, InvalidInput
from base.basics.i18n import _
from base.basics.rows import row_by_id
from base.basics.sessions import Session
from base.store.models import SavedView

#: Views of one list that a person sees.
MAX_VIEWS = 40


class NotYours(DomainError):
    """The view belongs to somebody else."""

    status = 403


def of_list(session: Session, view: str, user_id: int | None) -> Sequence[SavedView]:
    """The person's views of a list and the shared ones, by name; the nameless row comes first."""
    return session.scalars(
        select(SavedView)
        .where(
            SavedView.view == view,
            or_(SavedView.user_id == user_id, and_(SavedView.is_shared, SavedView.name != "")),
        )
        .order_by(SavedView.name, SavedView.id)
        .limit(MAX_VIEWS + 1)
    ).all()


def _named(session: Session, view: str, user_id: int, name: str) -> SavedView | None:
    return session.scalar(
        select(SavedView)
        .where(SavedView.view == view, SavedView.user_id == user_id, SavedView.name == name)
        .order_by(SavedView.id)
        .limit(1)
    )


def _clean(name: str) -> str:
    name = " ".join(name.split())[:120]
    if not name:
        raise InvalidInput.at("name", _("Donnez un nom à cette vue."))
    return name


def keep(
    session: Session,
    *,
    view: str,
    name: str,
    query: str,
    user_id: int,
    entity_id: int,
    shared: bool,
) -> SavedView:
    """Keep a list's address under a name; the person's own view of that name is replaced.

    Raises:
        InvalidInput: the name is empty, or the person keeps MAX_VIEWS views of the list.
    """
    name = _clean(name)
    row = _named(session, view, user_id, name)
    if row is None:
        if len(of_list(session, view, user_id)) >= MAX_VIEWS:
            raise InvalidInput(_("Cette liste a déjà %(n)d vues : supprimez-en une.", n=MAX_VIEWS))
        row = SavedView(view=view, user_id=user_id, entity_id=entity_id, name=name)
        session.add(row)
    row.query, row.is_shared = query, shared
    session.flush()
    return row


def require_own(row: SavedView, user_id: int | None, *, may_share: bool) -> None:
    """Refuse a person who neither made the view nor looks after those of the authority.

    Raises:
        NotYours: so it is.
    """
    if row.user_id != user_id and not (row.is_shared and may_share):
        raise NotYours(_("Cette vue est celle d’une autre personne."))


def rename(session: Session, row: SavedView, name: str) -> None:
    """Give a view another name.

    Raises:
        InvalidInput: the name is empty, or another view of this person has it.
    """
    name = _clean(name)
    other = _named(session, row.view, row.user_id, name)
    if other is not None and other is not row:
        raise InvalidInput(_("Une autre de vos vues porte déjà ce nom."))
    row.name = name
    session.flush()


def remember(
    session: Session, view: str, user_id: int, entity_id: int, **values: str | None
) -> None:
    """Keep choices of a person for a list in their nameless row; None forgets one."""
    row = _named(session, view, user_id, "")
    if row is None:
        row = SavedView(view=view, user_id=user_id, entity_id=entity_id, name="", query="")
        session.add(row)
    kept = dict(parse_qsl(row.query))
    for key, value in values.items():
        kept.pop(key, None)
        if value is not None:
            kept[key] = value
    row.query = urlencode(kept)
    session.flush()


def by_id(session: Session, view_id: int) -> SavedView | None:
    """A view of the person's authorities, whosever it is."""
    return row_by_id(session, SavedView, view_id)
