"""What an authority decides for itself: numbers that modules declare, with bounds and a default.

A module declares at start, reads with ``value_of``, and nothing else is needed: the page of
settings shows what was declared, and each change is in the trail.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from base.basics.errors import InvalidInput, NotFound
from base.basics.i18n import _
from base.basics.sessions import Session
from base.store.models import Setting


@dataclass(frozen=True)
class Declared:
    """A whole number that an authority may change."""

    #: Word of the table, never changed: "patrimoine.contacts_days".
    key: str
    #: The card of the page that it stands on.
    subject: Any
    label: Any
    #: One sentence: what it changes.
    help: Any
    unit: Any
    default: int
    low: int
    high: int

    def read(self, stored: str | None) -> int:
        """What counts of a value as it is kept: within the bounds; the default for none."""
        if stored is None or not stored.isdecimal():
            return self.default
        return min(max(int(stored), self.low), self.high)


_DECLARED: dict[str, Declared] = {}


def registry() -> dict[str, Declared]:
    """What the modules have declared when they were loaded, by key, in order."""
    return _DECLARED


def declare(setting: Declared) -> Declared:
    """Offer a setting to every authority; a module does so where it reads it."""
    _DECLARED[setting.key] = setting
    return setting


def rows_of(session: Session, entity_ids: Iterable[int]) -> dict[tuple[int, str], Setting]:
    """The values that authorities have chosen, by authority and key; one statement."""
    rows = session.scalars(
        select(Setting).where(
            Setting.entity_id.in_(list(entity_ids)), Setting.key.in_(list(registry()))
        )
    )
    return {(row.entity_id, row.key): row for row in rows}


def value_of(session: Session, key: str, entity_id: int | None = None) -> int:
    """What counts: the choice of the authority, else the default.

    Without an authority, that of the first in the session's scope that has chosen: a page over
    several authorities has one rule. Read once a session.
    """
    declared = registry()[key]
    kept: dict[tuple[int, str], str] = session.info.get("own_settings")
    if kept is None:
        rows = session.execute(
            select(Setting.entity_id, Setting.key, Setting.value)
            .where(Setting.key.in_(list(registry())))
            .order_by(Setting.entity_id)
        )
        kept = {(owner, name): value for owner, name, value in rows if value.isdecimal()}
        session.info["own_settings"] = kept
    for (owner, name), value in kept.items():
        if name == key and entity_id in (None, owner):
            return declared.read(value)
    return declared.default


def choose(session: Session, key: str, typed: str, *, entity_id: int) -> None:
    """Change one setting of an authority; an empty text, or the default, goes back to it.

    Raises:
        NotFound: nothing is declared under that key.
        InvalidInput: it is no whole number between the bounds.
    """
    declared = registry().get(key)
    if declared is None:
        raise NotFound(_("Ce réglage n’existe pas."))
    text = "".join(typed.split())
    row = session.scalars(
        select(Setting).where(Setting.entity_id == entity_id, Setting.key == key)
    ).one_or_none()
    session.info.pop("own_settings", None)
    if text:
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
        if not declared.low <= number <= declared.high:
            words = _(
                "%(l)s : un nombre entier de %(a)s à %(b)s.",
                l=str(declared.label),
                a=declared.low,
                b=declared.high,
            )
            raise InvalidInput.at(key, words)
        if number != declared.default:
            if row is None:
                session.add(Setting(entity_id=entity_id, key=key, value=str(number)))
            else:
                row.value = str(number)
            session.flush()
            return
    if row is not None:
        session.delete(row)
    session.flush()
