"""What is read for all the rows of a session at once, when the first of them is asked.

A page shows many rows that each say the same kind of thing of their own: where they are. Reading it
row by row would be a statement a row; having every page read it beforehand would be a line of code
a page, and one forgotten. A lot reads it for all the rows that the session holds, in one statement,
the first time that one of them is asked, and remembers it until the session writes, takes back
what it wrote, or ends its transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm import object_session

T = TypeVar("T")
#: Keys read in one statement, and kept at most of one lot.
MOST, KEPT = 1_000, 10_000
_KNOWN = "together"


class Lot(Generic[T]):
    """Things that rows say of themselves by a key; ``read(session, keys)`` gives them by key."""

    def __init__(self) -> None:
        self._read: Callable[[Any, set[int]], Mapping[int, T]] | None = None
        #: Class that has an attribute of the lot -> its attribute that holds the key.
        self._keys: dict[type, str] = {}

    def reader(
        self, read: Callable[[Any, set[int]], Mapping[int, T]]
    ) -> Callable[[Any, set[int]], Mapping[int, T]]:
        """Say how the lot is read: queries know models, and not the reverse."""
        self._read = read
        return read

    def by(self, key: str, said: Callable[[T], str], on: str = "") -> Any:
        """An attribute of the class it stands in; empty for a row without a key.

        It joins the parts ``on`` by itself, as columns do (``base/filling.py``).
        """
        return Each(self, key, said, on)

    def belongs(self, owner: type, key: str) -> None:
        """Rows of a class are read with those of the others."""
        self._keys[owner] = key

    def of(self, row: Any, key: str) -> T | None:
        """What a row says; None when it has no key, or its session does not see what it names."""
        wanted, session = getattr(row, key), object_session(row)
        if wanted is None or session is None:
            return None
        known = _known(session, self)
        if wanted not in known:
            self._read_all(session, int(wanted))
            known = _known(session, self)
        found: T | None = known[wanted]
        return found

    def _read_all(self, session: OrmSession, wanted: int) -> None:
        """Read what the rows of the session have not told yet, ``wanted`` first."""
        if self._read is None:
            raise RuntimeError("nobody said how the lot is read")
        known = _known(session, self)
        missing = {wanted}
        for row in session.identity_map.values():
            if len(missing) == MOST:
                break
            key = self._key_of(type(row))
            # What is not loaded is not read for it: the row is not on this page.
            number = row.__dict__.get(key) if key is not None else None
            if number is not None and number not in known:
                missing.add(number)
        found = self._read(session, missing)
        # After the statement: it may have written first, or begun the transaction.
        known = _known(session, self)
        if len(known) > KEPT:
            known.clear()
        known.update({number: found.get(number) for number in missing})

    def _key_of(self, kind: type) -> str | None:
        return next((self._keys[c] for c in kind.__mro__ if c in self._keys), None)


class Each(property):
    """What one row says of a lot."""

    def __init__(self, lot: Lot[Any], key: str, said: Callable[[Any], str], on: str) -> None:
        def read(row: Any) -> str:
            found = lot.of(row, key)
            return "" if found is None else said(found)

        super().__init__(read)
        self._lot, self._key, self.on = lot, key, on

    def __set_name__(self, owner: type, name: str) -> None:
        self._lot.belongs(owner, self._key)


def said_by(model: type) -> dict[str, Each]:
    """The attributes of a model that are read for all its rows at once, by name."""
    return {
        name: value
        for kind in model.__mro__
        for name, value in vars(kind).items()
        if isinstance(value, Each)
    }


def _known(session: OrmSession, lot: Lot[Any]) -> dict[int, Any]:
    """Key -> what was read in this transaction."""
    here = session.get_transaction()
    began, lots = session.info.get(_KNOWN, (None, {}))
    if began is not here or here is None:
        lots = {}
        session.info[_KNOWN] = (here, lots)
    known: dict[int, Any] = lots.setdefault(lot, {})
    return known


@event.listens_for(OrmSession, "after_flush")
def _forget(session: OrmSession, context: Any) -> None:
    session.info.pop(_KNOWN, None)


@event.listens_for(OrmSession, "after_soft_rollback")
def _undone(session: OrmSession, transaction: Any) -> None:
    """What was read within a savepoint goes with what was written there."""
    session.info.pop(_KNOWN, None)


def aside(row: Any) -> str:
    """What tells a row from others of its name, as its model says in ``__aside__``; else empty."""
    name = aside_name(type(row))
    return str(getattr(row, name) or "") if name else ""


def aside_name(model: type) -> str:
    """The attribute that tells rows of one name apart; empty when the model names none."""
    return str(getattr(model, "__aside__", ""))


def told(row: Any) -> str:
    """A row in one line, told from others of its name."""
    more = aside(row)
    return f"{row}, {more}" if more else str(row)
