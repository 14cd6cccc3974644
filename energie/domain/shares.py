"""Sharing a quantity: parts that add up exactly to the whole, weights that have dates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import NamedTuple

from base.errors import DomainError
from base.i18n import _

CENT = Decimal("0.01")


class WeightsMissing(DomainError):
    """A share asked for with no weight above zero."""


def largest_remainder(
    whole: Decimal, weights: Sequence[Decimal], *, unit: Decimal = Decimal(1)
) -> list[Decimal]:
    """The whole in parts proportional to the weights, each a multiple of ``unit``.

    Parts are cut down, then the units left over go to the largest remainders (to the first
    of equal ones). They add up to the whole rounded half up to the unit; a negative whole
    is shared like its opposite.

    Raises:
        WeightsMissing: no weight is above zero, or one is below.
    """
    total = sum(weights, Decimal(0))
    if total <= 0 or any(weight < 0 for weight in weights):
        raise WeightsMissing(_("Aucun poids positif : la répartition est impossible."))
    if whole < 0:
        return [-part for part in largest_remainder(-whole, weights, unit=unit)]
    units = int((whole / unit).to_integral_value(rounding=ROUND_HALF_UP))
    exact = [units * weight / total for weight in weights]
    parts = [int(share.to_integral_value(rounding=ROUND_FLOOR)) for share in exact]
    left = units - sum(parts)
    order = sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], n))
    for n in order[:left]:
        parts[n] += 1
    return [part * unit for part in parts]


class Weight(NamedTuple):
    """The weight of one asset from a day to another (left out; ``None`` is open)."""

    asset_id: int
    weight: Decimal
    valid_from: date
    valid_to: date | None


class Slice(NamedTuple):
    """A part of a period in which no weight changes."""

    start: date
    end: date
    weights: Mapping[int, Decimal]


def cut(weights: Sequence[Weight], start: date, end: date) -> list[Slice]:
    """The period cut at each change of weight; the end is left out.

    A slice in which nothing is valid has no weights: what was used then is unallocated.
    """
    edges = {start, end}
    for weight in weights:
        edges |= {weight.valid_from, weight.valid_to or end}
    days = sorted(day for day in edges if start <= day <= end)
    slices = []
    for first, last in zip(days, days[1:], strict=False):
        valid: dict[int, Decimal] = {}
        for w in weights:
            if w.valid_from <= first and (w.valid_to is None or w.valid_to > first):
                valid[w.asset_id] = valid.get(w.asset_id, Decimal(0)) + w.weight
        slices.append(Slice(first, last, valid))
    return slices


def share_period(
    whole: Decimal, weights: Sequence[Weight], start: date, end: date, *, unit: Decimal = CENT
) -> dict[int | None, Decimal]:
    """A quantity of a period shared over assets, cut pro rata of days at changes of weight.

    Key ``None`` holds what no weight takes. The parts add up exactly to the whole rounded
    to the unit.
    """
    slices = cut(weights, start, end)
    keys: dict[int | None, Decimal] = {}
    for piece in slices:
        days = Decimal((piece.end - piece.start).days)
        total = sum(piece.weights.values(), Decimal(0))
        if not total:
            keys[None] = keys.get(None, Decimal(0)) + days
        for asset_id, weight in piece.weights.items():
            keys[asset_id] = keys.get(asset_id, Decimal(0)) + days * weight / (total or 1)
    if not keys:
        return {None: whole}
    parts = largest_remainder(whole, list(keys.values()), unit=unit)
    return dict(zip(keys, parts, strict=True))


class Part(NamedTuple):
    """One line of how a share was made: days of the period, weight among weights, amount."""

    start: date
    #: Included.
    last: date
    days: int
    asset_id: int | None
    weight: Decimal
    total_weight: Decimal
    #: Before any rounding, to the hundred-thousandth.
    amount: Decimal


def explained(whole: Decimal, weights: Sequence[Weight], start: date, end: date) -> list[Part]:
    """The lines that a share of a period is made of, in order; the end is left out.

    They add up to the whole but for their last decimals: the cents are settled once, on the
    sum of each asset.
    """
    all_days = Decimal((end - start).days)
    parts = []
    for piece in cut(weights, start, end):
        days = (piece.end - piece.start).days
        total = sum(piece.weights.values(), Decimal(0))
        nobody: Iterable[tuple[int | None, Decimal]] = [(None, Decimal(1))]
        keys = piece.weights.items() if total else nobody
        for asset_id, weight in keys:
            amount = whole * days / all_days * weight / (total or 1)
            parts.append(
                Part(
                    piece.start,
                    date.fromordinal(piece.end.toordinal() - 1),
                    days,
                    asset_id,
                    weight,
                    total or Decimal(1),
                    amount.quantize(Decimal("0.00001"), rounding=ROUND_HALF_UP),
                )
            )
    return parts
