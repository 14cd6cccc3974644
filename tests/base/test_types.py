"""Exact numbers and instants, the same on both engines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
import sqlalchemy as sa

from base.store.database import Exact, UTCDateTime, cents, db

_META = sa.MetaData()
_TABLE = sa.Table(
    "scratch_types",
    _META,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("amount", Exact(2)),
    sa.Column("price", Exact(4)),
    sa.Column("at", UTCDateTime()),
)


@pytest.fixture
def table(app):
    with db.engine.begin() as connection:
        _META.create_all(connection)
        yield connection


def test_ten_times_a_tenth_is_one(table):
    table.execute(_TABLE.insert(), [{"amount": Decimal("0.10")} for _n in range(10)])
    assert table.scalar(sa.select(sa.func.sum(_TABLE.c.amount))) == Decimal("1.00")


def test_large_and_negative_amounts_come_back_as_they_went(table):
    amounts = [Decimal("-0.01"), Decimal("9999999999999999.99"), Decimal("0.00")]
    table.execute(_TABLE.insert(), [{"amount": a} for a in amounts])
    found = [r.amount for r in table.execute(sa.select(_TABLE).order_by(_TABLE.c.id))]
    assert found == amounts and all(a.as_tuple().exponent == -2 for a in found)


def test_amounts_compare_and_sort_as_numbers(table):
    for text in ("9.00", "10.00", "-1.00"):
        table.execute(_TABLE.insert(), {"amount": Decimal(text)})
    found = table.scalars(
        sa.select(_TABLE.c.amount)
        .where(_TABLE.c.amount > Decimal("-0.50"))
        .order_by(_TABLE.c.amount)
    )
    assert list(found) == [Decimal("9.00"), Decimal("10.00")]


@pytest.mark.parametrize("bad", [0.1, Decimal("0.001")])
def test_what_would_be_rounded_in_silence_is_refused(table, bad):
    with pytest.raises(sa.exc.StatementError):
        table.execute(_TABLE.insert(), {"amount": bad})


def test_prices_keep_four_decimals(table):
    table.execute(_TABLE.insert(), {"price": Decimal("0.1234")})
    assert table.scalar(sa.select(_TABLE.c.price)) == Decimal("0.1234")


def test_an_instant_comes_back_in_utc_and_sorts_by_time(table):
    paris = timezone(timedelta(hours=2))
    table.execute(_TABLE.insert(), {"at": datetime(2026, 7, 1, 0, 30, tzinfo=paris)})
    table.execute(_TABLE.insert(), {"at": datetime(2026, 6, 30, 23, 0, 0, 5, tzinfo=UTC)})
    found = list(table.scalars(sa.select(_TABLE.c.at).order_by(_TABLE.c.at)))
    assert found == [
        datetime(2026, 6, 30, 22, 30, tzinfo=UTC),
        datetime(2026, 6, 30, 23, 0, 0, 5, tzinfo=UTC),
    ]
    assert all(a.tzinfo is UTC for a in found)


def test_a_naive_instant_is_refused(table):
    with pytest.raises(sa.exc.StatementError):
        table.execute(_TABLE.insert(), {"at": datetime(2026, 7, 1)})


@pytest.mark.parametrize(
    ("given", "kept"), [("0.005", "0.01"), ("-0.005", "-0.01"), ("2.344", "2.34"), ("1", "1.00")]
)
def test_cents_are_rounded_half_up(given, kept):
    assert cents(Decimal(given)) == Decimal(kept)
