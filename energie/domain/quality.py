"""How far a reading can be trusted, and which reading replaces which."""

from __future__ import annotations

from typing import Any

from base.basics.i18n import _l
from base.store.choice import NumberChoice


class Quality(NumberChoice):
    """Quality of a reading; kept as a small integer because there are millions of rows.

    A lower number is better. ``SUSPECT`` and ``REJECTED`` count in no sum.
    """

    MEASURED = 1, _l("mesurée"), "mesuree"
    CORRECTED = 2, _l("corrigée"), "corrigee"
    SPREAD = 3, _l("répartie"), "repartie"
    ESTIMATED = 4, _l("estimée"), "estimee"
    REBUILT = 5, _l("reconstituée"), "reconstituee"
    SUSPECT = 8, _l("suspecte"), "suspecte"
    REJECTED = 9, _l("rejetée"), "rejetee"

    #: What files and programs write and read.
    code: str

    def tell(self, word: Any, code: str = "", _tone: str = "", /) -> None:
        """The word, the code."""
        super().tell(word)
        self.code = code


BY_LABEL = {quality.code: quality for quality in Quality}
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
    return quality_of(quality).code


def counts(quality: int) -> bool:
    """Whether a reading of this quality counts in sums."""
    return quality <= LAST_COUNTED


def may_replace(new: int, old: int, *, force: bool = False) -> bool:
    """Whether a value of quality ``new`` may take the place of one of quality ``old``.

    A better or equal code replaces; a worse one never does, unless it is forced.
    """
    return force or new <= old
