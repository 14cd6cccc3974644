"""Categories: make one, change what it allows, put it elsewhere in the tree, end it."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from sqlalchemy import func, select

from base.basics import clock, put_away
from base.basics.errors import DomainError
from base.basics.i18n import _, ngettext
from base.basics.sessions import Session
from base.rules.verbs import NOWHERE, Ask
from patrimoine.domain.kinds import CAPABILITIES, Kind
from patrimoine.models import Category
from patrimoine.queries.categories import is_below, use_of
from patrimoine.services.checks import at_field
from patrimoine.services.ends import puts_away
from patrimoine.services.fields import how_many

_COLUMNS = {"code", "name", "account", "life_years", "icon", *CAPABILITIES}
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


class CategoryInUse(DomainError):
    """Assets, categories or fields depend on it; the sentence says how many."""


def _check(session: Session, values: dict[str, Any], category: Category | None) -> None:
    if unknown := set(values) - _COLUMNS:
        raise ValueError(f"not set here: {sorted(unknown)}")
    if "code" in values:
        code = values["code"] = str(values["code"] or "").strip()
        if not _CODE.fullmatch(code):
            raise at_field("code", _("Le code est fait de minuscules, de chiffres, de - et de _."))
        taken = session.scalar(select(Category.id).where(func.lower(Category.code) == code))
        if taken is not None and (category is None or taken != category.id):
            raise at_field("code", _("Ce code de catégorie existe déjà."))
    if "name" in values and not str(values["name"] or "").strip():
        raise at_field("name", _("À renseigner."))
    years = values.get("life_years")
    if years is not None and not 1 <= years <= 200:
        raise at_field("life_years", _("De 1 à 200 ans."))
    account = values.get("account")
    if account and not re.fullmatch(r"\d{1,12}", account):
        raise at_field("account", _("Un compte est fait de chiffres : 2182, 21311."))


def _check_parent(session: Session, kind: str, parent: Category, row: Category | None) -> None:
    if parent.kind != kind:
        raise at_field(
            "parent",
            _(
                "« %(p)s » est une catégorie de la nature « %(k)s » : la catégorie mère est de "
                "la même nature.",
                p=parent.name,
                k=str(Kind(parent.kind).word).lower(),
            ),
        )
    if row is not None and is_below(session, parent, row):
        raise at_field("parent", _("« %(p)s » est elle-même sous cette catégorie.", p=parent.name))


def create_category(
    session: Session, *, kind: Kind | str, parent: Category | None = None, **values: Any
) -> Category:
    """A new category of a kind of assets.

    Raises:
        InvalidInput: the code is taken or malformed, or the parent is of another kind.
    """
    if kind not in list(Kind):
        raise at_field("kind", _("À choisir."))
    _check(session, values, None)
    if parent is not None:
        _check_parent(session, kind, parent, None)
    row = Category(kind=Kind(kind), parent_id=parent.id if parent else None, **values)
    session.add(row)
    session.flush()
    return row


def update_category(
    session: Session,
    category: Category,
    *,
    kind: Kind | str | None = None,
    parent: Category | None | bool = False,
    **values: Any,
) -> None:
    """Change a category; ``parent`` False leaves it where it stands.

    Raises:
        CategoryInUse: the kind changes while assets, categories or fields depend on it.
        InvalidInput: as for a new one.
    """
    _check(session, values, category)
    if kind is not None and kind != category.kind:
        use = use_of(session, category)
        if use.assets or use.children:
            sentence = _(
                "La nature ne change plus : %(u)s.", u=_dependents(use.assets, use.children, 0)
            )
            raise CategoryInUse(sentence, {"kind": sentence})
        category.kind = Kind(kind)
    above = category.parent if parent is False else parent
    if isinstance(above, Category):
        _check_parent(session, category.kind, above, category)
    category.parent_id = above.id if isinstance(above, Category) else None
    for name, value in values.items():
        setattr(category, name, value)
    session.flush()


def _dependents(assets: int, children: int, fields: int) -> str:
    words = []
    if assets:
        words.append(_("elle est celle de %(n)s", n=how_many(assets)))
    if children:
        words.append(
            ngettext("%(num)d catégorie est dessous", "%(num)d catégories sont dessous", children)
        )
    if fields:
        words.append(ngettext("%(num)d champ y est lié", "%(num)d champs y sont liés", fields))
    return ", ".join(words)


@puts_away(
    Category,
    lambda row: _("« %(n)s » n’est plus proposée ; ses biens la gardent.", n=row.name),
    right="edit",
    asks={"on": Ask(at=NOWHERE)},
)
def archive_category(session: Session, category: Category, *, on: date | None = None) -> None:
    """Take a category out of forms from the day ``on``, or today; its assets keep it.

    Raises:
        CategoryInUse: categories in use stand below it.
        TransitionRefused: it is archived; the day of that stays.
    """
    put_away.require_listed(category, category.name)
    below = session.scalar(
        select(func.count(Category.id)).where(
            Category.parent_id == category.id, Category.archived_on.is_(None)
        )
    )
    if below:
        raise CategoryInUse(
            _("« %(n)s » ne s’archive pas : %(u)s.", n=category.name, u=_dependents(0, below, 0))
        )
    category.archived_on = on or clock.today()
    session.flush()


def remove_category(session: Session, category: Category) -> None:
    """Delete a category that nothing depends on.

    Raises:
        CategoryInUse: with what does; it can be archived.
    """
    use = use_of(session, category)
    if any(use):
        raise CategoryInUse(
            _(
                "« %(n)s » ne se supprime pas : %(u)s. Archivez-la.",
                n=category.name,
                u=_dependents(*use),
            )
        )
    session.delete(category)
    session.flush()
