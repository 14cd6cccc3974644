"""What may be done to many assets from their lists."""

from __future__ import annotations

from typing import Any

from base.basics import clock
from base.basics.i18n import _l, ngettext
from base.basics.sessions import Session
from base.face.views.displays import Ask, Verb
from patrimoine import domain, services
from patrimoine.models import Asset


def _statuses() -> list[tuple[str, str]]:
    return domain.AssetStatus.words()


def _change(session: Session, row: Asset, values: dict[str, Any]) -> None:
    services.update(session, row, **values)


def _archive(session: Session, row: Asset, values: dict[str, Any]) -> None:
    services.archive(session, row, on=clock.today())


ASSET_VERBS = [
    Verb(
        "service",
        _l("Confier à un service"),
        "users",
        _change,
        right="edit",
        asks=(Ask("service", _l("Service gestionnaire"), "row", True),),
        done=lambda n: ngettext("1 bien confié.", "%(num)d biens confiés.", n),
    ),
    Verb(
        "status",
        _l("Changer l’état"),
        "flag",
        _change,
        right="edit",
        asks=(Ask("status", _l("État"), "choice", True, choices=_statuses),),
        done=lambda n: ngettext("1 bien a changé d’état.", "%(num)d biens ont changé d’état.", n),
    ),
    Verb(
        "archive",
        _l("Archiver"),
        "archive",
        _archive,
        right="AssetView.archive",
        done=lambda n: ngettext("1 bien archivé.", "%(num)d biens archivés.", n),
        confirm=_l("Archiver les biens cochés ? Ils sortent des listes, leur histoire reste."),
    ),
]
