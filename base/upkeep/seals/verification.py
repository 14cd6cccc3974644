"""The trail against its seals, in one pass over both, with the memory of a few rows.

Three things are held against each other: the entries, the leaf hashes written when they were
sealed, and the signed roots. An entry that is not its leaf hash is named to the number; leaf
hashes that are not what was signed, to the seal; a trail rewritten as a whole with its seals is
found by a root that was noted elsewhere: the anchor.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from base.basics.errors import InvalidInput
from base.basics.i18n import _
from base.store.models.seals import Seal, SealKey
from base.upkeep.seals import leaf, merkle, signing, streams
from base.upkeep.seals.anchors import Anchor
from base.upkeep.seals.findings import Course, Findings
from base.upkeep.seals.sealing import SERIES
from base.upkeep.seals.tree import LEVEL, Stored, TreeDamaged

#: Level, index and hash of a complete subtree.
Node = tuple[int, int, bytes]


def verify_trail(
    connection: Connection,
    *,
    anchors: Sequence[Anchor] = (),
    since: int = 0,
    trusted: Sequence[str] = (),
) -> Course:
    """Hold the trail against its seals.

    ``since`` is the number of a seal whose entries are taken as they are; ``trusted``, when any
    are given, are the fingerprints of the only keys that may have signed.

    Raises:
        InvalidInput: there is no seal with the number ``since``.
    """
    return _Pass(connection, anchors, since, trusted).run()


class _Pass:
    """The state of one pass; see ``verify_trail``."""

    def __init__(
        self, connection: Connection, anchors: Sequence[Anchor], since: int, trusted: Sequence[str]
    ) -> None:
        self.connection = connection
        self.findings = Findings()
        self.course = Course(self.findings)
        self.anchors = sorted(anchors, key=lambda anchor: anchor.size)
        self.trusted = {name.lower() for name in trusted}
        keys = connection.execute(select(SealKey.fingerprint, SealKey.public_key))
        self.public: dict[str, str] = {name: public for name, public in keys}  # noqa: C416
        #: Fingerprint -> entry that says the key was made.
        self.told = streams.told_keys(connection)
        #: Over the leaf hashes; and, from the first difference to the next seal, over the entries.
        self.tree = merkle.Growing()
        self.other: merkle.Growing | None = None
        #: First entry of this seal that is not its leaf hash, with what it is.
        self.strange: tuple[int, leaf.Row] | None = None
        #: The seal before.
        self.number = self.size = 0
        self.root = merkle.EMPTY.hex()
        if since:
            self._begin_at(since)
        self.course.last_seq = self.tree.size
        self.given = streams.counters(connection)
        self.entries = leaf.rows(connection, after=self.tree.size or None)
        self.entry: leaf.Row | None = next(self.entries, None)
        self.leaves = streams.leaves(connection, self.tree.size)
        self.noted = next(self.leaves, None)
        self.nodes = streams.nodes(connection, self.tree.size)
        self.node = next(self.nodes, None)

    def _begin_at(self, since: int) -> None:
        seal = self.connection.execute(
            select(Seal.size, Seal.root).where(Seal.number == since)
        ).first()
        if seal is None:
            raise InvalidInput(_("Il n’y a pas de scellé n° %(number)s.", number=since))
        try:
            self.tree = merkle.Growing(seal.size, Stored(self.connection).peaks(seal.size))
        except TreeDamaged as fault:
            raise InvalidInput(str(fault)) from fault
        if self.tree.root().hex() != seal.root:
            self.findings.add(
                "seal_root",
                f"Les empreintes rangées ne donnent pas la racine du scellé n° {since}.",
                1,
            )
        self.number, self.size, self.root = since, seal.size, seal.root

    # --- the pass ---------------------------------------------------------------------------

    def run(self) -> Course:
        """All seals, then what no seal covers, then the counters."""
        statement = (
            select(
                Seal.number,
                Seal.size,
                Seal.root,
                Seal.previous_root,
                Seal.at,
                Seal.key,
                Seal.signature,
            )
            .where(Seal.number > self.number)
            .order_by(Seal.number)
        )
        try:
            with streams.stream(self.connection, statement) as seals:
                for seal in seals:
                    self._seal(seal)
            return self._end()
        finally:
            for open_ in (self.entries, self.leaves, self.nodes):
                open_.close()

    def _end(self) -> Course:
        self._beyond_the_last_seal()
        self._rest()
        self._numbers()
        self._keys()
        course = self.course
        course.seals, course.size, course.root = self.number, self.size, self.root
        return course

    def _seal(self, seal: Any) -> None:
        first = self.size + 1
        if seal.number != self.number + 1:
            self.findings.add(
                "seal_deleted",
                f"Le scellé n° {self.number + 1} manque : il a été supprimé.",
                first,
            )
        if seal.size <= self.size:
            self.findings.add(
                "seal_changed",
                f"Le scellé n° {seal.number} couvre moins de faits que le précédent : "
                "il a été changé.",
                first,
            )
            self.number = seal.number
            return
        self._signature(seal, first)
        if seal.previous_root != self.root and seal.number == self.number + 1:
            self.findings.add(
                "seal_chain",
                f"Le scellé n° {seal.number} ne suit pas le scellé n° {self.number} : "
                "l’un des deux a été changé.",
                first,
            )
        self._advance(seal.size)
        self._judge(seal, first)
        self.number, self.size, self.root = seal.number, seal.size, seal.root

    def _signature(self, seal: Any, first: int) -> None:
        public = self.public.get(seal.key, "")
        if not signing.is_signed(public, seal.signature, signing.bytes_of(seal)):
            self.findings.add(
                "seal_signature",
                f"La signature du scellé n° {seal.number} n’est pas valable : "
                "le scellé a été changé ou contrefait.",
                first,
            )
        elif self.trusted and seal.key not in self.trusted:
            self.findings.add(
                "seal_key",
                f"Le scellé n° {seal.number} est signé par une clé qui n’est pas de confiance : "
                f"{seal.key}.",
                first,
            )

    def _judge(self, seal: Any, first: int) -> None:
        """What is wrong between this seal and the one before, if anything is."""
        by_leaves = self.tree.root().hex() == seal.root
        by_entries = self.other is not None and self.other.root().hex() == seal.root
        if self.strange is not None and by_entries and not by_leaves:
            seq, _row = self.strange
            self.findings.add(
                "leaf_changed",
                f"L’empreinte rangée du fait n° {seq} a été changée ; le fait lui-même est intact.",
                seq,
            )
            self.tree = self.other  # type: ignore[assignment]
        elif self.strange is not None:
            self._tell(*self.strange)
        if not by_leaves and not by_entries:
            self.findings.add(
                "seal_root",
                f"Les faits n° {first} à {seal.size} ne donnent pas la racine du scellé "
                f"n° {seal.number} : le scellé ou l’histoire a été changé.",
                first,
            )
        self.other = self.strange = None

    def _advance(self, size: int) -> None:
        """Go on to the entry numbered ``size``."""
        while self.tree.size < size:
            index = self.tree.size
            row = self._entry(index + 1)
            found = leaf.hash_of(row) if row is not None else merkle.EMPTY
            noted = self._noted(index, found)
            if found != noted and self.other is None:
                self.other = merkle.Growing(index, self.tree.peaks)
            if found != noted and self.strange is None and row is not None:
                self.strange = (index + 1, row)
            ended = list(self.tree.append(noted))
            beside = list(self.other.append(found)) if self.other is not None else ended
            for one, two in zip(ended, beside, strict=True):
                if one[0] >= LEVEL:
                    self._node(one, two)
            self._anchor()

    def _noted(self, index: int, instead: bytes) -> bytes:
        """The leaf hash kept of an entry; what is given, and a fault, when there is none."""
        while self.noted is not None and self.noted[0] < index:
            self.noted = next(self.leaves, None)
        if self.noted is None or self.noted[0] != index:
            self.findings.add(
                "leaf_deleted",
                f"Les empreintes rangées manquent à partir du fait n° {index + 1}.",
                index + 1,
            )
            return instead
        hash_ = self.noted[1]
        self.noted = next(self.leaves, None)
        return hash_

    def _entry(self, seq: int) -> leaf.Row | None:
        """The entry with that number; None, and a fault, when it is not there."""
        while self.entry is not None and self.entry[leaf.SEQ] < seq:
            # Numbers come in order, so that this can only be one below the first.
            self._inserted(self.entry)
            self.entry = next(self.entries, None)
        if self.entry is None or self.entry[leaf.SEQ] != seq:
            if self.entry is None:
                self.findings.add(
                    "truncated",
                    f"Le journal s’arrête au fait n° {seq - 1} : la fin, à partir du n° {seq}, "
                    "a été supprimée.",
                    seq,
                )
            else:
                self.findings.add("deleted", f"Le fait n° {seq} a été supprimé du journal.", seq)
            return None
        row = self.entry
        self._look(row)
        self.entry = next(self.entries, None)
        return row

    def _look(self, row: leaf.Row) -> None:
        self.course.entries += 1
        self.course.last_seq = row[leaf.SEQ]

    def _inserted(self, row: leaf.Row) -> None:
        seq = row[leaf.SEQ]
        self.findings.add(
            "inserted", f"Un fait numéroté {seq}, hors de la suite, a été inséré.", seq
        )

    def _node(self, one: Node, two: Node) -> None:
        """A subtree has ended: ``one`` by the leaf hashes kept, ``two`` by the entries."""
        level, index, hash_ = one
        if self.node is not None and self.node[:2] == (level, index):
            kept = self.node[2]
            self.node = next(self.nodes, None)
            if kept in (hash_, two[2]):
                return
        first, last = (index << level) + 1, (index + 1) << level
        self.findings.add(
            "node",
            f"L’empreinte du groupe de faits n° {first} à {last} manque ou a été changée.",
            first,
        )

    def _anchor(self) -> None:
        while self.anchors and self.anchors[0].size <= self.tree.size:
            anchor = self.anchors.pop(0)
            if anchor.size == self.tree.size and self.tree.root().hex() != anchor.root:
                self.findings.add(
                    "anchor",
                    f"La racine des faits n° 1 à {anchor.size} n’est pas celle du repère : "
                    "l’histoire a été réécrite avant le n° "
                    f"{anchor.size} ou le repère vient d’ailleurs.",
                    1,
                )

    def _tell(self, seq: int, row: leaf.Row) -> None:
        """An entry is not what was sealed: say whether it is another one, or changed."""
        moved = streams.sealed_under(self.connection, seq, row)
        if moved is None:
            if streams.follows(self.connection, seq):
                self.findings.add(
                    "inserted",
                    f"Un fait étranger a été inséré au n° {seq} ; les suivants sont renumérotés.",
                    seq,
                )
            else:
                self.findings.add("changed", f"Le fait n° {seq} du journal a été changé.", seq)
        else:
            self.findings.add(
                "renumbered",
                f"Le fait n° {seq} a été supprimé ou remplacé : sous ce numéro se trouve le fait "
                f"n° {moved}, renuméroté.",
                seq,
            )

    # --- the end ----------------------------------------------------------------------------

    def _beyond_the_last_seal(self) -> None:
        """Hashes or anchors beyond the last seal: there was one more."""
        if self.noted is not None or self.node is not None:
            self.findings.add(
                "seal_deleted",
                f"Des empreintes sont rangées au-delà du fait n° {self.size}, où finit le dernier "
                f"scellé : le scellé n° {self.number + 1} a été supprimé.",
                self.size + 1,
            )
        for anchor in self.anchors:
            self.findings.add(
                "anchor",
                f"Le repère va jusqu’au fait n° {anchor.size}, le dernier scellé jusqu’au n° "
                f"{self.size} seulement : un scellé ou la fin du journal a été supprimé.",
                self.size + 1,
            )

    def _rest(self) -> None:
        """What is not sealed yet has at least its numbers in order."""
        seq, given = self.tree.size, self.given.get("trail", 0)
        while self.entry is not None:
            row, self.entry = self.entry, next(self.entries, None)
            if row[leaf.SEQ] <= seq:
                self._inserted(row)
                continue
            seq += 1
            if row[leaf.SEQ] != seq and seq <= given:
                self.findings.add("deleted", f"Le fait n° {seq} a été supprimé du journal.", seq)
            seq = row[leaf.SEQ]
            self._look(row)

    def _numbers(self) -> None:
        """The counters end where the entries and the seals end."""
        given, last = self.given.get("trail", 0), self.course.last_seq
        if given > last:
            self.findings.add(
                "truncated",
                f"Le journal s’arrête au fait n° {last} alors que les numéros sont donnés jusqu’au "
                f"n° {given} : la fin, à partir du n° {last + 1}, a été supprimée.",
                last + 1,
            )
        elif given < last:
            self.findings.add(
                "counter",
                f"Le journal va jusqu’au fait n° {last} alors que les numéros sont donnés jusqu’au "
                f"n° {given} : les faits à partir du n° {given + 1} ont été insérés.",
                given + 1,
            )
        if (made := self.given.get(SERIES, 0)) != self.number:
            self.findings.add(
                "seal_deleted",
                f"Les scellés sont comptés jusqu’au n° {made}, le dernier qui est là porte le n° "
                f"{self.number}.",
                self.size + 1,
            )

    def _keys(self) -> None:
        for name, public in sorted(self.public.items()):
            try:
                right = signing.fingerprint(public) == name
            except ValueError:
                right = False
            if not right:
                self.findings.add("seal_key", f"La clé publique {name} a été changée.")
            elif name not in self.told:
                self.findings.add(
                    "seal_key",
                    f"La clé publique {name} n’est pas annoncée au journal : elle est étrangère.",
                )
