"""Which indexes are believed, and what a value can be: pure, by hand."""

from decimal import Decimal

import pytest

from energie.domain import indexes, plausible
from energie.domain.judging import Dated, judge, known_daily
from energie.domain.kinds import EnergyKind, Quantity, Unit

DAY = 86_400


def _judged(values, *, every=DAY, digits=6, kva=None, largest=None):
    rows = [Dated(n * every, Decimal(value)) for n, value in enumerate(values)]

    def between(first, second, limits):
        return indexes.between(rows[first].value, rows[second].value, digits=digits, limits=limits)

    found = judge(rows, between, largest_gain=lambda seconds: largest, subscribed_kva=kva)
    uses = {(i.first, i.second): i.use.consumption for i in found.intervals}
    return uses, [(d.place, str(d.fault)) for d in found.doubts]


@pytest.mark.parametrize(
    ("values", "uses", "doubts"),
    [
        ([10, 20, 32], {(0, 1): 10, (1, 2): 12}, []),
        # A slip upwards: what follows goes on from before it.
        ([10, 20, 9000, 40, 50], {(0, 1): 10, (3, 4): 10}, [(2, "INDEX_SAUT")]),
        # A slip downwards.
        ([5000, 5010, 40, 5030, 5040], {(0, 1): 10, (3, 4): 10}, [(2, "INDEX_RECUL")]),
        # A change of meter that nobody told: only its own interval is unknown.
        ([5000, 5010, 2, 12, 24], {(0, 1): 10, (2, 3): 10, (3, 4): 12}, [(2, "INDEX_RECUL")]),
        # A level that stays: the jump alone is unknown.
        ([10, 20, 9000, 9010, 9020], {(0, 1): 10, (2, 3): 10, (3, 4): 10}, [(2, "INDEX_SAUT")]),
        # Two slips at two places do not make each other believable.
        (
            [10, 20, 30, 9000, 50, 60, 9000, 80],
            {(0, 1): 10, (1, 2): 10, (4, 5): 10},
            [(3, "INDEX_SAUT"), (6, "INDEX_SAUT")],
        ),
        # Nothing is known before a first use; a dial at rest bounds nothing.
        ([100, 100, 100, 150], {(0, 1): 0, (1, 2): 0, (2, 3): 50}, []),
        ([999_990, 999_995, 3], {(0, 1): 5, (1, 2): 8}, []),
    ],
)
def test_readings_are_judged_with_their_neighbours(values, uses, doubts):
    assert _judged(values) == (uses, doubts)


def test_the_subscribed_power_and_the_largest_gain_bound_a_rise():
    # 9 kVA give at most 9 × 24 × 1.2 = 259.2 kWh in a day.
    most = plausible.largest_gain(EnergyKind.ELECTRICITY, Unit.KWH, DAY, Decimal(9))
    assert most == Decimal("259.2")
    assert _judged([0, 259, 518], largest=most)[1] == []
    assert _judged([0, 100, 360], largest=most)[1] == [(2, "INDEX_SAUT")]
    assert plausible.largest_gain(EnergyKind.ELECTRICITY, Unit.CELSIUS, DAY, None) is None


def test_a_month_of_winter_is_no_slip():
    month = 30 * DAY
    summer = [0, 60, 120, 190, 700]  # 2 a day, then 17 a day in the first cold month
    assert _judged(summer, every=month)[1] == []
    assert _judged(summer)[1] == [(4, "INDEX_SAUT")]
    assert _judged([0, 60, 120, 190, 9000], every=month)[1] == [(4, "INDEX_SAUT")]


def test_what_is_known_a_day_comes_from_the_middle_of_the_intervals():
    rows = [Dated(n * DAY, Decimal(v)) for n, v in enumerate((0, 10, 22, 9000, 9011))]

    def between(first, second, limits):
        return indexes.between(rows[first].value, rows[second].value, digits=6, limits=limits)

    assert known_daily(rows, between, lambda seconds: None) == 12
    assert known_daily(rows[:1], between, lambda seconds: None) is None


@pytest.mark.parametrize(
    ("kind", "quantity", "unit", "seconds", "kva", "high"),
    [
        # 9 kVA × 24 h × 1.2, in thousandths of a kWh.
        ("electricity", "energy", "kWh", DAY, 9, 259_200),
        ("electricity", "energy", "Wh", DAY, 9, 259_200_000),
        # Three times the subscribed power, in watts, for a mean over a short step.
        ("electricity", "power", "W", 600, 9, 27_000_000),
        ("electricity", "energy", "kWh", DAY, None, 20_000 * 24 * 1000),
        ("gas", "energy", "kWh", DAY, None, 500_000 * 24 * 1000),
        ("water", "volume", "m3", 3600, None, 50_000_000),
        ("water", "volume", "l", 3600, None, 50_000_000_000),
        ("water", "index", "m3", 0, None, None),
    ],
)
def test_bounds_of_a_value(kind, quantity, unit, seconds, kva, high):
    found = plausible.bounds(
        EnergyKind(kind),
        Quantity(quantity),
        Unit(unit),
        seconds,
        None if kva is None else Decimal(kva),
    )
    assert found == (0, high)


def test_each_energy_has_its_units():
    fits = plausible.fits
    assert fits(EnergyKind.WATER, Quantity.VOLUME, Unit.M3)
    assert not fits(EnergyKind.WATER, Quantity.ENERGY, Unit.KWH)
    assert not fits(EnergyKind.ELECTRICITY, Quantity.INDEX, Unit.M3)
    assert fits(EnergyKind.GAS, Quantity.INDEX, Unit.M3)
    assert fits(EnergyKind.WATER, Quantity.TEMPERATURE, Unit.CELSIUS)
    assert not plausible.is_counted_in(Quantity.POWER, Unit.KWH)
