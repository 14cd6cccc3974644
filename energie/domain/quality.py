"""How far a reading can be trusted, and which reading replaces which."""

from __future__ import annotations

from enum import IntEnum


class Quality(IntEnum):
    """Quality of a reading; kept as a small integer because there are millions of rows.

    A lower number is better. ``SUSPECT`` and ``REJECTED`` count in no sum.
    """

    MEASURED = 1
    CORRECTED = 2
    SPREAD = 3
    ESTIMATED = 4
    REBUILT = 5
    SUSPECT = 8
    REJECTED = 9


#: The codes that users read (energy specification 2.7).
LABELS = {
    Quality.MEASURED: "mesuree",
    Quality.CORRECTED: "corrigee",
    Quality.SPREAD: "repartie",
    Quality.ESTIMATED: "estimee",
    Quality.REBUILT: "reconstituee",
    Quality.SUSPECT: "suspecte",
    Quality.REJECTED: "rejetee",
}
BY_LABEL = {label: quality for quality, label in LABELS.items()}
#: The last quality that counts in a sum.
LAST_COUNTED = Quality.REBUILT


#: Added to the quality of an index that its neighbours contradict: what it was stays readable,
#: and comes back when the neighbour that spoke against it is taken away.
DOUBT = 10


def doubted(quality: int) -> int:
    """The quality of a reading once its neighbours contradict it: it counts in no sum."""
    return quality if quality > DOUBT else quality + DOUBT


def settled(quality: int) -> int:
    """The quality that a reading came with, doubted since or not."""
    return quality - DOUBT if quality > DOUBT else quality


def quality_of(stored: int) -> Quality:
    """The quality that a stored number stands for; one in doubt is suspect."""
    return Quality.SUSPECT if stored > DOUBT else Quality(stored)


def label_of(quality: int) -> str:
    """The code that users read for a stored quality."""
    return LABELS[quality_of(quality)]


def counts(quality: int) -> bool:
    """Whether a reading of this quality counts in sums."""
    return quality <= LAST_COUNTED


def may_replace(new: int, old: int, *, force: bool = False) -> bool:
    """Whether a value of quality ``new`` may take the place of one of quality ``old``.

    A better or equal code replaces; a worse one never does, unless it is forced.
    """
    return force or new <= old
