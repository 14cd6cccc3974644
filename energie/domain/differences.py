"""Where the result of a worked case leaves what was expected."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def differences(
    expected: Any, actual: Any, tolerance: Mapping[str, float], path: str = ""
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
        absolute, relative = tolerance.get("abs", 0), tolerance.get("rel", 0)
        if math.isclose(expected, actual, abs_tol=absolute, rel_tol=relative):
            return []
        return [f"{path or '.'}: {expected!r} ≠ {actual!r}"]
    return [] if expected == actual else [f"{path or '.'}: {expected!r} ≠ {actual!r}"]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
