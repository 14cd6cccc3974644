"""Departments of an authority: their tree, and who heads each."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select

from base.basics import clock, put_away
from base.basics.errors import DomainError, InvalidInput
from base.basics.folding import full_name
from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.rules.rights import retired
from base.rules.rights.actors import security
from base.rules.verbs import Door, verb
from base.store.models import Department, UserEntity


class Branch(NamedTuple):
    """A department at its depth below the top."""

    row: Department
    depth: int


def tree(session: Session) -> list[Branch]:
    """The departments in use, parents before children, by authority and name; one statement."""
    rows = session.scalars(
        select(Department)
        .where(Department.archived_on.is_(None))
        .order_by(Department.entity_id, Department.name)
    ).all()
    shown = {row.id for row in rows}
    below: dict[int | None, list[Department]] = {}
    for row in rows:
        below.setdefault(row.parent_id if row.parent_id in shown else None, []).append(row)
    found: list[Branch] = []

    def walk(row: Department, depth: int) -> None:
        found.append(Branch(row, depth))
        for child in below.get(row.id, ()):
            walk(child, depth + 1)

    for top in below.get(None, ()):
        walk(top, 0)
    return found


def people(entity_ids: Any) -> dict[int, str]:
    """Who may head a department: the open accounts that work for the authorities, by name."""
    rows = security().execute(
        select(User.id, User.first_name, User.last_name)
        .where(
            User.active,
            User.id.in_(select(UserEntity.user_id).where(UserEntity.entity_id.in_(entity_ids))),
        )
        .order_by(func.lower(User.last_name), User.id)
        .limit(500)
    )
    return {i: full_name(first, last) for i, first, last in rows}


def check(session: Session, row: Department) -> None:
    """Refuse a place in the tree or a head that cannot be.

    Raises:
        InvalidInput: the department would stand below itself or in another authority, or its head
            does not work for the authority.
    """
    parents = {
        i: (parent_id, entity_id)
        for i, parent_id, entity_id in session.execute(
            select(Department.id, Department.parent_id, Department.entity_id)
        )
    }
    if row.parent_id is not None:
        sentence = ""
        if parents.get(row.parent_id, (None, None))[1] != row.entity_id:
            sentence = _("Ce service est d’une autre entité.")
        here: int | None = row.parent_id
        seen: set[int] = set()
        while here is not None and here not in seen:
            if here == row.id:
                sentence = _("Ce service est lui-même sous celui-ci.")
                break
            seen.add(here)
            here = parents.get(here, (None, None))[0]
        if sentence:
            raise InvalidInput.at("parent", sentence)
    if row.head_id is not None and row.head_id not in people([row.entity_id]):
        raise InvalidInput.at("head_id", _("Cette personne ne travaille pas pour l’entité."))


retired.retires(Department)


@verb(
    Department,
    _l("Archiver"),
    "archive",
    right="edit",
    doors=Door.DESK,
    said=lambda row, made, values: _("« %(n)s » n’est plus proposé.", n=row.name),
)
def archive(session: Session, row: Department) -> None:
    """Take a department out of the forms; what has it keeps it.

    Raises:
        DomainError: others stand below it; with how many.
        TransitionRefused: it is archived; the day of that stays.
    """
    put_away.require_listed(row, row.name)
    below = session.scalar(
        select(func.count(Department.id)).where(
            Department.parent_id == row.id, Department.archived_on.is_(None)
        )
    )
    if below:
        raise DomainError(
            ngettext(
                "%(num)d service est encore dessous : déplacez-le d’abord.",
                "%(num)d services sont encore dessous : déplacez-les d’abord.",
                below,
            )
        )
    row.archived_on = clock.today()


@verb(
    Department,
    _l("Remettre en service"),
    "arrow-back-up",
    right="edit",
    doors=Door.DESK,
    said=lambda row, made, values: _("« %(n)s » est de nouveau proposé.", n=row.name),
)
def restore(session: Session, row: Department) -> None:
    """Bring a department back to the forms.

    Raises:
        TransitionRefused: it is not archived.
    """
    put_away.require_away(row, row.name)
    row.archived_on = None
