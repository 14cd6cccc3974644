"""How often Python looks for objects that only hold each other."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: New objects before a look among them, then rounds before a look among the older ones.
_SELDOM = (10_000, 20, 20)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look less often while many objects are made that all stay, and hold no circle.

    A file of ten thousand rows makes a million: at Python's 700 a quarter of its time went into
    looking. Everywhere else it stays: a process that rests is a sixth smaller for it.
    """
    before = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def uncollected() -> Iterator[None]:
    """Look not at all while an application is loaded: a quarter of a start, for what all stays."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
