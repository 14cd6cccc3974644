"""Sharing an amount or a quantity: parts that add up exactly to the whole, weights with dates.

All quotients are exact fractions: with decimals of a fixed length, remainders that are equal on
paper differ in their last digit, and the cent goes to the wrong key.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Generic, NamedTuple, TypeVar

from base.basics.errors import DomainError
from base.basics.i18n import _

K = TypeVar("K", bound=Hashable)
CENT = Decimal("0.01")


class WeightsMissing(DomainError):
    """A share asked for with no weight above zero."""


class WeightNegative(WeightsMissing):
    """A share asked for with a weight below zero."""


class PeriodEmpty(DomainError):
    """A share asked for over a period that ends on its first day, or before."""


class Weight(NamedTuple, Generic[K]):
    """The weight of one key (an asset) from a day to another (left out; ``None`` is open)."""

    key: K
    weight: Decimal
    valid_from: date | None = None
    valid_to: date | None = None


class Slice(NamedTuple, Generic[K]):
    """A part of a period in which no weight changes."""

    start: date
    end: date
    weights: Mapping[K, Decimal]

    @property
    def total(self) -> Decimal:
        """The sum of the weights; zero when nobody has any."""
        return sum(self.weights.values(), Decimal(0))


def largest_remainder(
    whole: Decimal, weights: Sequence[Decimal | Fraction | int], *, unit: Decimal = Decimal(1)
) -> list[Decimal]:
    """The whole in parts proportional to the weights, each a multiple of ``unit``.

    Parts are cut down, then the units left over go to the largest remainders (to the first
    of equal ones). They add up to the whole rounded half up to the unit; a negative whole
    is shared like its opposite.

    Raises:
        WeightNegative: a weight is below zero.
        WeightsMissing: no weight is above zero.
    """
    exact_weights = [Fraction(weight) for weight in weights]
    if any(weight < 0 for weight in exact_weights):
        raise WeightNegative(_("Un poids est négatif : la répartition est impossible."))
    total = sum(exact_weights, Fraction(0))
    if not total:
        raise WeightsMissing(_("Aucun poids positif : la répartition est impossible."))
    if whole < 0:
        return [-part for part in largest_remainder(-whole, weights, unit=unit)]
    units = int((whole / unit).to_integral_value(rounding=ROUND_HALF_UP))
    exact = [units * weight / total for weight in exact_weights]
    parts = [share.numerator // share.denominator for share in exact]
    left = units - sum(parts)
    order = sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], n))
    for n in order[:left]:
        parts[n] += 1
    return [part * unit for part in parts]


def cut(weights: Sequence[Weight[K]], start: date, end: date) -> list[Slice[K]]:
    """The period cut at each change of weight; the end is left out.

    A slice in which nothing is valid has no weights: what was used then is unallocated. Several
    weights of one key that are valid together add up.
    """
    edges = {start, end}
    for weight in weights:
        edges |= {weight.valid_from or start, weight.valid_to or end}
    days = sorted(day for day in edges if start <= day <= end)
    slices = []
    for first, last in zip(days, days[1:], strict=False):
        valid: dict[K, Decimal] = {}
        for w in weights:
            if (w.valid_from is None or w.valid_from <= first) and (
                w.valid_to is None or w.valid_to > first
            ):
                valid[w.key] = valid.get(w.key, Decimal(0)) + w.weight
        slices.append(Slice(first, last, valid))
    return slices


def share_period(
    whole: Decimal, weights: Sequence[Weight[K]], start: date, end: date
) -> dict[K | None, Decimal]:
    """A quantity of a period shared over keys, cut pro rata of days at changes of weight.

    In each slice a key takes days × weight / sum of the weights. Key ``None``, the last, holds
    what no weight takes. The parts add up exactly to the whole rounded to cents, which are
    settled once, on the whole period, the first named key first on a tie.

    Raises:
        PeriodEmpty: the end is not after the start.
        WeightNegative: a weight is below zero.
    """
    if end <= start:
        raise PeriodEmpty(_("La période est vide : la répartition est impossible."))
    if any(weight.weight < 0 for weight in weights):
        raise WeightNegative(_("Un poids est négatif : la répartition est impossible."))
    shares: dict[K | None, Fraction] = {w.key: Fraction(0) for w in weights}
    nobody = Fraction(0)
    for piece in cut(weights, start, end):
        days, total = Fraction((piece.end - piece.start).days), Fraction(piece.total)
        if not total:
            nobody += days
            continue
        for key, weight in piece.weights.items():
            shares[key] += days * Fraction(weight) / total
    shares[None] = nobody
    parts = largest_remainder(whole, list(shares.values()), unit=CENT)
    found = dict(zip(shares, parts, strict=True))
    return found if nobody else {key: part for key, part in found.items() if key is not None}


class Part(NamedTuple, Generic[K]):
    """One line of how a share was made: days of the period, weight among weights, amount."""

    start: date
    #: Included.
    last: date
    days: int
    key: K | None
    weight: Decimal
    total_weight: Decimal
    #: Before any rounding, to the hundred-thousandth.
    amount: Decimal


def explained(
    whole: Decimal, weights: Sequence[Weight[K]], start: date, end: date
) -> list[Part[K]]:
    """The lines that a share of a period is made of, in order; the end is left out.

    They add up to the whole but for their last decimals: the cents are settled once, on the
    sum of each key.
    """
    all_days = (end - start).days
    parts = []
    for piece in cut(weights, start, end):
        days, total = (piece.end - piece.start).days, piece.total
        nobody: Iterable[tuple[K | None, Decimal]] = [(None, Decimal(1))]
        for key, weight in piece.weights.items() if total else nobody:
            share = Fraction(days, all_days) * Fraction(weight) / Fraction(total or 1)
            parts.append(
                Part(
                    piece.start,
                    date.fromordinal(piece.end.toordinal() - 1),
                    days,
                    key,
                    weight,
                    total or Decimal(1),
                    _rounded(Fraction(whole) * share, Decimal("0.00001")),
                )
            )
    return parts


def _rounded(exact: Fraction, unit: Decimal) -> Decimal:
    """A fraction as a multiple of the unit, half away from zero."""
    count = abs(exact) / Fraction(unit)
    whole = (2 * count.numerator + count.denominator) // (2 * count.denominator)
    return (whole if exact >= 0 else -whole) * unit
