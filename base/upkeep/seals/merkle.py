"""Merkle trees as RFC 9162 (and 6962) has them: hashes, roots, proofs. Pure.

A tree of ``size`` leaves is split at the largest power of two below its size. A *complete*
subtree of level ``k`` holds ``2**k`` leaves and begins at a multiple of that: its hash never
changes once its leaves are there, so that it may be kept; ``Complete`` gives it by level and
index. Everything else is worked out from complete subtrees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256

#: The root of no leaves.
EMPTY = sha256(b"").digest()
#: (level, index) -> hash of the complete subtree over leaves ``index << level`` and following.
Complete = Callable[[int, int], bytes]


class ProofRefused(ValueError):
    """A proof was asked for a leaf or a size that the tree does not have."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf."""
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the node over two others."""
    return sha256(b"\1" + left + right).digest()


class Growing:
    """A tree that leaves are appended to: it keeps only the hashes of its complete subtrees."""

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        #: One per bit of ``size``, the largest first.
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count():
            raise ProofRefused(f"{len(self.peaks)} peaks for a size of {size}")

    def append(self, leaf: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Add a leaf by its hash; (level, index, hash) of each complete subtree that it ends."""
        found: list[tuple[int, int, bytes]] = []
        hash_, level, index = leaf, 0, self.size
        while index & 1:
            hash_ = sha256(b"\1" + self.peaks.pop() + hash_).digest()
            level, index = level + 1, index >> 1
            found.append((level, index, hash_))
        self.peaks.append(hash_)
        self.size += 1
        return iter(found)

    def root(self) -> bytes:
        """The root over all leaves so far."""
        return fold(self.peaks)


def fold(peaks: Iterable[bytes]) -> bytes:
    """The root over complete subtrees, the largest first."""
    hash_: bytes | None = None
    for peak in reversed(list(peaks)):
        hash_ = peak if hash_ is None else node_hash(peak, hash_)
    return EMPTY if hash_ is None else hash_


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over leaves given by their hashes."""
    tree = Growing()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def peaks(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Level and index of the complete subtrees of ``[start, end)``, the largest first.

    ``start`` is where a subtree of that span may begin, as in all ranges of this file.
    """
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def range_hash(start: int, end: int, complete: Complete) -> bytes:
    """The hash of the subtree over ``[start, end)``."""
    return fold(complete(level, index) for level, index in peaks(start, end))


def _split(size: int) -> int:
    """The largest power of two below ``size`` (at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_path(index: int, size: int, complete: Complete) -> list[bytes]:
    """The proof that the leaf ``index`` (from 0) is in the tree of ``size`` leaves, leaf first.

    Raises:
        ProofRefused: there is no such leaf.
    """
    if not 0 <= index < size:
        raise ProofRefused(f"no leaf {index} among {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_hash(middle, end, complete))
            end = middle
        else:
            path.append(range_hash(start, middle, complete))
            start = middle
    path.reverse()
    return path


def root_by_inclusion(leaf: bytes, index: int, size: int, path: Iterable[bytes]) -> bytes | None:
    """The root that a proof leads to; None when the path is too long or too short for it."""
    if not 0 <= index < size:
        return None
    node, last, hash_ = index, size - 1, leaf
    for other in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            hash_ = node_hash(other, hash_)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            hash_ = node_hash(hash_, other)
        node, last = node >> 1, last >> 1
    return hash_ if last == 0 else None


def is_included(leaf: bytes, index: int, size: int, path: Iterable[bytes], root_: bytes) -> bool:
    """Whether the proof shows that the leaf stands at ``index`` in the tree with that root."""
    return root_by_inclusion(leaf, index, size, path) == root_


def consistency_path(first: int, second: int, complete: Complete) -> list[bytes]:
    """The proof that the tree of ``first`` leaves is the beginning of that of ``second``.

    Empty when both are the same, or the first has no leaves.

    Raises:
        ProofRefused: the first is larger.
    """
    if not 0 <= first <= second:
        raise ProofRefused(f"no tree of {first} leaves within {second}")
    if first in (0, second):
        return []
    path: list[bytes] = []
    start, end, whole = 0, second, True
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(range_hash(middle, end, complete))
            end = middle
        else:
            path.append(range_hash(start, middle, complete))
            start, whole = middle, False
    if not whole:
        path.append(range_hash(start, end, complete))
    path.reverse()
    return path


def is_consistent(
    first: int, second: int, first_root: bytes, second_root: bytes, path: Iterable[bytes]
) -> bool:
    """Whether the proof shows that the first tree is the beginning of the second."""
    hashes = list(path)
    if first == second:
        return not hashes and first_root == second_root
    if first == 0:
        return not hashes and first_root == EMPTY
    if not 0 < first < second:
        return False
    if not first & (first - 1):
        hashes.insert(0, first_root)
    if not hashes:
        return False
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = hashes[0]
    for other in hashes[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(other, old), node_hash(other, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, other)
        node, last = node >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root
