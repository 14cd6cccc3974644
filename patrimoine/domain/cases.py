"""The worked cases of the register and its money."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from base.papers.cases import Topics, each, refused
from patrimoine.domain import shares


def _decimal(value: object) -> Decimal:
    if isinstance(value, bool):
        raise TypeError(repr(value))
    return Decimal(str(value))


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _split(case: Mapping[str, Any]) -> dict[str, Any]:
    """An amount shared by keys, whose weights may have dates."""
    amount = _decimal(case["amount_eur"])
    weights = [
        shares.Weight(
            key["id"],
            _decimal(key["weight"]),
            _day(key.get("valid_from")),
            _day(key.get("valid_to")),
        )
        for key in case["keys"]
    ]
    try:
        if case.get("period") is None:
            parts = _undated(amount, weights)
        else:
            start, end = (date.fromisoformat(day) for day in case["period"])
            parts = shares.share_period(amount, weights, start, end)
    except shares.PeriodEmpty:
        return refused("PERIODE_VIDE")
    except shares.WeightNegative:
        return refused("POIDS_NEGATIF")
    except shares.WeightsMissing:
        return refused("POIDS_NUL")
    return {
        "parts": [
            {"id": key, "amount_eur": float(part)} for key, part in parts.items() if key is not None
        ],
        "unallocated_eur": float(parts.get(None, 0)),
        "sum_eur": float(sum(parts.values(), Decimal(0))),
    }


def _undated(amount: Decimal, weights: list[shares.Weight[str]]) -> dict[str | None, Decimal]:
    by_key: dict[str, Decimal] = {}
    for weight in weights:
        by_key[weight.key] = by_key.get(weight.key, Decimal(0)) + weight.weight
    if any(weight.weight < 0 for weight in weights):
        raise shares.WeightNegative("POIDS_NEGATIF")
    parts = shares.largest_remainder(amount, list(by_key.values()), unit=shares.CENT)
    return dict(zip(by_key, parts, strict=True))


TOPICS: Topics = {"split": each(_split)}
