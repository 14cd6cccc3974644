"""T17: entries and seals tampered with at random, triggers removed: all found, at the right number.

Each try is made in a transaction that is rolled back after the verification. On SQLite bytes of a
text may become anything; PostgreSQL keeps texts that are texts.
"""

from __future__ import annotations

import random

import pytest
from sqlalchemy import text

from base.rules.rights.actors import system_session
from base.store.database import db
from base.store.models import Seal
from base.upkeep.seals.anchors import Anchor
from base.upkeep.seals.verification import verify_trail
from tests.base.sealing import fill, sealed

#: In the ordinary run; five hundred when asked for.
TRIES = 2 * 19
COPY = "INSERT INTO base_event (seq, at, actor, door, op, record, record_id, entity_id, changes) "
OTHERS = "at, actor, door, op, record, record_id, entity_id, changes"


class Hand:
    """Somebody who owns the database."""

    def __init__(self, connection, draw, seals):
        self.connection, self.draw, self.seals = connection, draw, seals
        self.size = seals[-1][1]
        self.sqlite = connection.dialect.name == "sqlite"

    def do(self, statement, **values):
        assert self.connection.execute(text(statement), values).rowcount != 0, statement

    def entry(self):
        return self.draw.randint(1, self.size)

    def first_of(self, number):
        """The first entry under a seal."""
        return 1 + dict(self.seals).get(number - 1, 0)

    def _flipped(self, value):
        """The bytes of a text with one bit turned."""
        data = bytearray(str(value).encode())
        at = self.draw.randrange(len(data))
        data[at] ^= 1 << (self.draw.randrange(8) if self.sqlite else 0)
        return bytes(data)

    def _set(self, table, key, number, column, value):
        flipped = self._flipped(value)
        cast = "CAST(:v AS TEXT)" if self.sqlite else ":v"
        given = flipped if self.sqlite else flipped.decode("utf-8", "replace").replace("\0", "x")
        self.do(f"UPDATE {table} SET {column} = {cast} WHERE {key} = :n", v=given, n=number)

    # --- entries; each gives the first entry that is not what was sealed ----------------------

    def flip_a_bit(self):
        seq = self.entry()
        columns = ["actor", "changes", "record"] + (["at"] if self.sqlite else [])
        column = self.draw.choice(columns)
        value = self.connection.execute(
            text(f"SELECT {column} FROM base_event WHERE seq = :n"), {"n": seq}
        ).scalar_one()
        self._set("base_event", "seq", seq, column, value)
        return seq

    def change_a_number(self):
        seq = self.entry()
        column = self.draw.choice(["record_id", "entity_id"])
        self.do(f"UPDATE base_event SET {column} = coalesce({column}, 0) + 1 WHERE seq = :n", n=seq)
        return seq

    def delete(self):
        seq = self.entry()
        self.do("DELETE FROM base_event WHERE seq = :n", n=seq)
        return seq

    def truncate(self):
        seq = self.entry()
        self.do(
            "UPDATE base_event SET changes = substr(changes, 1, length(changes) - 1) "
            "WHERE seq = :n",
            n=seq,
        )
        return seq

    def cut_the_end(self):
        seq = self.entry()
        self.do("DELETE FROM base_event WHERE seq >= :n", n=seq)
        self.do("UPDATE base_counter SET value = :n - 1 WHERE series = 'trail'", n=seq)
        return seq

    def insert(self):
        seq = self.entry()
        self.do("UPDATE base_event SET seq = -seq - 1 WHERE seq >= :n", n=seq)
        self.do("UPDATE base_event SET seq = -seq WHERE seq < 0")
        self.do(
            COPY + f"SELECT :n, {OTHERS.replace('record_id', '987654')} FROM base_event "
            "WHERE seq = :o",
            n=seq,
            o=self.size + 2,
        )
        self.do("UPDATE base_counter SET value = value + 1 WHERE series = 'trail'")
        return seq

    def insert_before_the_first(self):
        self.do(COPY + f"SELECT -3, {OTHERS} FROM base_event WHERE seq = :o", o=self.entry())
        return -3

    def append_without_a_number(self):
        last = self.connection.execute(text("SELECT max(seq) FROM base_event")).scalar_one()
        self.do(
            COPY + f"SELECT :n, {OTHERS} FROM base_event WHERE seq = :o", n=last + 1, o=self.entry()
        )
        return last + 1

    def swap(self):
        one, other = sorted(self.draw.sample(range(1, self.size + 1), 2))
        self.do("UPDATE base_event SET seq = -1 WHERE seq = :n", n=one)
        self.do("UPDATE base_event SET seq = :o WHERE seq = :n", o=one, n=other)
        self.do("UPDATE base_event SET seq = :o WHERE seq = -1", o=other)
        return one

    def renumber(self):
        seq = self.entry()
        self.do("UPDATE base_event SET seq = seq + 1000000 WHERE seq = :n", n=seq)
        return seq

    def close_the_gap(self):
        seq = self.entry()
        self.do("DELETE FROM base_event WHERE seq = :n", n=seq)
        self.do("UPDATE base_event SET seq = -seq + 1 WHERE seq > :n", n=seq)
        self.do("UPDATE base_event SET seq = -seq WHERE seq < 0")
        self.do("UPDATE base_counter SET value = value - 1 WHERE series = 'trail'")
        return seq

    # --- seals --------------------------------------------------------------------------------

    def _number(self):
        return self.draw.choice(self.seals)[0]

    def flip_a_bit_of_a_seal(self):
        number = self._number()
        column = self.draw.choice(["root", "previous_root", "signature", "key"])
        value = self.connection.execute(
            text(f"SELECT {column} FROM base_seal WHERE number = :n"), {"n": number}
        ).scalar_one()
        self._set("base_seal", "number", number, column, value)
        return self.first_of(number)

    def resize_a_seal(self):
        number = self._number()
        size = dict(self.seals)[number]
        taken = {size for _number, size in self.seals}
        other = self.draw.choice([n for n in range(size - 3, size + 4) if n not in taken])
        self.do("UPDATE base_seal SET size = :s WHERE number = :n", n=number, s=other)
        return self.first_of(number)

    def delete_a_seal(self):
        number = self._number()
        self.do("DELETE FROM base_seal WHERE number = :n", n=number)
        return self.first_of(number)

    def cut_the_last_seals(self):
        number = self._number()
        self.do("DELETE FROM base_seal WHERE number >= :n", n=number)
        self.do("UPDATE base_counter SET value = :n - 1 WHERE series = 'seal'", n=number)
        return self.first_of(number)

    def renumber_a_seal(self):
        number = self._number()
        self.do("UPDATE base_seal SET number = number + 100 WHERE number = :n", n=number)
        return self.first_of(number)

    def truncate_a_seal(self):
        number = self._number()
        self.do(
            "UPDATE base_seal SET signature = substr(signature, 1, 64) WHERE number = :n", n=number
        )
        return self.first_of(number)

    def swap_two_seals(self):
        one, other = sorted(self.draw.sample([number for number, _size in self.seals], 2))
        self.do("UPDATE base_seal SET number = -1 WHERE number = :n", n=one)
        self.do("UPDATE base_seal SET number = :o WHERE number = :n", o=one, n=other)
        self.do("UPDATE base_seal SET number = :o WHERE number = -1", o=other)
        return self.first_of(one)

    def forge_a_seal(self):
        self.do(
            "INSERT INTO base_seal (number, size, root, previous_root, at, key, signature) "
            "SELECT number + 1, size + 1, root, root, at, key, signature FROM base_seal "
            "WHERE number = :n",
            n=self.seals[-1][0],
        )
        self.do("UPDATE base_counter SET value = value + 1 WHERE series = 'seal'")
        return self.size + 1


ACTS = [
    name
    for name in vars(Hand)
    if not name.startswith("_") and name not in ("do", "entry", "first_of")
]


def _tries(app):
    from sqlalchemy import select

    sealed(150, 1, 300, 40, 260)
    fill(4, start=10**6)
    with system_session("test", readonly=True) as session:
        found = session.scalars(select(Seal).order_by(Seal.number)).all()
        seals = [(seal.number, seal.size) for seal in found]
        anchor = Anchor(found[-1].size, found[-1].root)
    draw = random.Random(17)  # noqa: S311 - the same tries each time
    missed = []
    with db.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
            names = connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            )
            for name in names.scalars().all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
            connection.commit()
        for n in range(TRIES):
            if not sqlite:
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            act = ACTS[n % len(ACTS)]
            expected = getattr(Hand(connection, draw, seals), act)()
            found = verify_trail(connection, anchors=[anchor]).findings
            if not found.faults or found.first_seq != expected:
                missed.append((n, act, expected, found.first_seq, sorted(found.faults)))
            connection.rollback()
        assert verify_trail(connection, anchors=[anchor]).findings.faults == {}
        connection.rollback()
        if sqlite:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")
    return missed


def test_everything_tampered_with_is_found_at_the_right_number(app):
    assert _tries(app) == []


@pytest.mark.slow
def test_five_hundred_tries(app, monkeypatch):
    monkeypatch.setattr("tests.base.test_tampering.TRIES", 500)
    assert _tries(app) == []
