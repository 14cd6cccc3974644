"""What a report is about: one asset with what is below it, or all the assets of the scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from base.basics.errors import InvalidInput
from base.basics.formats import number
from base.basics.i18n import _, ngettext
from base.basics.sessions import Session
from base.face.views.choices import relation_choices
from base.store.together import told
from patrimoine.models import Asset
from reports import queries

#: Stands in a parameter for "those that have none".
NONE = "-"


@dataclass(frozen=True)
class Perimeter:
    """The top of the perimeter, if any, and how it reads."""

    asset: Asset | None
    path: str | None
    title: str
    text: str


def asset_of(session: Session, code: str) -> Asset:
    """The asset of that code.

    Raises:
        InvalidInput: there is none in the scope, or one in each of several authorities.
    """
    found: Sequence[Asset] = queries.assets_with_code(session, code)
    if not found:
        sentence = _("Aucun bien n’a le code « %(code)s ».", code=code[:60])
    elif len(found) > 1:
        sentence = _("Plusieurs collectivités ont un bien « %(code)s ».", code=code[:60])
    else:
        return found[0]
    raise InvalidInput.at("asset", sentence)


def services_of(session: Session, code: str) -> tuple[int, ...]:
    """The ids of the services of that code; none for those lines that have no service.

    Raises:
        InvalidInput: there is none in the scope.
    """
    if code == NONE:
        return ()
    known = queries.services_with_code(session, code)
    if not known:
        raise InvalidInput.at(
            "service", _("Aucun service n’a le code « %(code)s ».", code=code[:60])
        )
    return tuple(service.id for service in known)


def find_assets(session: Session, words: str) -> list[tuple[str, str]]:
    """Code and label of twenty assets that have the words, as choice fields offer them."""
    rows = relation_choices(session, Asset, words)
    return [(asset.code, f"{asset.code} · {told(asset)}") for asset in rows]


def find_services(session: Session, words: str) -> list[tuple[str, str]]:
    """Code and label of twenty services that have the words, and the lines that have none."""
    none = (NONE, _("sans service"))
    found = [(s.code, f"{s.code} · {s.name}") for s in queries.services_with_words(session, words)]
    offered = not words or words == NONE or words.lower() in none[1]
    return [*found, none] if offered else found


def perimeter(session: Session, code: str | None, *, alone: bool = False) -> Perimeter:
    """The perimeter of a report; everything in the scope without a code.

    Raises:
        InvalidInput: no asset has the code.
    """
    if code is None:
        count = queries.asset_count(session, None)
        names = [entity.name for entity in queries.entities(session, session.scope)]
        where = ", ".join(names[:3]) + ("…" if len(names) > 3 else "")
        title = _("Tous les biens")
        text = _("Tous les biens, %(where)s : %(count)s", where=where, count=_assets(count))
        return Perimeter(None, None, title, text)
    asset = asset_of(session, code)
    if alone:
        text = _("%(name)s (%(code)s), le bien seul", name=told(asset), code=asset.code)
        return Perimeter(asset, asset.path, asset.name, text)
    count = queries.asset_count(session, asset.path)
    text = _("%(name)s (%(code)s)", name=told(asset), code=asset.code)
    if count > 1:
        text = _(
            "%(name)s (%(code)s) et tout ce qu’il contient : %(count)s",
            name=told(asset),
            code=asset.code,
            count=_assets(count),
        )
    return Perimeter(asset, asset.path, asset.name, text)


def _assets(count: int) -> str:
    return ngettext("%(n)s bien", "%(n)s biens", count, n=number(count, 0))
