"""Benchmarks: modules declare them, ``run.py bench`` runs them.

A benchmark is a function of the scale ("small" or "full") that returns its figures; ``bar``
says what is to be reached, in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Figures = Mapping[str, float | int | str]
Function = Callable[[str], Figures]


@dataclass(frozen=True, slots=True)
class Bench:
    """A declared benchmark."""

    name: str
    bar: str
    function: Function


#: Every declared benchmark, by name. A module declares its own in its room ``bench``.
BENCHES: dict[str, Bench] = {}


def bench(name: str, bar: str = "") -> Callable[[Function], Function]:
    """Declare a benchmark."""

    def declare(function: Function) -> Function:
        BENCHES[name] = Bench(name, bar, function)
        return function

    return declare
