"""How the row rules are given to a statement: one by one to its tables, and all as one option."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from sqlalchemy.orm.interfaces import CriteriaOption
from sqlalchemy.orm.util import LoaderCriteriaOption
from sqlalchemy.sql.cache_key import CacheConst
from sqlalchemy.sql.util import ClauseAdapter
from sqlalchemy.sql.visitors import anon_map


class RuleOption(LoaderCriteriaOption):
    """A rule on every read of a model, whatever name the statement gives to its table.

    SQLAlchemy adapts the criterion of an alias that stands in FROM, but not of one that is the
    target of a JOIN: there it would filter the plain table instead, and let the alias through.
    """

    _traverse_internals = LoaderCriteriaOption._traverse_internals

    def _resolve_where_criteria(self, ext_info: Any) -> Any:
        criterion = super()._resolve_where_criteria(ext_info)
        if ext_info.is_aliased_class:
            criterion = ClauseAdapter(ext_info.selectable).traverse(criterion)
        return criterion


class AllRules(CriteriaOption):
    """All rules of a scope as one option of a statement.

    SQLAlchemy goes through each option of a statement, twice, every time the statement runs, to
    know it again among those it has compiled. Forty rules cost more than the rest of a statement;
    the same forty have the same shape every time, so a number stands for it.
    """

    _shapes: ClassVar[dict[Any, int]] = {}

    def __init__(self, rules: Iterable[RuleOption]) -> None:
        self.rules = tuple(rules)
        self.bound: list[Any] = []
        names: Any = anon_map()
        shape = tuple(rule._gen_cache_key(names, self.bound) for rule in self.rules)
        if CacheConst.NO_CACHE in names:
            raise RuntimeError("a rule that SQLAlchemy cannot know again")
        #: Scopes of the same shape share what is compiled; their values are bound.
        self.number = self._shapes.setdefault(shape, len(self._shapes))

    def _gen_cache_key(self, anon_map: Any, bindparams: list[Any]) -> tuple[Any, ...]:
        bindparams.extend(self.bound)
        return (AllRules, self.number)

    def process_compile_state(self, compile_state: Any) -> None:
        """Give each rule to the statement."""
        for rule in self.rules:
            rule.process_compile_state(compile_state)

    def process_compile_state_replaced_entities(
        self, compile_state: Any, mapper_entities: Any
    ) -> None:
        """Give each rule to the statement."""
        self.process_compile_state(compile_state)

    def get_global_criteria(self, attributes: dict[Any, Any]) -> None:
        """The rules of changes in bulk."""
        for rule in self.rules:
            rule.get_global_criteria(attributes)
