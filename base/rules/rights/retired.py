"""Who left, what was closed or withdrawn: nothing new names them, and their record stays as it is.

An agent, a store, an article, a supplier, a department, a category is named by rows that are not
its own: it is not what they hang on (``base.rules.rights.standing`` is for that), yet nothing of
after its last day is theirs. A module says which kinds end so (``retires(Agent)``) and the day of
what names them where that is not ``date_on`` (``dated(AgentRate, …)``). A fact of before that day
is taken, however late it is told; what has no day is of now.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import event, inspect, select
from sqlalchemy.orm.util import identity_key

from base.basics.errors import TransitionRefused
from base.basics.formats import day as say_day
from base.basics.i18n import _
from base.basics.sessions import Session
from base.rules.rights import withheld
from base.rules.rights.rules import PersonSession
from base.rules.rights.standing import touched_columns
from base.store.history.trail import record_name, tracked_columns
from base.store.history.wording import record_word

#: The kinds whose rows end on a day, ``archived_on``.
_RETIRES: list[Any] = []
#: Model -> the day of what a row of it says; None when it is of now.
_DAYS: dict[Any, Callable[[Any], date | None]] = {}
#: Model -> further columns that say something new of whoever the row names already.
_PLANS: dict[Any, frozenset[str]] = {}


class Reference(NamedTuple):
    """A column that names a row of a kind that ends, and the relation that follows it."""

    kind: Any
    column: str
    relation: str | None


class Naming(NamedTuple):
    """A row of a kind that ends, named by what is of a day; None: of now."""

    kind: Any
    key: int
    day: date | None


def retires(model: Any) -> None:
    """Say that nothing new names a row of this kind after its ``archived_on``."""
    _RETIRES.append(model)
    references.cache_clear()


def dated(model: Any, rule: Callable[[Any], date | None], *, plans: tuple[str, ...] = ()) -> None:
    """Say of which day a row is; ``plans`` are columns that count as naming anew."""
    _DAYS[model] = rule
    _PLANS[model] = frozenset(plans)


def follows(row: Any) -> date:
    """The day of rows that follow from others, or come when they come: always taken."""
    return date.min


def require(session: Session, *rows: Any) -> None:
    """Refuse rows that name what had ended by their day: for verbs that write many at once.

    Raises:
        TransitionRefused: it had; who, since when, what to do.
    """
    with session.no_autoflush:
        asked = [Naming(kind, key, day_of(row)) for row in rows for kind, key in _named(row)]
        for sentence in refusals(session, asked).values():
            raise TransitionRefused(sentence)


def refusals(session: Session, asked: Iterable[Naming]) -> dict[Naming, str]:
    """Why none of these may be named: only what had ended by the day of whoever names it."""
    days: dict[Any, dict[int, set[date | None]]] = defaultdict(lambda: defaultdict(set))
    for naming in asked:
        days[naming.kind][naming.key].add(naming.day)
    found: dict[Naming, str] = {}
    for kind, keys in days.items():
        for key, last in _ended(session, kind, list(keys)).items():
            late = [day for day in keys[key] if day is None or day > last]
            if late:
                sentence = _named_sentence(session.get_one(kind, key))
                found |= {Naming(kind, key, day): sentence for day in late}
    return found


def require_named(session: Session, kind: Any, keys: Iterable[int]) -> None:
    """Refuse to name rows that ended, for writes of many rows that pass no flush.

    Raises:
        TransitionRefused: one had; who, since when, what to do.
    """
    for key in _ended(session, kind, sorted(keys)):
        raise TransitionRefused(_named_sentence(session.get_one(kind, key)))


def day_of(row: Any) -> date | None:
    """The day of what a row says; None when it is of now."""
    rule = _DAYS.get(inspect(row).mapper.base_mapper.class_)
    return rule(row) if rule is not None else getattr(row, "date_on", None)


@functools.cache
def references(model: Any) -> tuple[Reference, ...]:
    """The columns of a model by which its rows name what ends."""
    mapper = inspect(model)
    # What has no history of its own is derived, or written down with its owner.
    if not tracked_columns(mapper):
        return ()
    found = []
    for table in mapper.tables:
        for constraint in table.foreign_key_constraints:
            for kind in _RETIRES:
                if constraint.referred_table is not inspect(kind).local_table:
                    continue
                names = [name for name in constraint.column_keys if name != "entity_id"]
                if len(names) == 1:
                    column = table.c[names[0]]
                    relation = next(
                        (
                            r.key
                            for r in mapper.relationships
                            if not r.uselist
                            and column in r.local_columns
                            and r.mapper.class_ is kind
                        ),
                        None,
                    )
                    key = mapper.get_property_by_column(column).key
                    found.append(Reference(kind, key, relation))
    return tuple(found)


def _named(row: Any) -> Iterator[tuple[Any, int]]:
    """What a row names that it did not name before: kind and id."""
    state = inspect(row)
    columns = references(state.mapper.class_)
    if not columns:
        return
    plans = _PLANS.get(state.mapper.base_mapper.class_, frozenset())
    planned = any(
        state.attrs[name].history.has_changes() and getattr(row, name) is not None for name in plans
    )
    for kind, column, relation in columns:
        names = [column] if relation is None else [relation, column]
        anew = not state.persistent or any(
            name in row.__dict__ and state.attrs[name].history.has_changes() for name in names
        )
        if not anew and not planned:
            continue
        other = row.__dict__.get(relation) if relation is not None else None
        # The relation that was set wins over a column that was not filled yet.
        key = other.id if other is not None and state.attrs[relation].history.added else None
        key = key if key is not None else getattr(row, column)
        if key is not None and (planned or state.attrs[column].history.unchanged != [key]):
            yield kind, key


def _ended(session: Session, kind: Any, keys: list[int]) -> dict[int, date]:
    """Those of these rows that ended, with their last day."""
    found: dict[int, date] = {}
    unknown = []
    for key in keys:
        row = session.identity_map.get(identity_key(kind, key))
        if row is None or "archived_on" not in row.__dict__:
            unknown.append(key)
        elif row.archived_on is not None:
            found[key] = row.archived_on
    if unknown:
        with session.no_autoflush, withheld.lifted(session):
            statement = select(kind.id, kind.archived_on).where(
                kind.id.in_(unknown), kind.archived_on.is_not(None)
            )
            found |= {key: day for key, day in session.execute(statement)}
    return found


def _named_sentence(row: Any) -> str:
    return _(
        "%(kind)s « %(n)s » : dans les archives depuis le %(d)s, rien de nouveau ne s’y rattache "
        "après ce jour. Faites un autre choix, ou remettez d’abord sa fiche en service.",
        kind=record_word(record_name(type(row))),
        n=row.name,
        d=say_day(row.archived_on),
    )


def ends(model: Any) -> bool:
    """Whether rows of a model end so."""
    return model in _RETIRES


def own_refusal(row: Any, changes: Mapping[str, Any]) -> str | None:
    """Why the record of what ended does not change so; None when it does, or did not end."""
    if row.archived_on is None or all(value in (None, "") for value in changes.values()):
        return None
    return _(
        "%(kind)s « %(n)s » : dans les archives depuis le %(d)s, sa fiche ne change plus. "
        "Remettez-la d’abord en service.",
        kind=record_word(record_name(type(row))),
        n=row.name,
        d=say_day(row.archived_on),
    )


def _own(session: PersonSession, row: Any) -> None:
    """Refuse to change what ended, but for its last day and what is taken away."""
    history = inspect(row).attrs.archived_on.history
    before = history.deleted or history.unchanged or (None,)
    if before[0] is None or row.archived_on is None:
        return
    changes = {name: getattr(row, name) for name in touched_columns(row) - {"archived_on"}}
    if own_refusal(row, changes) is not None:
        session.expire(row)  # the sentence names it as it is
        raise TransitionRefused(str(own_refusal(row, changes)))


@event.listens_for(PersonSession, "before_flush")
def _guard(session: PersonSession, context: Any, instances: Any) -> None:
    changed = [row for row in session.dirty if session.is_modified(row)]
    for row in changed:
        if inspect(row).mapper.base_mapper.class_ in _RETIRES:
            _own(session, row)
    require(session, *session.new, *changed)
