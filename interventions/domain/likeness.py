"""Whether two requests ask for the same: by when, where and in which words.

Words are compared as sets: what is common against what is there at all (Jaccard). Places are
compared on the sphere of the earth's mean radius.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

#: Mean radius of the earth (IUGG), metres.
EARTH_RADIUS_M = 6_371_008.8
_CUT = re.compile(r"[^a-z0-9]+")
_SHORTEST = 3
#: A plural is told from this many letters on: "gaz" and "bus" keep theirs.
_PLURAL = 4

#: Words that say nothing of what is asked for.
STOP_WORDS = frozenset(
    """
    les des une dans sur sous avec sans pour par est sont pas plus aux cette ces son ses leur
    nous vous ils elle elles que qui quoi dont mais donc car non oui tres bien tout tous toute
    depuis encore aussi bonjour merci madame monsieur demande signalement probleme svp
    """.split()
)


@dataclass(frozen=True)
class Rule:
    """How near, how long and how alike; the weights and the threshold are from 0 to 1."""

    radius_m: float = 150.0
    window: timedelta = timedelta(days=180)
    distance_weight: float = 0.5
    words_weight: float = 0.5
    threshold: float = 0.6
    stop_words: frozenset[str] = STOP_WORDS


@dataclass(frozen=True)
class Wish:
    """A request as far as likeness cares; a position is latitude and longitude in degrees."""

    at: datetime
    text: str
    asset: object = None
    position: tuple[float, float] | None = None
    category: str | None = None
    words: frozenset[str] = field(default=frozenset(), compare=False)


@dataclass(frozen=True)
class Likeness:
    """How alike two requests are; no distance when a place is unknown or too far."""

    distance_m: float | None
    score: float


def _letters(text: str) -> list[str]:
    plain = text.lower().replace("œ", "oe").replace("æ", "ae")
    bare = "".join(
        mark for mark in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(mark)
    )
    return [word for word in _CUT.split(bare) if word]


def words_of(text: str, stop_words: Iterable[str] = STOP_WORDS) -> frozenset[str]:
    """The telling words of a text, without case, accents and plurals."""
    stopped = {word for said in stop_words for word in _letters(said)}
    found = set()
    for word in _letters(text):
        if len(word) < _SHORTEST and not any(mark.isdecimal() for mark in word):
            continue
        if word in stopped:
            continue
        if len(word) >= _PLURAL and word[-1] in "sx":
            word = word[:-1]
        if word not in stopped:
            found.add(word)
    return frozenset(found)


def distance_m(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Metres between two points given in degrees, along the sphere (haversine)."""
    (lat1, lon1), (lat2, lon2) = here, there
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half = (
        math.sin((phi2 - phi1) / 2) ** 2
        + math.cos(phi1) * math.cos(phi2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))


def likeness(one: Wish, other: Wish, rule: Rule) -> Likeness | None:
    """How alike two requests are; None when they are not: too long apart, or too little alike."""
    if abs(one.at - other.at) > rule.window:
        return None
    if one.category and other.category and one.category != other.category:
        return None
    away = _away(one, other, rule.radius_m)
    near = 0.0
    if away is not None:
        near = 1.0 if rule.radius_m <= 0 else 1.0 - away / rule.radius_m
    mine = one.words or words_of(one.text, rule.stop_words)
    theirs = other.words or words_of(other.text, rule.stop_words)
    said = mine | theirs
    common = len(mine & theirs) / len(said) if said else 0.0
    score = rule.distance_weight * near + rule.words_weight * common
    # Weights are decimals: 0.6 must not miss 0.6 by the last bit.
    return Likeness(away, score) if score >= rule.threshold - 1e-9 else None


def _away(one: Wish, other: Wish, radius_m: float) -> float | None:
    if one.asset is not None and one.asset == other.asset:
        return 0.0
    if one.position is None or other.position is None:
        return None
    away = distance_m(one.position, other.position)
    return away if away <= radius_m else None
