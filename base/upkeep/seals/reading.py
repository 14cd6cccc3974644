"""What the seals say: the head, which seal covers an entry, proofs.

Every function takes a session of any kind and reads only the seals and their hashes, which
belong to no authority: a proof says nothing of what the entry is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from base.basics.errors import NotFound
from base.basics.formats import instant, number
from base.basics.i18n import _
from base.basics.sessions import Session
from base.store.models.history import Event
from base.store.models.seals import Seal, SealKey
from base.upkeep.seals import leaf, merkle, signing
from base.upkeep.seals.tree import Stored, TreeDamaged


@dataclass(frozen=True)
class Head:
    """Where the trail and its seals stand."""

    #: Number of the last entry that this session may see; 0 for none.
    last_seq: int
    #: The last seal; number and size are 0 when there is none.
    number: int
    size: int
    root: str
    at: datetime | None
    key: str
    signature: str


@dataclass(frozen=True)
class SealProof:
    """That an entry stands at its number in the tree with that root (RFC 9162 §2.1.3)."""

    seq: int
    leaf: str
    size: int
    root: str
    #: Hashes beside the way up, from the leaf, in hexadecimal.
    path: tuple[str, ...]

    def holds(self) -> bool:
        """Whether the hashes lead from the leaf to the root."""
        path = [bytes.fromhex(hash_) for hash_ in self.path]
        leaf, root = bytes.fromhex(self.leaf), bytes.fromhex(self.root)
        return merkle.is_included(leaf, self.seq - 1, self.size, path, root)


@dataclass(frozen=True)
class Consistency:
    """That a sealed trail is the beginning of a longer one (RFC 9162 §2.1.4)."""

    first_size: int
    first_root: str
    second_size: int
    second_root: str
    path: tuple[str, ...]

    def holds(self) -> bool:
        """Whether the hashes lead to both roots."""
        return merkle.is_consistent(
            self.first_size,
            self.second_size,
            bytes.fromhex(self.first_root),
            bytes.fromhex(self.second_root),
            [bytes.fromhex(hash_) for hash_ in self.path],
        )


def _last(session: Session) -> Seal | None:
    found: Seal | None = session.scalars(select(Seal).order_by(Seal.number.desc()).limit(1)).first()
    return found


def head(session: Session) -> Head:
    """The last entry and the last seal."""
    last = session.execute(select(func.max(Event.seq))).scalar_one() or 0
    seal = _last(session)
    if seal is None:
        return Head(last, 0, 0, merkle.EMPTY.hex(), None, "", "")
    return Head(last, seal.number, seal.size, seal.root, seal.at, seal.key, seal.signature)


def seals_page(session: Session, *, before: int | None, limit: int) -> Sequence[Seal]:
    """Seals, newest first; those older than number ``before``."""
    query = select(Seal).order_by(Seal.number.desc()).limit(limit)
    if before is not None:
        query = query.where(Seal.number < before)
    found: Sequence[Seal] = session.scalars(query).all()
    return found


def last_at(connection: Connection) -> datetime | None:
    """When the trail was sealed last; None before the first seal."""
    return connection.scalar(select(Seal.at).order_by(Seal.number.desc()).limit(1))


def seal_covering(session: Session, seq: int) -> Seal | None:
    """The first seal that covers an entry; None while it is not sealed."""
    found: Seal | None = session.scalars(
        select(Seal).where(Seal.size >= seq).order_by(Seal.size).limit(1)
    ).first()
    return found if seq > 0 else None


def proof_of(session: Session, seq: int, *, size: int | None = None) -> SealProof:
    """The proof that an entry is in the sealed trail: in the last seal's, or one of that size.

    Raises:
        NotFound: no seal covers the entry, or no seal has that size.
        TreeDamaged: hashes are missing; ``verify`` says which.
    """
    seal = _sealed(session, size)
    if seal is None or not 0 < seq <= seal.size:
        raise NotFound(_("Aucun scellé ne couvre le fait n° %(seq)s.", seq=seq))
    tree, sealed = Stored(session), seal.size
    tree.read_for(lambda complete: merkle.inclusion_path(seq - 1, sealed, complete))
    path = merkle.inclusion_path(seq - 1, sealed, tree.complete)
    return SealProof(
        seq=seq,
        leaf=tree.leaf(seq - 1).hex(),
        size=seal.size,
        root=seal.root,
        path=tuple(hash_.hex() for hash_ in path),
    )


def consistency(session: Session, size1: int, size2: int) -> Consistency:
    """The proof that the seal of ``size1`` entries is the beginning of that of ``size2``.

    Raises:
        NotFound: no seal has one of these sizes, or the first is the larger.
        TreeDamaged: hashes are missing; ``verify`` says which.
    """
    first, second = _sealed(session, size1), _sealed(session, size2)
    if first is None or second is None or size1 > size2:
        raise NotFound(_("Il n’y a pas de scellés de ces tailles."))
    tree = Stored(session)
    tree.read_for(lambda complete: merkle.consistency_path(size1, size2, complete))
    path = merkle.consistency_path(size1, size2, tree.complete)
    return Consistency(size1, first.root, size2, second.root, tuple(hash_.hex() for hash_ in path))


@dataclass(frozen=True)
class Standing:
    """How an entry stands today: under which seal, and whether it is what was sealed."""

    seq: int
    #: 0 while it is not sealed.
    number: int
    at: datetime | None
    #: Entry, path to the root and signature agree; None while it is not sealed.
    holds: bool | None


def is_genuine(session: Session, seal: Seal) -> bool:
    """Whether the signature of a seal is that of its key over what it says."""
    public = session.execute(
        select(SealKey.public_key).where(SealKey.fingerprint == seal.key)
    ).scalar_one_or_none()
    return signing.is_signed(public or "", seal.signature, signing.bytes_of(seal))


def standing(session: Session, seq: int) -> Standing:
    """Hold one entry against the seal that covers it, whatever authority it belongs to.

    The entry is read without row rules; nothing of it comes back.
    """
    seal = seal_covering(session, seq)
    if seal is None:
        return Standing(seq, 0, None, None)
    dialect = session.get_bind().dialect.name
    row = session.core(leaf.query(dialect).where(Event.seq == seq)).first()
    try:
        proof = proof_of(session, seq, size=seal.size)
    except TreeDamaged:
        return Standing(seq, seal.number, seal.at, False)
    right = row is not None and leaf.hash_of(row).hex() == proof.leaf and proof.holds()
    return Standing(seq, seal.number, seal.at, right and is_genuine(session, seal))


def seals_over(session: Session, numbers: Sequence[int]) -> dict[int, tuple[int, datetime]]:
    """Number and instant of the first seal over each entry; entries not sealed are left out.

    The caller has read the entries: their numbers are asked about without the rules of rows.
    """
    entry, seal, other = Event.__table__, Seal.__table__, Seal.__table__.alias()
    size = select(func.min(other.c.size)).where(other.c.size >= entry.c.seq).scalar_subquery()
    rows = session.core(
        select(entry.c.seq, seal.c.number, seal.c.at)
        .select_from(entry.join(seal, seal.c.size == size))
        .where(entry.c.seq.in_(numbers))
    )
    return {seq: (number_of, at) for seq, number_of, at in rows}


def in_words(seal: int, at: datetime, zone: str | None = None) -> str:
    """A seal in words: « scellé n° 12, le 03/03/2026 à 14:30 »."""
    return _("scellé n° %(number)s, le %(at)s", number=number(seal, 0), at=instant(at, zone=zone))


def _sealed(session: Session, size: int | None) -> Seal | None:
    """The seal of that size; the last one when no size is given."""
    if size is None:
        return _last(session)
    found: Seal | None = session.scalars(select(Seal).where(Seal.size == size)).first()
    return found
