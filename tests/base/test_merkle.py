"""Merkle trees: the vectors of RFC 6962's own test data, and proofs by property."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from base.upkeep.seals import merkle

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


@pytest.mark.parametrize(("count", "root"), ROOTS.items())
def test_the_roots_are_those_of_the_standard(count, root):
    hashes = [merkle.leaf_hash(leaf) for leaf in LEAVES[:count]]
    assert merkle.root(hashes).hex() == root
    assert _by_definition(hashes).hex() == root


def _by_definition(hashes):
    """The root as RFC 9162 §2.1.1 defines it."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    left, right = _by_definition(hashes[:k]), _by_definition(hashes[k:])
    return sha256(b"\1" + left + right).digest()


def _leaves(count):
    return [merkle.leaf_hash(str(n).encode()) for n in range(count)]


def _complete(hashes):
    return lambda level, index: _by_definition(hashes[index << level : (index + 1) << level])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 300))
def test_appending_gives_the_root_of_the_definition(count):
    hashes = _leaves(count)
    assert merkle.root(hashes) == _by_definition(hashes)
    assert merkle.range_hash(0, count, _complete(hashes)) == _by_definition(hashes)


def test_appending_says_which_subtrees_are_complete():
    hashes = _leaves(100)
    tree, known = merkle.Growing(), {}
    for leaf in hashes:
        known.update({(level, index): h for level, index, h in tree.append(leaf)})
    complete = _complete(hashes)
    assert known == {(k, i): complete(k, i) for k in range(1, 7) for i in range(100 >> k)}
    again = merkle.Growing(100, tree.peaks)
    again.append(merkle.leaf_hash(b"more"))
    assert again.root() == _by_definition([*hashes, merkle.leaf_hash(b"more")])


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_every_leaf_is_proved_and_no_other(data):
    size = data.draw(st.integers(1, 200))
    index = data.draw(st.integers(0, size - 1))
    hashes = _leaves(size)
    root = _by_definition(hashes)
    path = merkle.inclusion_path(index, size, _complete(hashes))
    assert merkle.is_included(hashes[index], index, size, path, root)
    assert len(path) <= (size - 1).bit_length()
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index)) if size > 1 else None
    if other is not None:
        assert not merkle.is_included(hashes[other], index, size, path, root)
        assert not merkle.is_included(hashes[index], other, size, path, root)
        assert not merkle.is_included(hashes[index], index, size, path[:-1], root)
    assert not merkle.is_included(hashes[index], index, size, [*path, root], root)
    assert not merkle.is_included(hashes[index], size, size, path, root)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_tree_is_proved_to_begin_a_larger_one(data):
    second = data.draw(st.integers(0, 200))
    first = data.draw(st.integers(0, second))
    hashes = _leaves(second)
    old, new = _by_definition(hashes[:first]), _by_definition(hashes)
    path = merkle.consistency_path(first, second, _complete(hashes))
    assert merkle.is_consistent(first, second, old, new, path)
    wrong = sha256(b"wrong").digest()
    assert not merkle.is_consistent(first, second, wrong, new, path)
    if first:
        assert not merkle.is_consistent(first, second, old, wrong, path)
    assert not merkle.is_consistent(first, second, old, new, [*path, wrong])
    if path:
        assert not merkle.is_consistent(first, second, old, new, path[:-1])
        assert not merkle.is_consistent(first, second, old, new, [wrong, *path[1:]])


def test_a_history_rewritten_is_not_consistent():
    hashes = _leaves(50)
    forged = [*hashes[:7], merkle.leaf_hash(b"forged"), *hashes[8:]]
    path = merkle.consistency_path(20, 50, _complete(forged))
    assert not merkle.is_consistent(
        20, 50, _by_definition(hashes[:20]), _by_definition(forged), path
    )


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_no_proof_of_a_leaf_that_is_not_there(index, size):
    with pytest.raises(merkle.ProofRefused):
        merkle.inclusion_path(index, size, _complete(_leaves(3)))


def test_no_proof_of_a_larger_tree_within_a_smaller():
    with pytest.raises(merkle.ProofRefused):
        merkle.consistency_path(4, 3, _complete(_leaves(4)))
    assert not merkle.is_consistent(4, 3, b"", b"", [])
