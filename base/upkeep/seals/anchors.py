"""Anchors: what somebody noted outside of the state of the trail on a day."""

from __future__ import annotations

from dataclasses import dataclass

from base.basics.errors import InvalidInput
from base.basics.i18n import _


@dataclass(frozen=True)
class Anchor:
    """A size and root that somebody noted outside: on paper, in a mail."""

    size: int
    root: str

    @classmethod
    def read(cls, text: str) -> Anchor:
        """An anchor as ``seal`` prints it: ``SIZE:ROOT``.

        Raises:
            InvalidInput: it is not of that form.
        """
        size, _sep, root = text.strip().lower().partition(":")
        if not size.isdecimal() or len(root) != 64 or set(root) - set("0123456789abcdef"):
            raise InvalidInput(
                _("Un repère s’écrit TAILLE:RACINE, comme l’affiche la commande « seal ».")
            )
        return cls(int(size), root)
