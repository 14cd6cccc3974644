"""The seals over the trail, what they are made from, and the personal values kept beside it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, synonym

from base.store.database import BigInt, Model
from base.store.triggers import append_only


class SealKey(Model):
    """A public key that seals were signed with; the private one is in the instance's folder."""

    __tablename__ = "base_seal_key"

    #: SHA-256 of the public key, in hexadecimal.
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: The 32 bytes of the Ed25519 key, in hexadecimal.
    public_key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]

    id = synonym("fingerprint")


class Seal(Model):
    """The signed root over the entries of the trail from the first to the one numbered ``size``."""

    __tablename__ = "base_seal"
    __table_args__ = (CheckConstraint("size > 0", name="size"),)

    #: Gapless, from 1.
    number: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInt, unique=True)
    #: Of the Merkle tree over the entries, in hexadecimal.
    root: Mapped[str] = mapped_column(String(64))
    #: Of the seal before; of the empty tree for the first.
    previous_root: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    key: Mapped[str] = mapped_column(ForeignKey("base_seal_key.fingerprint"))
    #: Ed25519 over the canonical form of the rest, in hexadecimal.
    signature: Mapped[str] = mapped_column(String(128))

    #: Lists and resources ask every model for its id.
    id = synonym("number")


class SealLeaf(Model):
    """The leaf hashes of some sealed entries in a row; never across a multiple of 256."""

    __tablename__ = "base_seal_leaf"

    #: Number of the first entry, less one: trees count their leaves from 0.
    first: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    #: 32 bytes an entry.
    hashes: Mapped[bytes] = mapped_column(LargeBinary)


class SealNode(Model):
    """The hash of a complete subtree of 256 sealed entries or more."""

    __tablename__ = "base_seal_node"

    #: It holds ``2 ** level`` entries.
    level: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    #: It begins at the entry ``index * 2 ** level`` (from 0).
    index: Mapped[int] = mapped_column("idx", BigInt, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class EventPersonal(Model):
    """A personal value that the trail holds as a digest only: it may be erased, seals hold."""

    __tablename__ = "base_event_personal"
    __table_args__ = (
        CheckConstraint("side in (0, 1)", name="side"),
        Index("ix_base_event_personal_record", "record", "record_id"),
    )

    seq: Mapped[int] = mapped_column(
        BigInt, ForeignKey("base_event.seq"), primary_key=True, autoincrement=False
    )
    #: The column of the entry.
    field: Mapped[str] = mapped_column(String(80), primary_key=True)
    #: 0 before the change, 1 after it.
    side: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    #: As in the entry, for the row rule and for the erasure.
    entity_id: Mapped[int | None]
    record: Mapped[str] = mapped_column(String(80))
    record_id: Mapped[int | None]
    #: Random, in hexadecimal: the digest of a name that many bear says nothing.
    salt: Mapped[str] = mapped_column(String(32))
    #: JSON.
    value: Mapped[str] = mapped_column(Text)


for _table in ("base_seal_key", "base_seal", "base_seal_leaf", "base_seal_node"):
    append_only(_table)
