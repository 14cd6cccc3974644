"""How what a file leaves open is told: on screen, by the command, by a program.

The same sentences go into reports and refusals at every door; each names the way of its own reader.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum

from base.basics.i18n import _


class Reader(StrEnum):
    """Who reads what an import says."""

    SCREEN = "screen"
    COMMAND = "command"
    PROGRAM = "program"


_reader: ContextVar[Reader] = ContextVar("imports_reader", default=Reader.SCREEN)


def reader() -> Reader:
    """Who reads what is said now."""
    return _reader.get()


@contextmanager
def told_to(found: Reader) -> Iterator[None]:
    """Within it, sentences are for this reader."""
    token = _reader.set(found)
    try:
        yield
    finally:
        _reader.reset(token)


def answering(label: object, key: str, *values: str) -> str:
    """How a question is answered: by its word on screen, else by its key and one of the values."""
    if reader() is Reader.SCREEN:
        return _("« %(label)s », à l’étape « Associer »", label=label)
    # In quotes: the sentence's own full stop behind a mark would be copied with it.
    form = "--option '{}={}'" if reader() is Reader.COMMAND else 'options={{"{}": "{}"}}'
    one, *more = (form.format(key, value) for value in values)
    return _("%(one)s ou %(other)s", one=one, other=more[0]) if more else one


def american_days() -> str:
    """How all days of a file are said to have the month first."""
    if reader() is Reader.SCREEN:
        return _("case « Les dates sont américaines », à l’étape « Associer »")
    return "--american" if reader() is Reader.COMMAND else "american=true"
