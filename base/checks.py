"""What a check of the installation is, and what it finds: for ``doctor`` and for every module."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy.engine import Connection, Engine

from base.application import App
from base.basics.typography import spaced
from base.rules.modules import loading


@dataclass(frozen=True)
class Finding:
    """The result of one check."""

    check: str
    #: "ok", "warning" or "fault"; a fault makes the command end with 1.
    state: str
    sentence: str

    def __post_init__(self) -> None:
        """Its sentence is French in every language, and stands on pages too."""
        object.__setattr__(self, "sentence", spaced(self.sentence))


Check = Callable[[App, Engine, Connection], Iterator[Finding]]


def module_checks(app: App) -> list[Check]:
    """What each module declares as ``CHECKS`` in its room ``doctor``."""
    found: list[Check] = []
    for manifest in app.manifests:
        if manifest.module != "base":
            found.extend(getattr(loading.room(manifest, "doctor"), "CHECKS", ()))
    return found
