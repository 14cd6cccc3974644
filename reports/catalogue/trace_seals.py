"""The seals over the events of a report, each event examined against the first that covers it.

What is said depends on the events and on the first seal that covers each of them, never on later
seals: the same events and the same ``number`` give the same table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from base.basics.formats import number as number_text
from base.basics.i18n import _, ngettext
from base.basics.sessions import Session
from base.papers.reporting import Column, Kind, Line, Table
from base.store.models import Event
from base.store.models.seals import Seal
from base.upkeep.seals import merkle, seal_covering
from base.upkeep.seals.leaf import hash_of, row_of
from base.upkeep.seals.reading import is_genuine
from base.upkeep.seals.tree import Stored, TreeDamaged


@dataclass
class Covered:
    """The events that a seal is the first to cover."""

    seal: Seal
    is_signed: bool
    events: list[Event] = field(default_factory=list)
    #: Numbers of the events whose hash does not lead to the root of the seal.
    wrong: list[int] = field(default_factory=list)


@dataclass
class Examined:
    """All the events of a report, by seal; those that no seal covers yet."""

    covered: list[Covered] = field(default_factory=list)
    waiting: list[Event] = field(default_factory=list)

    @property
    def number(self) -> int:
        """The last seal that covers any of them; 0 for none."""
        return self.covered[-1].seal.number if self.covered else 0

    @property
    def sealed(self) -> int:
        """How many are sealed."""
        return sum(len(part.events) for part in self.covered)

    @property
    def holds(self) -> bool:
        """Whether every signature and every hash is right."""
        return all(part.is_signed and not part.wrong for part in self.covered)


def examine(session: Session, events: Sequence[Event]) -> Examined:
    """Hash each event again and follow the hashes up to the signed root of its seal."""
    found = Examined()
    known = _Tree(Stored(session))
    for event in events:
        here = found.covered[-1] if found.covered else None
        if here is None or event.seq > here.seal.size:
            seal = seal_covering(session, event.seq)
            if seal is None:
                found.waiting.append(event)
                continue
            here = Covered(seal, is_genuine(session, seal))
            found.covered.append(here)
        here.events.append(event)
        if not known.leads_to(event, here.seal):
            here.wrong.append(event.seq)
    return found


class _Tree:
    """The tree as it is kept, each hash read once."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored
        self._hashes: dict[tuple[int, int], bytes] = {}

    def _complete(self, level: int, index: int) -> bytes:
        if (level, index) not in self._hashes:
            self._hashes[level, index] = self._stored.complete(level, index)
        return self._hashes[level, index]

    def leads_to(self, event: Event, seal: Seal) -> bool:
        try:
            path = merkle.inclusion_path(event.seq - 1, seal.size, self._complete)
        except TreeDamaged:
            return False
        leaf = hash_of(row_of(event))
        return merkle.is_included(leaf, event.seq - 1, seal.size, path, bytes.fromhex(seal.root))


def in_words(found: Examined) -> str:
    """The result in one sentence, for the title block."""
    count = found.sealed + len(found.waiting)
    if not found.holds:
        return _("la vérification a échoué : voir « Scellés »")
    if not found.sealed:
        return _("aucun événement n’est encore scellé")
    if found.waiting:
        return ngettext(
            "%(sealed)s événement sur %(all)s scellé et vérifié, les autres au prochain scellé",
            "%(sealed)s événements sur %(all)s scellés et vérifiés, les autres au prochain scellé",
            found.sealed,
            sealed=number_text(found.sealed, 0),
            all=number_text(count, 0),
        )
    return ngettext(
        "%(n)s événement scellé et vérifié",
        "%(n)s événements, tous scellés et vérifiés",
        count,
        n=number_text(count, 0),
    )


def seals(found: Examined) -> Table:
    """One row per seal: what it covers, its root, and what the examination found."""
    columns = [
        Column("number", _("Scellé n°"), Kind.COUNT),
        Column("at", _("Le"), Kind.INSTANT),
        Column("size", _("Journal jusqu’au n°"), Kind.COUNT),
        Column("events", _("Événements"), Kind.COUNT),
        Column("root", _("Racine signée"), Kind.CODE),
        Column("result", _("Vérification")),
    ]
    rows = [
        Line(
            [
                *(part.seal.number, part.seal.at, part.seal.size, len(part.events)),
                *(part.seal.root, _result(part)),
            ]
        )
        for part in found.covered
    ]
    if found.waiting:
        first = number_text(found.waiting[0].seq, 0)
        text = _("à partir du n° %(seq)s : au prochain scellé", seq=first)
        rows.append(Line([None, None, None, len(found.waiting), None, text]))
    return Table(
        *("seals", _("Scellés"), columns, lambda: rows),
        note=_(
            "Vérifier, c’est recalculer l’empreinte de chaque événement, suivre les empreintes du "
            "journal jusqu’à la racine et contrôler la signature Ed25519 du scellé. Le premier "
            "scellé posé après un événement est celui qui est donné."
        ),
        empty=_("Le journal n’a aucun événement sur ce bien."),
    )


def _result(part: Covered) -> str:
    if not part.is_signed:
        return _("signature non valable")
    if part.wrong:
        seqs = ", ".join(number_text(seq, 0) for seq in part.wrong[:5])
        more = "…" if len(part.wrong) > 5 else ""
        return _("événements changés : n° %(seqs)s", seqs=seqs + more)
    return _("vérifié")
