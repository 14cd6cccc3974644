"""A session with the database, as who is given one sees it: rows read and written, and whose.

The time that a person stays signed in is no session here but a ``SignIn``
(``base.desk.accounts.sign_ins``).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any, Never, Protocol, TypeVar, TypeVarTuple, overload

from sqlalchemy import Connection, Engine, Executable, Result, ScalarResult
from sqlalchemy.sql.selectable import TypedReturnsRows

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Session(Protocol):
    """The session of a person, a job or the system: SQLAlchemy's, with who works and what it sees.

    Services, queries and rules take one and make none; ``base.rules.rights`` makes them.
    """

    #: No write goes through it; set before the first statement.
    readonly: bool

    #: Whether whoever made it is to commit at the edge of a request.
    wanted: bool

    @property
    def info(self) -> Any:
        """What a request or a job remembers beside its rows."""

    @property
    def scope(self) -> tuple[int, ...]:
        """The ids of the entities that it reads; the system's has none, for it sees all."""

    @property
    def whole(self) -> tuple[int, ...]:
        """The ids of the entities that it may touch: the scope, or more."""

    @property
    def actor(self) -> Any:
        """Who is written in the trail."""

    @property
    def door(self) -> Any:
        """Through which door the change comes, as the trail says it."""

    @property
    def new(self) -> Any:
        """Rows that are to be written."""

    @property
    def dirty(self) -> Any:
        """Rows that may have changed."""

    @property
    def deleted(self) -> Any:
        """Rows that are to go."""

    @property
    def no_autoflush(self) -> AbstractContextManager[Any]:
        """Read without writing first."""

    def __contains__(self, row: object) -> bool: ...  # noqa: D105

    def get_transaction(self) -> Any:
        """The transaction that is open, the outermost; None between two."""

    def get_nested_transaction(self) -> Any:
        """The savepoint that is open, the innermost; None without."""

    @property
    def identity_map(self) -> Any:
        """The rows that it knows, by key."""

    def core(self, statement: Any, parameters: Any = None) -> Any:
        """Run a Core statement without the rules of rows. Reviewed callers only."""

    @overload
    def execute(
        self, statement: TypedReturnsRows[*Ts], *args: Any, **options: Any
    ) -> Result[*Ts]: ...
    @overload
    def execute(
        self, statement: Executable, *args: Any, **options: Any
    ) -> Result[*tuple[Any, ...]]: ...
    @overload
    def scalar(self, statement: TypedReturnsRows[Never], *args: Any, **options: Any) -> Any: ...
    @overload
    def scalar(self, statement: TypedReturnsRows[T], *args: Any, **options: Any) -> T | None: ...
    @overload
    def scalar(self, statement: Executable, *args: Any, **options: Any) -> Any: ...
    @overload
    def scalars(
        self, statement: TypedReturnsRows[T], *args: Any, **options: Any
    ) -> ScalarResult[T]: ...
    @overload
    def scalars(self, statement: Executable, *args: Any, **options: Any) -> ScalarResult[Any]: ...
    def get(  # noqa: D102
        self, entity: type[T], ident: Any, *, with_for_update: Any = None
    ) -> T | None: ...
    def get_one(  # noqa: D102
        self, entity: type[T], ident: Any, *, with_for_update: Any = None
    ) -> T: ...
    def add(self, instance: object) -> None: ...  # noqa: D102
    def add_all(self, instances: Iterable[object]) -> None: ...  # noqa: D102
    def delete(self, instance: object) -> None: ...  # noqa: D102
    def expunge(self, instance: object) -> None: ...  # noqa: D102
    def expunge_all(self) -> None: ...  # noqa: D102
    def expire(self, instance: object, attribute_names: Any = None) -> None: ...  # noqa: D102
    def expire_all(self) -> None: ...  # noqa: D102
    def refresh(self, instance: object, attribute_names: Any = None) -> None: ...  # noqa: D102
    def is_modified(self, instance: object) -> bool: ...  # noqa: D102
    def flush(self) -> None: ...  # noqa: D102
    def commit(self) -> None: ...  # noqa: D102
    def rollback(self) -> None: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102
    def begin_nested(self) -> Any: ...  # noqa: D102
    def in_nested_transaction(self) -> bool: ...  # noqa: D102
    def get_bind(self) -> Engine | Connection: ...  # noqa: D102
    def query(self, *entities: Any) -> Any: ...  # noqa: D102
    def connection(self, *, execution_options: Any = None) -> Connection: ...  # noqa: D102
