"""Seals of the trail: proof that no entry was changed, removed, inserted or renumbered.

The entries are the leaves of a Merkle tree (RFC 9162); a seal signs its size and root. What the
seals can say is read with ``head``, ``seal_covering``, ``proof_of`` and ``consistency``;
they are made by ``sealing`` and examined by ``verification``.
"""

from base.upkeep.seals.reading import (
    Standing,
    consistency,
    head,
    in_words,
    proof_of,
    seal_covering,
    seals_over,
    standing,
)

__all__ = [
    "Standing",
    "consistency",
    "head",
    "in_words",
    "proof_of",
    "seal_covering",
    "seals_over",
    "standing",
]
