"""The database: one declarative base, exact types, one transaction recipe for both engines."""

from __future__ import annotations

import logging
import select
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

import flask_sqlalchemy.session
import sqlalchemy as sa
from flask import current_app
from flask_appbuilder.models.sqla import Model
from flask_appbuilder.models.sqla.base import SQLA
from sqlalchemy import event
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.exc import DisconnectionError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.types import TypeDecorator

from base.basics.trouble import is_away

logger = logging.getLogger("ouvrage.database")

__all__ = [
    "BaseSession",
    "BigInt",
    "Database",
    "Euros",
    "Exact",
    "Hours",
    "KWh",
    "Model",
    "Quantity",
    "Ratio",
    "UTCDateTime",
    "UnitPrice",
    "cents",
    "db",
    "install",
    "is_busy",
    "let_go",
    "reading",
]

# Before FAB's security models are imported: their constraints get names too.
Model.metadata.naming_convention = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Exact(TypeDecorator[Decimal]):
    """A decimal number with a fixed count of decimals, exact on both engines.

    SQLite has no decimal type (its NUMERIC is a REAL, and ten times 0.1 is not 1): there the
    number is kept as an integer count of its smallest unit. PostgreSQL keeps NUMERIC.

    Raises:
        ValueError: a float is given, or a number with more decimals than the column keeps.
    """

    impl = sa.Numeric
    cache_ok = True

    def __init__(self, decimals: int, digits: int = 18) -> None:
        self.decimals = decimals
        self.digits = digits
        super().__init__(digits, decimals)

    @property
    def python_type(self) -> type[Decimal]:
        """What a value is."""
        return Decimal

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """The column type of one engine."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.BigInteger())
        return dialect.type_descriptor(sa.Numeric(self.digits, self.decimals))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Refuse what would be rounded in silence."""
        if value is None:
            return None
        if isinstance(value, float):
            raise ValueError(f"float {value!r} refused: use Decimal")
        number = Decimal(value)
        scaled = number.scaleb(self.decimals)
        whole = scaled.to_integral_value()
        if scaled != whole:
            raise ValueError(f"{value} has more than {self.decimals} decimals")
        return int(whole) if dialect.name == "sqlite" else number

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """The number with all its decimals."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return Decimal(int(value)).scaleb(-self.decimals)
        return Decimal(value).quantize(Decimal(1).scaleb(-self.decimals))


class UTCDateTime(TypeDecorator[datetime]):
    """An instant. Naive values are refused; what comes back is UTC, with zone.

    Raises:
        ValueError: a naive datetime is given.
    """

    impl = sa.DateTime
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(timezone=True)

    @property
    def python_type(self) -> type[datetime]:
        """What a value is."""
        return datetime

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """ISO text of fixed width on SQLite, so that text order is time order."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.String(27))
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """UTC, or a refusal."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r} refused")
        value = value.astimezone(UTC)
        if dialect.name == "sqlite":
            return value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        return value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """UTC, with zone."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return datetime.fromisoformat(value)
        return value.astimezone(UTC)


#: Euros to the cent.
Euros = Annotated[Decimal, "euros"]
#: A price or rate with four decimals.
UnitPrice = Annotated[Decimal, "unit_price"]
#: A quantity with three decimals.
Quantity = Annotated[Decimal, "quantity"]
#: Hours, three decimals.
Hours = Annotated[Decimal, "hours"]
#: Energy in kWh, three decimals.
KWh = Annotated[Decimal, "kwh"]
#: A share or coefficient, six decimals.
Ratio = Annotated[Decimal, "ratio"]
#: 64-bit key, also as SQLite's rowid.
BigInt = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

Model.registry.update_type_annotation_map(
    {
        int: BigInt,
        datetime: UTCDateTime(),
        date: sa.Date(),
        Euros: Exact(2),
        UnitPrice: Exact(4),
        Quantity: Exact(3),
        Hours: Exact(3),
        KWh: Exact(3),
        Ratio: Exact(6),
    }
)


def cents(amount: Decimal) -> Decimal:
    """The amount rounded half up to the cent, as an invoice does."""
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


#: Milliseconds SQLite itself waits, at a commit or a checkpoint.
BUSY_MS = 10_000
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={BUSY_MS}",
    "recursive_triggers=ON",
    "trusted_schema=OFF",
)


#: How long a writer waits for the lock, and between two tries, in seconds.
LOCK_PATIENCE = 10.0
LOCK_PAUSE = 0.002


def _take_write_lock(connection: Connection) -> None:
    """``BEGIN IMMEDIATE``, asking again every two milliseconds.

    SQLite's own waiting grows to a tenth of a second between two tries: of eight writers one
    could wait a second for a lock that was free most of that time.
    """
    cursor = connection.connection.cursor()
    until = time.monotonic() + LOCK_PATIENCE
    cursor.execute("PRAGMA busy_timeout=0")
    try:
        while time.monotonic() < until:
            try:
                cursor.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as fault:
                if fault.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    break
                time.sleep(LOCK_PAUSE)
        # The last try, or one that failed for another reason: its fault is SQLAlchemy's.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        cursor.close()


def _ask_who_has_spoken(engine: Engine) -> None:
    """Let a server that has said something to an idle connection be asked if it is still there.

    Whoever ends a connection says so, and the socket can be read: a question to each one that is
    taken from the pool (``pool_pre_ping``) would be one more for every request. A server that
    fell silent is found by neither; it is waited for as ``DATABASE_URL`` says.
    """
    dialect = engine.dialect
    faults: type[Exception] = dialect.loaded_dbapi.Error  # type: ignore[assignment, union-attr]

    @event.listens_for(engine, "checkout")
    def _checkout(connection: Any, record: Any, _proxy: Any) -> None:
        asked = select.poll()
        try:
            asked.register(connection.fileno(), select.POLLIN)
            if asked.poll(0):
                dialect.do_ping(connection)
        except faults as fault:
            raise DisconnectionError(str(fault)) from fault  # the pool opens another


def install(engine: Engine) -> None:
    """One transaction recipe for SQLite; PostgreSQL needs only to be there.

    The driver begins nothing by itself; a writer takes the lock at its first statement
    (``BEGIN IMMEDIATE``), so that two read-then-write units never lose an update.
    """
    if engine.dialect.name != "sqlite":
        _ask_who_has_spoken(engine)
        return

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        for pragma in PRAGMAS:
            connection.execute("PRAGMA " + pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        readonly = bool(connection.get_execution_options().get("readonly"))
        # A GET cannot write, whatever the code does.
        connection.exec_driver_sql(f"PRAGMA query_only={readonly:d}")
        if readonly:
            connection.exec_driver_sql("BEGIN")
        else:
            _take_write_lock(connection)


def reading(engine: Engine) -> Engine:
    """The engine for readers: it writes nothing, and one transaction is one instant.

    SQLite gives that by itself. On PostgreSQL each question of a transaction would otherwise see
    what others committed meanwhile: a sum and its lines, a row and its job, could disagree.
    """
    options: dict[str, Any] = {"readonly": True}
    if engine.dialect.name == "postgresql":
        options |= {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
    return engine.execution_options(**options)


def is_busy(fault: OperationalError) -> bool:
    """Whether SQLite refused because somebody else writes for longer than one waits."""
    code = getattr(fault.orig, "sqlite_errorcode", None)
    return code is not None and code & 0xFF == sqlite3.SQLITE_BUSY


class BaseSession(flask_sqlalchemy.session.Session):
    """A session that knows whether it may write."""

    #: Set in ``__init__``, before the first statement.
    readonly = False

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:  # type: ignore[override]
        """The engine, or its read-only face."""
        engine = super().get_bind(*args, **kwargs)
        return current_app.extensions["ro_engine"] if self.readonly else engine

    def core(self, statement: Any, parameters: Any = None) -> Any:
        """Run a Core statement without rules. Reviewed callers only: see the static test."""
        connection = OrmSession.connection(self)
        if parameters is None:
            return connection.execute(statement)
        return connection.execute(statement, parameters)


def let_go(sessions: Any) -> None:
    """Give back the session of this request or command, its connection lost or not.

    What was committed or answered is not undone by a connection that cannot even be rolled back.
    """
    try:
        sessions.remove()
    except SQLAlchemyError as fault:
        if not is_away(fault):
            raise
        logger.warning("a session was let go without its connection: %s", fault)
        sessions.registry.clear()


class Database(SQLA):
    """Flask-SQLAlchemy on FAB's declarative base; its scoped session is the person's."""

    #: The class of the sessions of people; ``base.rules.rights.rules`` says which one.
    session_class: Callable[..., Any] | None = None

    def _make_session_factory(self, options: dict[str, Any]) -> Any:
        def make(**kwargs: Any) -> Any:
            if self.session_class is None:
                raise RuntimeError("no session without row rules: import base.rules.rights first")
            return self.session_class(db=self, **{**options, **kwargs})

        return make

    def _teardown_session(self, exc: BaseException | None) -> None:
        """The end of a request or command."""
        let_go(self.session)


db = Database(model_class=Model, disable_autonaming=True)
