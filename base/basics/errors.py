"""Errors that carry a sentence for the person who reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self


class DomainError(Exception):
    """A rule of the trade refuses; the sentence is shown as it is, with status 409.

    ``errors`` may name the fields at fault: ``{"code": "Ce code existe déjà."}``.
    """

    status = 409
    #: The sentence for the page, where programs are told more: which field answers, and its codes.
    on_page = ""

    def __init__(self, sentence: object, errors: Mapping[str, Any] | None = None) -> None:
        super().__init__(str(sentence))
        self.errors: dict[str, Any] = dict(errors or {})


class InvalidInput(DomainError):
    """What was typed or sent cannot be taken; status 422."""

    status = 422

    @classmethod
    def at(cls, field: str, sentence: object) -> Self:
        """The refusal of one field, with the sentence beside it."""
        return cls(sentence, {field: str(sentence)})


class UsageError(InvalidInput):
    """A command was given what it cannot take: exit code 2."""


class NotFound(DomainError):
    """The row does not exist for this person; status 404."""

    status = 404


class TransitionRefused(DomainError):
    """The state does not allow the verb."""


class Stale(DomainError):
    """The row was changed by somebody else in between."""


class StartRefused(Exception):  # noqa: N818 - not an error of the trade: the start stops
    """The process must not start; the sentence says why and what to do."""
