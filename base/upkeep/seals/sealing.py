"""Making a seal: what is new in the trail is hashed, its root signed, all in one short write.

The hashing reads on a connection of its own that blocks nobody; the transaction that writes only
holds the lock for the rows of the seal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from base.basics import clock
from base.basics.errors import DomainError
from base.basics.i18n import _
from base.rules.rights import current
from base.rules.rights.actors import SystemSession, system_session
from base.store.database import db, reading
from base.store.history.trail import note_record, take
from base.store.models.history import Event
from base.store.models.seals import Seal, SealKey, SealLeaf, SealNode
from base.upkeep.seals import leaf, merkle, signing
from base.upkeep.seals.tree import BLOCK, LEVEL, Stored

SERIES = "seal"
#: So many new entries are worth a seal at once.
MANY = 1000
#: Entries under one seal at most: a longer trail gets several, none of them a long write.
MOST = 200_000


class SealRefused(DomainError):
    """The trail is not what the last seal says it is: a seal over it would hide that."""


@dataclass
class Draft:
    """What the next seal stands on."""

    #: Of the last seal, 0 when there is none.
    previous: int
    previous_root: str
    size: int
    root: str
    #: First index -> the leaf hashes, in pieces that cross no block.
    leaves: list[dict[str, Any]] = field(default_factory=list)
    nodes: list[dict[str, Any]] = field(default_factory=list)


def seal_now(door: str = "seal") -> Seal | None:
    """Seal all entries there are at this moment; the last seal, None for an empty trail.

    Several sealers at once make one seal: who comes second finds nothing left to do.

    Raises:
        SealRefused: the trail has a gap, or is not what the last seal says.
    """
    engine = db.engine
    key = signing.private_key(current.settings().data_dir)
    _register(key, door)
    with reading(engine).connect() as connection:
        last = connection.execute(select(func.max(Event.seq))).scalar_one() or 0
    while (draft := prepare(engine, last)) is not None:
        with system_session(door) as session:
            write(session, draft, key)
    with system_session(door, readonly=True) as session:
        found = session.scalars(select(Seal).order_by(Seal.number.desc()).limit(1)).first()
        if found is not None:
            session.expunge(found)
        return found


def unsealed(connection: Any) -> int:
    """How many entries no seal covers yet."""
    last = connection.execute(select(func.max(Event.seq))).scalar_one() or 0
    size = connection.execute(select(func.max(Seal.size))).scalar_one() or 0
    return int(last) - int(size)


def _register(key: Any, door: str) -> None:
    """Say in the trail and in its table which key this instance signs with, once."""
    public = signing.public_hex(key)
    name = signing.fingerprint(public)
    with system_session(door, readonly=True) as session:
        if session.get(SealKey, name) is not None:
            return
    try:
        with system_session(door) as session:
            session.add(SealKey(fingerprint=name, public_key=public, at=clock.now()))
            note_record(session, "base_seal_key", None, None, {"kind": "key", "text": name})
    except IntegrityError:
        pass  # another sealer of the same instance was first


def prepare(engine: Engine, last: int) -> Draft | None:
    """What a seal up to the entry ``last`` stands on; None when the last one covers it.

    Raises:
        SealRefused: see ``seal_now``.
    """
    with reading(engine).connect() as connection:
        before = connection.execute(
            select(Seal.number, Seal.size, Seal.root).order_by(Seal.number.desc()).limit(1)
        ).first()
        number, size, root = before or (0, 0, merkle.EMPTY.hex())
        last = min(last, size + MOST)
        if last <= size:
            return None
        tree = merkle.Growing(size, Stored(connection).peaks(size))
        if tree.root().hex() != root:
            raise SealRefused(
                _(
                    "Le journal n’est plus celui du scellé n° %(number)s : lancez « verify ».",
                    number=number,
                )
            )
        draft = Draft(previous=number, previous_root=root, size=last, root="")
        pieces: dict[int, list[bytes]] = {}
        for row in leaf.rows(connection, after=size, last=last):
            if row[leaf.SEQ] != tree.size + 1:
                break
            hash_ = leaf.hash_of(row)
            pieces.setdefault(tree.size // BLOCK, []).append(hash_)
            draft.nodes += [
                {"level": level, "idx": index, "hash": node}
                for level, index, node in tree.append(hash_)
                if level >= LEVEL
            ]
        if tree.size != last:
            raise SealRefused(
                _("Le journal a un trou au fait n° %(seq)s : lancez « verify ».", seq=tree.size + 1)
            )
    draft.root = tree.root().hex()
    draft.leaves = [
        {"first": max(block * BLOCK, size), "hashes": b"".join(hashes)}
        for block, hashes in pieces.items()
    ]
    return draft


def write(session: SystemSession, draft: Draft, key: Any) -> bool:
    """Sign and write a seal; False when another one was made since the draft.

    Raises:
        SealRefused: the last seals are gone from their table.
    """
    # The counter's row is the lock: nobody else writes a seal before this transaction ends.
    counted = take(session, SERIES, 0)
    if counted != draft.previous:
        known = session.core(select(func.max(Seal.number))).scalar_one() or 0
        if known < counted:
            raise SealRefused(
                _(
                    "Les scellés du journal manquent : le dernier portait le n° %(number)s, la "
                    "table s’arrête au n° %(known)s. Lancez « verify », puis restaurez une "
                    "sauvegarde.",
                    number=counted,
                    known=known,
                )
            )
        return False
    number = take(session, SERIES, 1)
    public = signing.public_hex(key)
    content: dict[str, Any] = {
        "number": number,
        "size": draft.size,
        "root": draft.root,
        "previous_root": draft.previous_root,
        "at": clock.now(),
        "key": signing.fingerprint(public),
    }
    signature = key.sign(signing.signed_bytes(**content)).hex()
    session.core(insert(Seal), {**content, "signature": signature})
    session.core(insert(SealLeaf), draft.leaves)
    if draft.nodes:
        session.core(insert(SealNode), draft.nodes)
    return True
