"""Benchmarks: modules declare them, ``run.py bench`` runs them.

A benchmark is a function of the scale ("small" or "full") that returns its figures; ``bar``
says what is to be reached, in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

Figures = Mapping[str, float | int | str]
Function = Callable[[str], Figures]


@dataclass(frozen=True, slots=True)
class Bench:
    """A declared benchmark."""

    name: str
    bar: str
    function: Function
    #: Run only when it is asked for by name: it takes minutes.
    alone: bool = False


#: Where a benchmark may keep what takes minutes to build; a scratch folder when empty.
KEPT: list[Path] = []

#: Every declared benchmark, by name. A module declares its own in its room ``bench``.
BENCHES: dict[str, Bench] = {}


def bench(name: str, bar: str = "", *, alone: bool = False) -> Callable[[Function], Function]:
    """Declare a benchmark; one that runs ``alone`` is left out when all of them run."""

    def declare(function: Function) -> Function:
        BENCHES[name] = Bench(name, bar, function, alone)
        return function

    return declare
