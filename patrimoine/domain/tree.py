"""The asset tree as text: one segment per ancestor, so that a branch is one range.

A path is ``"0000002S/0000002T/"``: ids in base 36, eight digits, each followed by a
slash. What is at or below ``p`` is ``path >= p AND path < p || '~'``, an index range
on both engines because ``~`` sorts after the slash, the digits and the letters.
"""

from collections.abc import Hashable, Mapping
from typing import TypeVar

from base.basics.errors import DomainError

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: Sorts after all that a path may hold.
AFTER = "~"
WIDTH = 8
MAX_DEPTH = 20
PATH_LENGTH = MAX_DEPTH * (WIDTH + 1)
K = TypeVar("K", bound=Hashable)


class TreeRefused(DomainError):
    """The tree would have a cycle, a missing parent or too many levels."""


def segment(asset_id: int) -> str:
    """The id in base 36, padded to eight digits.

    Raises:
        ValueError: the id is not positive or needs more than eight digits.
    """
    if asset_id <= 0:
        raise ValueError(f"not an id: {asset_id}")
    digits = ""
    while asset_id:
        asset_id, rest = divmod(asset_id, 36)
        digits = _DIGITS[rest] + digits
    if len(digits) > WIDTH:
        raise ValueError("id too large for a path")
    return digits.rjust(WIDTH, "0")


def join_path(parent_path: str | None, asset_id: int) -> str:
    """The path of an asset from that of its parent (None at the top)."""
    return f"{parent_path or ''}{segment(asset_id)}/"


def branch_end(path: str) -> str:
    """The first text after every path of the branch; the branch is ``path <= x < end``."""
    return path + AFTER


def ancestor_ids(path: str) -> list[int]:
    """The ids of the ancestors from the top, the asset's own left out."""
    return [int(part, 36) for part in path.rstrip("/").split("/")[:-1]]


def line_ids(path: str) -> list[int]:
    """The ids of the ancestors from the top, and the asset's own, last."""
    return [int(part, 36) for part in path.rstrip("/").split("/")]


def depth(path: str) -> int:
    """How many ancestors the asset has; 0 at the top."""
    return path.count("/") - 1


def order_by_parent(parents: Mapping[K, K | None]) -> tuple[list[K], set[K]]:
    """Keys with each parent before its children, and the keys caught in a cycle.

    A parent that is not among the keys counts as known already.
    """
    children: dict[K | None, list[K]] = {}
    for key, parent in parents.items():
        children.setdefault(parent if parent in parents else None, []).append(key)
    ordered: list[K] = []
    waiting: list[K] = list(children.get(None, ()))
    while waiting:
        ordered.extend(waiting)
        waiting = [child for key in waiting for child in children.get(key, ())]
    return ordered, set(parents) - set(ordered)
