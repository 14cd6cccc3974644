"""Whatever is changed, removed, added or renumbered behind the seals is named."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from base.basics.errors import InvalidInput
from base.store.database import db
from base.upkeep.seals import sealing
from base.upkeep.seals.anchors import Anchor
from tests.base.sealing import (
    check,
    faults,
    last_seq,
    tamper,
)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("changes", "'{}'"),
        ("actor", "'user:9'"),
        ("door", "'x'"),
        ("record_id", "77"),
        ("entity_id", "NULL"),
        ("op", "'I'"),
        ("record", "'base_entity'"),
        ("at", "(SELECT at FROM base_event WHERE seq = 1)"),
    ],
)
def test_a_changed_entry_is_named(trail, column, value):
    tamper(f"UPDATE base_event SET {column} = {value} WHERE seq = 300")
    assert faults() == {"changed": 300}


def test_a_truncated_entry_is_named(trail):
    tamper("UPDATE base_event SET changes = substr(changes, 1, 20) WHERE seq = 57")
    assert faults() == {"changed": 57}


def test_a_deleted_entry_is_named(trail):
    tamper("DELETE FROM base_event WHERE seq = 301")
    assert faults() == {"deleted": 301}


def test_the_last_entries_deleted_are_missed(trail):
    last = last_seq()
    tamper("DELETE FROM base_event WHERE seq = :seq", seq=last)
    assert faults() == {"truncated": last}


def test_the_last_sealed_entries_deleted_with_the_counter_are_missed(trail):
    size = trail[-1].size
    tamper(
        "DELETE FROM base_event WHERE seq >= :seq",
        "UPDATE base_counter SET value = :seq - 1 WHERE series = 'trail'",
        seq=size,
    )
    assert faults() == {"truncated": size}


def test_entries_renumbered_over_a_deleted_one_are_named(trail):
    tamper("DELETE FROM base_event WHERE seq = 200")
    for seq in range(201, last_seq() + 1):
        tamper("UPDATE base_event SET seq = :seq - 1 WHERE seq = :seq", seq=seq)
    assert faults()["renumbered"] == 200
    assert check().findings.first_seq == 200


def test_an_entry_inserted_with_the_rest_renumbered_is_named(trail):
    for seq in range(last_seq(), 249, -1):
        tamper("UPDATE base_event SET seq = :seq + 1 WHERE seq = :seq", seq=seq)
    tamper(
        "INSERT INTO base_event (seq, at, actor, door, op, record, record_id, entity_id, changes) "
        "SELECT 250, at, actor, door, op, record, 999, entity_id, changes FROM base_event "
        "WHERE seq = 3",
        "UPDATE base_counter SET value = value + 1 WHERE series = 'trail'",
    )
    assert faults()["inserted"] == 250
    assert check().findings.first_seq == 250


def test_two_entries_swapped_are_named(trail):
    tamper(
        "UPDATE base_event SET seq = -1 WHERE seq = 140",
        "UPDATE base_event SET seq = 140 WHERE seq = 150",
        "UPDATE base_event SET seq = 150 WHERE seq = -1",
    )
    assert faults() == {"renumbered": 140}


@pytest.mark.parametrize("seq", [0, -5])
def test_an_entry_before_the_first_is_named(trail, seq):
    tamper(
        "INSERT INTO base_event (seq, at, actor, door, op, record, record_id, entity_id, changes) "
        "SELECT :seq, at, actor, door, op, record, 999, entity_id, changes FROM base_event "
        "WHERE seq = 3",
        seq=seq,
    )
    assert faults() == {"inserted": seq}


def test_an_entry_added_without_its_number_is_named(trail):
    last = last_seq()
    tamper(
        "INSERT INTO base_event (seq, at, actor, door, op, record, record_id, entity_id, changes) "
        "SELECT :seq, at, actor, door, op, record, 999, entity_id, changes FROM base_event "
        "WHERE seq = 3",
        seq=last + 1,
    )
    assert faults() == {"counter": last + 1}


def test_a_counter_turned_on_is_named(trail):
    tamper("UPDATE base_counter SET value = value + 3 WHERE series = 'trail'")
    assert faults() == {"truncated": last_seq() + 1}


@pytest.mark.parametrize(
    ("statement", "kinds"),
    [
        (
            "UPDATE base_seal SET root = previous_root WHERE number = 2",
            {"seal_signature", "seal_root", "seal_chain"},
        ),
        ("UPDATE base_seal SET size = size - 1 WHERE number = 2", {"seal_signature", "seal_root"}),
        (
            "UPDATE base_seal SET previous_root = root WHERE number = 2",
            {"seal_signature", "seal_chain"},
        ),
        (
            "UPDATE base_seal SET signature = (SELECT signature FROM base_seal WHERE number = 1) "
            "WHERE number = 2",
            {"seal_signature"},
        ),
        (
            "UPDATE base_seal SET at = (SELECT at FROM base_seal WHERE number = 1) "
            "WHERE number = 2",
            {"seal_signature"},
        ),
        ("DELETE FROM base_seal WHERE number = 2", {"seal_deleted"}),
        (
            "UPDATE base_seal SET number = 9 WHERE number = 2",
            {"seal_deleted", "seal_changed", "seal_signature"},
        ),
    ],
)
def test_a_seal_changed_or_removed_is_named(trail, statement, kinds):
    tamper(statement)
    found = faults()
    assert set(found) <= kinds | {"seal_chain"} and set(found) & kinds
    assert check().findings.first_seq == trail[0].size + 1


def test_the_last_seal_removed_is_missed(trail):
    tamper("DELETE FROM base_seal WHERE number = 3")
    assert faults()["seal_deleted"] == trail[1].size + 1


def test_the_last_seal_removed_with_all_its_traces_is_missed_by_its_anchor(trail):
    size = trail[1].size
    with db.engine.connect() as connection:
        block = connection.execute(
            text("SELECT count(*) FROM base_seal_node WHERE (idx + 1) * 256 > :s"), {"s": size}
        ).scalar_one()
    tamper(
        "DELETE FROM base_seal WHERE number = 3",
        "DELETE FROM base_seal_leaf WHERE first >= :size",
        "DELETE FROM base_seal_node WHERE level = 8 AND (idx + 1) * 256 > :size",
        "UPDATE base_counter SET value = 2 WHERE series = 'seal'",
        size=size,
    )
    assert block == 0 or block == 1
    assert faults() == {}
    anchor = Anchor(trail[2].size, trail[2].root)
    assert faults(anchors=[anchor]) == {"anchor": size + 1}


def test_a_key_changed_or_foreign_is_named(trail):
    tamper("UPDATE base_seal_key SET public_key = :key", key="11" * 32)
    assert {"seal_key", "seal_signature"} == set(faults())


def test_a_history_rewritten_with_seals_by_another_key_is_found_by_the_anchor(trail, tmp_path):
    """Somebody who owns the database makes everything anew, and signs with a key of his own."""
    anchors = [Anchor(s.size, s.root) for s in trail]
    tamper(
        "UPDATE base_event SET changes = '{}' WHERE seq = 100",
        "DELETE FROM base_seal",
        "DELETE FROM base_seal_leaf",
        "DELETE FROM base_seal_node",
        "UPDATE base_counter SET value = 0 WHERE series = 'seal'",
    )
    sealing.seal_now("test")
    assert faults() == {}
    assert set(faults(anchors=anchors)) == {"anchor"}
    assert faults(anchors=anchors[:1]) == {"anchor": 1}


def test_only_keys_that_are_trusted_may_have_signed(trail):
    assert faults(trusted=[trail[0].key]) == {}
    assert faults(trusted=["ab" * 32]) == {"seal_key": 1}


@pytest.mark.parametrize(
    ("statement", "kind", "seq"),
    [
        (
            "UPDATE base_seal_node SET hash = (SELECT hash FROM base_seal_node WHERE level = 8 "
            "AND idx = 1) WHERE level = 8 AND idx = 0",
            "node",
            1,
        ),
        ("DELETE FROM base_seal_node WHERE level = 8 AND idx = 1", "node", 257),
        ("DELETE FROM base_seal_leaf WHERE first = 256", "leaf_deleted", 257),
    ],
)
def test_hashes_kept_beside_are_examined_too(trail, statement, kind, seq):
    tamper(statement)
    assert faults() == {kind: seq}


def test_a_leaf_hash_changed_is_not_blamed_on_the_entry(trail):
    with db.engine.connect() as connection:
        hashes = connection.execute(
            text("SELECT hashes FROM base_seal_leaf WHERE first = 256")
        ).scalar_one()
    tamper(
        "UPDATE base_seal_leaf SET hashes = :hashes WHERE first = 256",
        hashes=bytes(hashes[:32]) + bytes(32) + bytes(hashes[64:]),
    )
    assert faults() == {"leaf_changed": 258}


def test_verification_may_go_on_from_a_seal(trail):
    late = trail[2].size - 3
    tamper("UPDATE base_event SET changes = '{}' WHERE seq IN (50, :late)", late=late)
    assert faults() == {"changed": 50}
    assert faults(since=1) == faults(since=2) == {"changed": late}
    assert faults(since=3) == {}
    with pytest.raises(InvalidInput, match="n° 9"):
        check(since=9)


@pytest.mark.parametrize("text_", ["", "12", "12:ab", "x:" + "0" * 64, "1:" + "g" * 64])
def test_a_malformed_anchor_is_refused(text_):
    with pytest.raises(InvalidInput, match="TAILLE:RACINE"):
        Anchor.read(text_)


def test_a_signature_in_capitals_is_not_what_was_written(trail):
    tamper("UPDATE base_seal SET signature = upper(signature) WHERE number = 2")
    assert faults() == {"seal_signature": trail[0].size + 1}
