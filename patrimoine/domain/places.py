"""Where an asset is, as people say it: the building first, then the room in it.

"Groupe scolaire Les Tilleuls, chaufferie (rez-de-chaussée)": the building is always named, and its
site in front of it when the building's own name would not tell it from others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from patrimoine.domain.collation import plain
from patrimoine.domain.kinds import Kind

#: What rooms and storeys are called by a common noun, which begins in lower case within a line.
#: Any other first word may be somebody's name, and stays as it is written.
_COMMON = frozenset(
    "accueil amphitheatre annexe archives ascenseur atelier bibliotheque buanderie bureau"
    " cabinet cafeteria cage cantine cave cellier chambre chaufferie circulation classe comble"
    " combles couloir cour cuisine degagement depot dortoir douche douches entree entresol"
    " escalier espace etage foyer galerie garage grenier gymnase hall hangar infirmerie jardin"
    " laboratoire laverie lingerie local locaux loge logement magasin mezzanine niveau office"
    " palier parking patio piece placard plateau plonge poste preau quai rangement refectoire"
    " remise reserve rez-de-chaussee rez-de-jardin salle salon sanitaire sanitaires sas"
    " secretariat sous-sol sous-station standard studio terrasse tisanerie toilettes"
    " toit toiture tribune vestiaire vestiaires vestibule vide".split()
)
#: Where things stand that people go to: they are named in front of what is in them.
_HOUSES = (Kind.BUILDING, Kind.SITE, Kind.PARCEL)
_SPACES = (*_HOUSES, Kind.FLOOR, Kind.ROOM)
_WORD = re.compile(r"\w+")


class Step(NamedTuple):
    """An asset of the line from the top of the tree down to the asset itself."""

    kind: str
    name: str
    code: str
    #: Another of its kind has the same name in the register; and beside it, at the same place.
    is_shared: bool = False
    is_twin: bool = False
    address: str | None = None
    postcode: str | None = None
    city: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an asset is."""

    #: For whoever reads the asset's own name beside it; a site or a building tells its address.
    words: str
    #: For whoever does not: a space is named itself, "Mairie, salle 3 (rez-de-chaussée)".
    whole: str
    #: The asset's name with its place, in one line.
    named: str
    #: Where the post finds it, as far as it is known: "12 rue des Tilleuls, 10000 Aubre".
    address: str


def place_of(line: Sequence[Step], town: str) -> Place:
    """Where the last asset of the line is; ``town`` is what its authority is called."""
    own, above = line[-1], line[:-1]
    kind = Kind(own.kind)
    post = _post(line)
    if kind in _HOUSES:
        around = _around(above, own)
        words = _joined(around, post or ("" if around else town))
        whole = _joined(_inside(line), post)
    else:
        words, whole = _inside(above), _inside(line if kind in _SPACES else above)
    named = whole if kind in _SPACES else _joined(own.name, words)
    return Place(words, whole, named, post)


def _joined(*parts: str) -> str:
    return ", ".join(filter(None, parts))


def _inside(line: Sequence[Step]) -> str:
    """Where something is that stands just below the last asset of the line."""
    at = _house_at(line)
    if at is None:
        return _joined(*(step.name for step in line))
    house, below = _house(line, at), line[at + 1 :]
    floors = [in_a_line(step.name) for step in below if step.kind == Kind.FLOOR]
    others = [in_a_line(step.name) for step in below if step.kind != Kind.FLOOR]
    if not others:
        return _joined(house, *floors)
    room, *more = others
    level = [floor for floor in floors if not _holds(room, floor)]
    return _joined(house, f"{room} ({', '.join(level)})" if level else room, *more)


def _house_at(line: Sequence[Step]) -> int | None:
    """Which asset of the line people go to: the nearest building, else the nearest site."""
    for kind in _HOUSES:
        found = [at for at, step in enumerate(line) if step.kind == kind]
        if found:
            return found[-1]
    return None


def _house(line: Sequence[Step], at: int) -> str:
    """The name of a building or site that tells it from all others."""
    own = line[at]
    around = _around(line[:at], own)
    name = f"{own.name} ({own.code})" if own.is_twin or own.is_shared and not around else own.name
    return _joined(around, name) if own.is_shared or not _tells_enough(own.name) else name


def _around(above: Sequence[Step], own: Step) -> str:
    """The site or building around another; empty when its name says nothing more."""
    at = _house_at(above)
    if at is None:
        return ""
    around = above[at]
    if _holds(own.name, around.name):
        return ""
    return f"{around.name} ({around.code})" if around.is_shared else around.name


def _holds(name: str, other: str) -> bool:
    """Whether a name says another one, in whole words."""
    inner, said = (f" {' '.join(_WORD.findall(plain(text)))} " for text in (name, other))
    return said in inner


def _tells_enough(name: str) -> bool:
    """Whether a name holds a proper one: "École Jules-Ferry" does, "Bâtiment A" does not."""
    words = _WORD.findall(name)
    return any(len(word) > 1 and word[0].isupper() for word in words[1:])


def in_a_line(name: str) -> str:
    """The name of a room or storey within a line: "Chaufferie" is "chaufferie"."""
    first = re.split(r"[\s,(]", name, maxsplit=1)[0]
    is_common = plain(first) in _COMMON and not first.isupper()
    return name[:1].lower() + name[1:] if is_common else name


def _post(line: Sequence[Step]) -> str:
    """The nearest address that is known, its own first."""
    step = _addressed(line)
    if step is None:
        return ""
    town = " ".join(filter(None, (step.postcode, step.city)))
    return _joined(step.address or "", town)


def _addressed(line: Sequence[Step]) -> Step | None:
    """The nearest asset whose address is known, else the nearest whose town is."""
    for known in ("address", "city"):
        for step in reversed(line):
            if getattr(step, known):
                return step
    return None
