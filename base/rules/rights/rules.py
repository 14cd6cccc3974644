"""Row rights in one place: every read of a person's session is filtered, every write guarded.

A module registers one rule per scoped model in its ``security.py``. The rule is a function of the
scope (a tuple of entity ids, fixed when the session is made) that returns a criterion. Reads get
all rules as loader criteria; that does not guard writes, so ``before_flush`` checks
the old and new scope of each row and every foreign key written, and statements that could escape
are refused.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from flask import has_request_context, request
from sqlalchemy import Table, TextClause, and_, event, inspect, select
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, object_session
from sqlalchemy.sql.selectable import TextualSelect

from base.rules.rights import chosen, telling, withheld
from base.rules.rights.refusals import KeyRefused, NoScope, ScopeError
from base.store.codes import watch
from base.store.criteria import AllRules, RuleOption
from base.store.database import BaseSession, db
from base.store.history.trail import tracked_columns
from base.store.mixins import Scoped, current_user_id
from base.store.models.entities import Entity

Scope = tuple[int, ...]
Rule = Callable[[Scope], Any]

#: model -> rule; filled by the modules' security.py.
RULES: dict[type, Rule] = {}
#: Models of which nothing is narrowed: see ``never_narrowed``.
WHOLE: set[type] = set()
#: Blueprints of accounts: there the security session writes and the person's only reads.
SECURITY_VIEWS = frozenset(
    {
        "AuthDBView",
        "SecurityApi",
        "AccountView",
        "SecondFactorView",
        "UserAdminView",
        "LocaleView",
    }
)

T = TypeVar("T", bound=type)


def record_rule(model: T) -> Callable[[Rule], Rule]:
    """Register the rule of a model: ``record_rule(Asset)(lambda scope: ...)``.

    Raises:
        RuntimeError: the model has a rule already.
    """

    def register(rule: Rule) -> Rule:
        if model in RULES and RULES[model] is not rule:
            raise RuntimeError(f"{model.__name__} has a rule already")
        RULES[model] = rule
        rule_options.cache_clear()
        _targets.cache_clear()
        return rule

    return register


def by_entity(model: Any) -> Rule:
    """Register the usual rule: the row's entity is in the scope."""

    def rule(scope: Scope) -> Any:
        return model.entity_id.in_(scope)

    return record_rule(model)(rule)


def never_narrowed(*models: type) -> None:
    """Rows that a person sees of all their entities, whichever one the screens show."""
    WHOLE.update(models)
    rule_options.cache_clear()


@functools.lru_cache(maxsize=256)
def rule_options(
    scope: Scope,
    whole: Scope,
    lacking: withheld.Lacking = withheld.NOTHING,
    told: telling.Telling | None = None,
) -> AllRules:
    """The loader option of a scope; building it costs milliseconds, so it is kept.

    Rows that need a right of those that are ``lacking`` are not read either, nor events of what
    is not ``told``.
    """
    return AllRules(
        RuleOption(
            model,
            and_(
                rule(whole if model in WHOLE else scope),
                *withheld.narrowing(model, lacking, told),
            ),
            include_aliases=True,
            propagate_to_loaders=False,
        )
        for model, rule in RULES.items()
    )


@functools.lru_cache(maxsize=1)
def _targets() -> dict[Table, type]:
    """Which model answers for a table that foreign keys point to."""
    found: dict[Table, type] = {}
    for model in RULES:
        mapper: Mapper[Any] = inspect(model)
        for sub in mapper.self_and_descendants:
            found.setdefault(sub.local_table, sub.class_)  # type: ignore[arg-type]
    return found


def safe_method() -> bool:
    """Whether this request must not change anything."""
    return request.method in ("GET", "HEAD", "OPTIONS")


#: What the person of a request may touch, and what of it the screens show.
Whose = Callable[[], tuple[Scope, Scope]]
_whose: Whose | None = None


def scopes_from(whose: Whose) -> None:
    """Say where the scopes of a request's person come from: it is ``base.rules.rights.viewing``."""
    global _whose
    _whose = whose


def whose() -> tuple[Scope, Scope]:
    """The scopes of the person of this request.

    Raises:
        NoScope: nobody said where they come from: no row is seen rather than all.
    """
    if _whose is None:
        raise NoScope("scopes_from() was not called")
    return _whose()


class PersonSession(BaseSession):
    """What one person may see and change, for the time of one request or job."""

    def __init__(
        self,
        db: Any,
        *,
        scope: Iterable[int] | None = None,
        actor: str | None = None,
        door: str | None = None,
        readonly: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(db, **kwargs)
        if scope is None:
            if not has_request_context():
                raise NoScope("no person here: use job_session() or system_session()")
            self._whole: Scope
            self._whole, scope = whose()
        else:
            self._whole = scope = tuple(scope)
        self._scope: Scope = tuple(scope)
        if readonly is None:
            readonly = has_request_context() and (
                safe_method() or request.blueprint in SECURITY_VIEWS
            )
        self.readonly = readonly
        #: Set by a verb that wants its changes kept; the edge commits on it.
        self.wanted = False
        self.failed = False
        self._actor = actor
        self._door = door

    @property
    def scope(self) -> Scope:
        """The entity ids this session reads; fixed for its life."""
        return self._scope

    @property
    def whole(self) -> Scope:
        """The entity ids this session may touch: the scope, or more when the person has chosen
        to look at one entity only (``base.rules.rights.viewing``)."""
        return self._whole

    @property
    def actor(self) -> str:
        """Who is written in the trail."""
        if self._actor is not None:
            return self._actor
        user_id = current_user_id()
        return f"user:{user_id}" if user_id is not None else "public"

    @property
    def door(self) -> str:
        """Through which door the change comes."""
        if self._door is not None:
            return self._door
        return f"{request.method} {request.path}"[:120] if has_request_context() else ""

    def connection(self, *args: Any, **kwargs: Any) -> Any:
        """Refused: a bare connection knows no rule."""
        raise ScopeError("connection() refused")

    def merge(self, *args: Any, **kwargs: Any) -> Any:
        """Refused: a merge may bring a foreign row in."""
        raise ScopeError("merge() refused")

    def bulk_save_objects(self, *args: Any, **kwargs: Any) -> Any:
        """Refused."""
        raise ScopeError("bulk_save_objects() refused")

    def bulk_insert_mappings(self, *args: Any, **kwargs: Any) -> Any:
        """Refused."""
        raise ScopeError("bulk_insert_mappings() refused")

    def bulk_update_mappings(self, *args: Any, **kwargs: Any) -> Any:
        """Refused."""
        raise ScopeError("bulk_update_mappings() refused")


db.session_class = PersonSession


@event.listens_for(PersonSession, "do_orm_execute")
def _rules(state: ORMExecuteState) -> None:
    session: PersonSession = state.session  # type: ignore[assignment]
    statement = state.statement
    inner = getattr(statement, "element", None)
    if not state.is_orm_statement or state.is_insert:
        raise ScopeError("statement refused: it carries no model")
    if isinstance(statement, TextClause | TextualSelect) or isinstance(
        inner, TextClause | TextualSelect
    ):
        raise ScopeError("text refused")
    if state.is_update or state.is_delete:
        mapper = state.bind_mapper
        if (
            state.is_executemany
            or isinstance(state.parameters, list)
            or mapper is None
            or mapper.inherits
            or mapper.polymorphic_on is not None
            or tracked_columns(mapper)
        ):
            raise ScopeError("bulk change refused")
    options = rule_options(
        session.scope, session.whole, withheld.lacking(session), telling.telling(session)
    )
    if state.is_select:
        # What is loaded along with a row is no list and no sum of the page.
        alone = state.is_relationship_load or state.is_column_load
        statement = withheld.blank(session, statement, noted=not alone)
    state.statement = statement.options(options)  # type: ignore[attr-defined]


@event.listens_for(PersonSession, "before_flush")
def _guard(session: PersonSession, context: Any, instances: Any) -> None:
    """Old and new scope of each row written, and each foreign key, by column."""
    targets = _targets()
    allowed = set(session.whole)
    wanted: dict[tuple[type, tuple[str, ...]], dict[tuple[Any, ...], str]] = defaultdict(dict)
    new = set(session.new)
    changed = [d for d in session.dirty if session.is_modified(d)]
    for row in [*session.new, *session.deleted, *changed]:
        state = inspect(row)
        if isinstance(row, Scoped):
            history = state.attrs.entity_id.history
            values = (*(history.deleted or ()), *(history.unchanged or ()), *(history.added or ()))
            if not allowed or any(v is not None and v not in allowed for v in values):
                raise ScopeError("row out of scope")
        for mapper in state.mapper.iterate_to_root():
            for target, keys, columns in _foreign_keys(mapper, targets):
                if row not in new and not any(chosen.key_changes(state, key) for key in keys):
                    continue
                value = tuple(chosen.key_value(state, key) for key in keys)
                if None not in value:
                    wanted[target, columns].setdefault(value, _named(keys))
    with withheld.lifted(session):  # a row may point to one that its writer may not read
        for (target, columns), values_wanted in wanted.items():
            _check_targets(session, target, columns, values_wanted, allowed)


@functools.cache
def _foreign_keys_of(mapper: Mapper[Any], generation: int) -> Any:
    targets = _targets()
    found = []
    for constraint in mapper.local_table.foreign_key_constraints:  # type: ignore[attr-defined]
        target = targets.get(constraint.referred_table)
        if target is None:
            continue
        inherited = mapper.inherits
        if (
            inherited is not None
            and constraint.referred_table is inherited.local_table
            and all(c.primary_key for c in constraint.columns)
        ):
            continue
        keys = tuple(mapper.get_property_by_column(c).key for c in constraint.columns)
        target_mapper: Mapper[Any] = inspect(target)
        columns = tuple(
            target_mapper.get_property_by_column(element.column).key
            for element in constraint.elements
        )
        found.append((target, keys, columns))
    return tuple(found)


def _foreign_keys(mapper: Mapper[Any], targets: Any) -> Any:
    return _foreign_keys_of(mapper, len(RULES))


def _named(keys: tuple[str, ...]) -> str:
    """The attribute of a key that its writer chose: the entity beside it is that of the row."""
    return next((key for key in keys if key != "entity_id"), keys[0])


def _check_targets(
    session: PersonSession,
    target: type,
    columns: tuple[str, ...],
    values: dict[tuple[Any, ...], str],
    allowed: set[int],
) -> None:
    if target is Entity and columns == ("id",):
        for value, name in values.items():
            if value[0] not in allowed:
                raise KeyRefused(name)
        return
    todo = list(values)
    fresh = [r for r in session.new if isinstance(r, target)]
    if fresh:
        made = {tuple(getattr(r, c) for c in columns) for r in fresh}
        todo = [v for v in todo if v not in made]
    attributes = [getattr(target, c) for c in columns]
    with session.no_autoflush:
        for start in range(0, len(todo), 500):
            chunk = todo[start : start + 500]
            seen = {
                tuple(r)
                for r in session.execute(
                    select(*attributes).where(attributes[0].in_({v[0] for v in chunk}))
                )
            }
            if missing := next((v for v in chunk if v not in seen), None):
                raise KeyRefused(values[missing])


@event.listens_for(PersonSession, "loaded_as_persistent")
def _loaded(session: PersonSession, row: Any) -> None:
    """A last net: ``__dict__`` only, for asking the attribute would load it row by row."""
    if isinstance(row, Scoped):
        _check_loaded(session, row)
        withheld.conceal(session, row)


@event.listens_for(Scoped, "refresh", propagate=True)
def _refreshed(row: Any, context: Any, attributes: Any) -> None:
    """A refresh is not filtered by the rules: look at what came."""
    session = object_session(row)
    if isinstance(session, PersonSession):
        _check_loaded(session, row)
        withheld.conceal(session, row)


def _check_loaded(session: PersonSession, row: Any) -> None:
    if row.__dict__.get("entity_id", None) not in (None, *session.whole):
        raise ScopeError("foreign row")


@event.listens_for(Session, "do_orm_execute")
def _no_silent_bulk(state: ORMExecuteState) -> None:
    """No session changes tracked columns in bulk, for the trail would miss it."""
    if not (state.is_update or state.is_delete) or state.bind_mapper is None:
        return
    if tracked_columns(state.bind_mapper) and not state.execution_options.get("tracked_bulk"):
        raise ScopeError("bulk change of tracked columns refused")


watch(PersonSession)
