"""How the records of one table are taken back: what a module declares, and what is usual."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import TypeDecorator, inspect, select
from sqlalchemy.orm import Mapper

from base import filling
from base.basics import clock
from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.store.choice import Choice
from base.store.database import Exact
from base.store.history import wording
from base.store.history.trail import record_name, tracked_columns

_CHUNK = 500


class Fate(Choice):
    """What undoing does to one record."""

    #: It was made by the import and is taken out of the register.
    REMOVED = "removed", _l("Retirée")
    #: It was made by the import; a verb of its own takes it back, the row stays as history.
    REVERSED = "reversed", _l("Annulée")
    #: It was made by the import; what was reversed still speaks of it: it leaves the lists.
    ARCHIVED = "archived", _l("Archivée"), "archive", "idle"
    #: Its former values return.
    RESTORED = "restored", _l("Rétablie")
    #: Some of its former values return; others changed since.
    PARTLY = "partly", _l("Rétablie en partie"), "arrow-back-up", "plan"
    #: It stays as it is, for a reason.
    KEPT = "kept", _l("Gardée"), "lock", "run"
    #: There is nothing to take back: it is gone, or as it was.
    NOTHING = "nothing", _l("Rien à faire")


#: Those of which a person should know the reason.
NAMED = (Fate.KEPT, Fate.PARTLY, Fate.ARCHIVED)


def counted(fate: Fate, number: int) -> str:
    """A count in words, each with its own plural."""
    if fate is Fate.REMOVED:
        return ngettext("%(num)d retirée", "%(num)d retirées", number)
    if fate is Fate.PARTLY:
        return ngettext("%(num)d rétablie en partie", "%(num)d rétablies en partie", number)
    if fate is Fate.RESTORED:
        return ngettext("%(num)d rétablie", "%(num)d rétablies", number)
    if fate is Fate.REVERSED:
        return ngettext("%(num)d annulée", "%(num)d annulées", number)
    if fate is Fate.ARCHIVED:
        return ngettext("%(num)d archivée", "%(num)d archivées", number)
    if fate is Fate.KEPT:
        return ngettext("%(num)d gardée", "%(num)d gardées", number)
    return ngettext("%(num)d sans effet", "%(num)d sans effet", number)


@dataclass(slots=True)
class Step:
    """One record that an import made or changed, on its way back."""

    record: str
    record_id: int
    #: Id of the import's row that remembers it, and the line of the file (0: made along the way).
    row_id: int
    number: int
    made: bool
    #: Attribute -> [before, after] as JSON gives them: of a change, or beside the making.
    changes: dict[str, list[Any]]
    #: Attribute -> value it was made with, as JSON gives it.
    values: dict[str, Any] = field(default_factory=dict)
    #: What people call it.
    label: str = ""
    fate: Fate | None = None
    #: Why it is kept, or why some of it is.
    reasons: list[str] = field(default_factory=list)
    #: Attribute -> typed value to put back.
    back: dict[str, Any] = field(default_factory=dict)
    #: Whatever the undoer keeps from judging to doing.
    extra: Any = None

    def keep(self, reason: str) -> None:
        """Leave the record as it is, and say why."""
        self.fate = Fate.KEPT
        self.back = {}
        if reason not in self.reasons:
            self.reasons.append(reason)


class Undoer:
    """How records of one root table are taken back. The usual way suits a plain model."""

    #: The root class.
    model: Any
    #: Those of a higher order are undone first: what stands on others before the others.
    order: int = 50
    #: What a record made by the import becomes.
    ending: Fate = Fate.REMOVED
    #: Classes whose rows go with the record: they keep nothing alive.
    owned: tuple[Any, ...] = ()
    #: Attribute that names the record that this one is a part of: it shares its fate.
    part_of: str = ""
    #: "une intervention": how the reason says that one of these stands on another.
    called: Any = ""
    #: Attributes that change without anybody's hand.
    unwatched: frozenset[str] = frozenset()
    #: It belongs to the installation: other authorities may use it, which only the database sees.
    common: bool = False

    @property
    def record(self) -> str:
        """The root table."""
        return record_name(self.model)

    @property
    def archives(self) -> bool:
        """Whether such records can be put away."""
        return hasattr(self.model, "archived_on")

    def watched(self, row: Mapping[str, Any]) -> Sequence[str]:
        """The attributes whose change shows that somebody worked on the record."""
        return [a.key for a in tracked_columns(inspect(self.model))]

    def current(self, session: Session, steps: Sequence[Step]) -> dict[int, dict[str, Any]]:
        """The present values of the watched attributes, by id; who is not there is gone."""
        names = list(self.watched({}))
        columns = [getattr(self.model, name) for name in names]
        found: dict[int, dict[str, Any]] = {}
        for ids in chunks(step.record_id for step in steps):
            rows = session.execute(select(self.model.id, *columns).where(self.model.id.in_(ids)))
            for key, *values in rows:
                found[key] = dict(zip(names, values, strict=True))
        return found

    def typed(self, key: str, plain: Any, row: Mapping[str, Any]) -> Any:
        """A value as the attribute holds it, from what JSON kept of it."""
        return typed(inspect(self.model), key, plain)

    def unset(self, key: str, row: Mapping[str, Any]) -> Any:
        """What the attribute holds when nobody gave it a value."""
        return default_of(inspect(self.model), key)

    def words_of(self, key: str) -> str:
        """An attribute as people read it."""
        return wording.in_a_line(self.record, key)

    def label(self, row: Mapping[str, Any]) -> str:
        """What people call the record."""
        known = [row.get(key) for key in ("number", "code", "reference", "label", "name", "title")]
        return " · ".join(dict.fromkeys(str(word) for word in known if word))[:150]

    def spent(self, session: Session, ids: Sequence[int]) -> set[int]:
        """Those that only tell what was taken back: what they speak of is archived, not kept."""
        return set()

    def judge(self, session: Session, entity_id: int, steps: Sequence[Step]) -> None:
        """Keep, with a reason, what the usual rules do not see. Reads only."""

    def remove(self, session: Session, entity_id: int, steps: Sequence[Step]) -> None:
        """Take records out of the register; what is owned goes along."""
        for step, row in self.rows(session, steps):
            del step
            session.delete(row)
        session.flush()

    def archive(self, session: Session, entity_id: int, steps: Sequence[Step]) -> None:
        """Put records away."""

        for _step, row in self.rows(session, steps):
            row.archived_on = clock.today()
        session.flush()

    def restore(self, session: Session, entity_id: int, steps: Sequence[Step]) -> None:
        """Put former values back."""
        for step, row in self.rows(session, steps):
            for key, value in step.back.items():
                setattr(row, key, value)
        session.flush()

    def put_back(self, session: Session, entity_id: int, steps: Sequence[Step]) -> None:
        """As ``restore``; what joined the files by itself is put back beside it."""
        joined = filling.joined(self.model, "import")
        whole = [(step, step.back) for step in steps]
        try:
            for step, back in whole:
                step.back = {name: value for name, value in back.items() if name not in joined}
            self.restore(session, entity_id, steps)
        finally:
            for step, back in whole:
                step.back = back
        for step, row in self.rows(session, steps):
            filling.give(row, {name: step.back[name] for name in joined if name in step.back})
        session.flush()

    def reverse(self, session: Session, entity_id: int, steps: Sequence[Step], reason: str) -> None:
        """Take back by a verb what may not be removed.

        A step that the verb refuses is kept: ``step.keep(sentence)``.
        """
        raise NotImplementedError

    def rows(self, session: Session, steps: Sequence[Step]) -> list[tuple[Step, Any]]:
        """The steps with their rows, in the order of the steps."""
        found: dict[int, Any] = {}
        for ids in chunks(step.record_id for step in steps):
            asked = select(self.model).where(self.model.id.in_(ids))
            found.update((row.id, row) for row in session.scalars(asked).unique())
        return [(step, found[step.record_id]) for step in steps if step.record_id in found]


_UNDOERS: dict[str, Undoer] = {}


def undoes(undoer: Undoer) -> Undoer:
    """Make known how the records of a table are taken back.

    Raises:
        RuntimeError: another way is known already.
    """
    known = _UNDOERS.get(undoer.record)
    if known is not None and type(known) is not type(undoer):
        raise RuntimeError(f"two ways to undo {undoer.record!r}")
    _UNDOERS[undoer.record] = undoer
    return undoer


def undoer_of(record: str) -> Undoer | None:
    """How records of a root table are taken back; None when nobody said."""
    return _UNDOERS.get(record)


def typed(mapper: Mapper[Any], key: str, plain: Any) -> Any:
    """A value as a column holds it, from JSON: days and exact numbers are texts there."""
    if plain is None or key not in mapper.columns:
        return plain
    kind: Any = mapper.columns[key].type
    wanted = (kind.impl if isinstance(kind, TypeDecorator) else kind).python_type
    if wanted is Decimal or isinstance(kind, Exact):
        return Decimal(str(plain))
    if wanted in (date, datetime):
        return wanted.fromisoformat(plain)
    return wanted(plain)


def default_of(mapper: Mapper[Any], key: str) -> Any:
    """The plain default of a column, if it has one."""
    default: Any = mapper.columns[key].default if key in mapper.columns else None
    return default.arg if default is not None and default.is_scalar else None


def chunks(values: Iterable[int]) -> Iterable[list[int]]:
    """Lists of ids short enough for ``IN``, each id once."""
    found = list(dict.fromkeys(values))
    for start in range(0, len(found), _CHUNK):
        yield found[start : start + _CHUNK]


def changed_words(undoer: Undoer, keys: Iterable[str]) -> str:
    """The sentence for attributes that somebody changed after the import."""
    names = ", ".join(dict.fromkeys(str(undoer.words_of(key)) for key in keys))
    return _("modifiée depuis (%(names)s)", names=names)
