"""The tree as it is kept: hashes of complete subtrees from 256 entries up, leaves below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import and_, or_, select

from base.basics.errors import DomainError
from base.basics.i18n import _
from base.store.models.seals import SealLeaf, SealNode
from base.upkeep.seals import merkle

#: Subtrees from this level up are rows of their own.
LEVEL = 8
BLOCK = 1 << LEVEL
HASH_BYTES = 32


class TreeDamaged(DomainError):
    """A hash that a seal was made from is missing."""


def _damaged(seq: int) -> TreeDamaged:
    return TreeDamaged(
        _(
            "Les empreintes du journal manquent à partir du fait n° %(seq)s : lancez « verify ».",
            seq=seq,
        )
    )


class Stored:
    """The sealed part of the tree, read as it is asked for.

    ``source`` is a session or a connection. The last blocks read are kept.
    """

    def __init__(self, source: Any) -> None:
        self._execute = source.execute
        self._blocks: dict[int, list[bytes]] = {}
        self._nodes: dict[tuple[int, int], bytes] = {}

    def read_for(self, work: Callable[[merkle.Complete], object]) -> None:
        """Read at once what a work will ask for: a proof asks for twenty hashes, one by one."""
        wanted: set[tuple[int, int]] = set()

        def ask(level: int, index: int) -> bytes:
            wanted.add((level, index))
            return merkle.EMPTY

        work(ask)
        nodes = [(level, index) for level, index in wanted if level >= LEVEL]
        if nodes:
            rows = self._execute(
                select(SealNode.level, SealNode.index, SealNode.hash).where(
                    or_(*(and_(SealNode.level == k, SealNode.index == i) for k, i in nodes))
                )
            )
            self._nodes.update(((level, index), bytes(hash_)) for level, index, hash_ in rows)

    def complete(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree (see ``merkle.Complete``).

        Raises:
            TreeDamaged: it is not there.
        """
        first = index << level
        if level >= LEVEL and (level, index) in self._nodes:
            return self._nodes[level, index]
        if level >= LEVEL:
            found = self._execute(
                select(SealNode.hash).where(SealNode.level == level, SealNode.index == index)
            ).scalar_one_or_none()
            if found is None:
                raise _damaged(first + 1)
            return bytes(found)
        leaves = self._leaves(first >> LEVEL)
        start = first % BLOCK
        wanted = leaves[start : start + (1 << level)]
        if len(wanted) < 1 << level:
            raise _damaged(first + 1)
        return merkle.root(wanted)

    def leaf(self, index: int) -> bytes:
        """The hash of one leaf, from 0."""
        return self.complete(0, index)

    def peaks(self, size: int) -> list[bytes]:
        """The hashes of the complete subtrees of a tree of that size."""
        return [self.complete(level, index) for level, index in merkle.peaks(0, size)]

    def _leaves(self, block: int) -> list[bytes]:
        if block not in self._blocks:
            start = block * BLOCK
            rows = self._execute(
                select(SealLeaf.first, SealLeaf.hashes)
                .where(SealLeaf.first >= start, SealLeaf.first < start + BLOCK)
                .order_by(SealLeaf.first)
            ).all()
            found: list[bytes] = []
            for first, hashes in rows:
                if first != start + len(found):
                    break
                found += split(bytes(hashes))
            if len(self._blocks) > 4:
                self._blocks.clear()
            self._blocks[block] = found
        return self._blocks[block]


def split(hashes: bytes) -> list[bytes]:
    """Hashes kept in a row, one by one."""
    return [hashes[n : n + HASH_BYTES] for n in range(0, len(hashes), HASH_BYTES)]
