"""What is outside of a session's scope, as an error."""

from __future__ import annotations

from base.basics.errors import InvalidInput
from base.basics.i18n import _


class ScopeError(Exception):
    """A row or statement outside what this session may touch; shown as 404."""


class NoScope(ScopeError):
    """A person's session was asked for where there is no person."""


class KeyRefused(InvalidInput, ScopeError):
    """A row that is written names one that its entity has not; status 422, at its attribute.

    It says the same whether the row named is another authority's or does not exist.
    """

    def __init__(self, name: str) -> None:
        super().__init__(_("Des valeurs ne conviennent pas."), {name: _("Introuvable.")})
