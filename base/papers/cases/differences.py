"""Where the result of a worked case leaves what was expected."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def differences(
    expected: Any, actual: Any, tolerance: Mapping[str, Any], path: str = ""
) -> list[str]:
    """Where the result leaves its tolerance, one line each: place, expected, computed.

    Only what is expected is compared: a result may say more.
    """
    if isinstance(expected, Mapping):
        if not isinstance(actual, Mapping):
            return [f"{path or '.'}: {expected!r} ≠ {actual!r}"]
        return [
            line
            for key, value in expected.items()
            for line in (
                differences(value, actual[key], tolerance, f"{path}.{key}")
                if key in actual
                else [f"{path}.{key}: absent"]
            )
        ]
    if isinstance(expected, list):
        if not isinstance(actual, list) or len(actual) != len(expected):
            return [f"{path or '.'}: {expected!r} ≠ {actual!r}"]
        return [
            line
            for n, (one, other) in enumerate(zip(expected, actual, strict=True))
            for line in differences(one, other, tolerance, f"{path}[{n}]")
        ]
    if _is_number(expected) and _is_number(actual):
        same = _agree(expected, actual, tolerance)
    else:
        # True is 1 in Python, and is no number here.
        same = isinstance(expected, bool) == isinstance(actual, bool) and expected == actual
    return [] if same else [f"{path or '.'}: {_shown(expected)} ≠ {_shown(actual)}"]


def _agree(expected: Any, actual: Any, tolerance: Mapping[str, Any]) -> bool:
    one, other = Decimal(str(expected)), Decimal(str(actual))
    if not (one.is_finite() and other.is_finite()):
        return bool(expected == actual)
    absolute, relative = (Decimal(str(tolerance.get(name, 0))) for name in ("abs", "rel"))
    return abs(one - other) <= max(absolute, relative * max(abs(one), abs(other)))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _shown(value: object) -> str:
    return str(value) if isinstance(value, Decimal) else repr(value)
