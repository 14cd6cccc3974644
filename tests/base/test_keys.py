"""The instance's keys: drawn once, private, and shared when one is given."""

from __future__ import annotations

import stat

import pytest

from base.basics.errors import StartRefused
from base.papers.files import keys


def test_keys_are_drawn_once_and_are_private(tmp_path):
    first = keys.load(tmp_path)
    assert keys.load(tmp_path) == first and first["SECRET_KEY"] != first["JWT_SECRET_KEY"]
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


def test_two_machines_with_one_given_key_agree(tmp_path):
    given = "une-cle-donnee-par-l-exploitant-0123456789"
    one, other = keys.load(tmp_path / "a", given), keys.load(tmp_path / "b", given)
    assert one == other and one["SECRET_KEY"] == given != one["JWT_SECRET_KEY"]


@pytest.mark.parametrize("content", ["", "{}", '{"SECRET_KEY": "court"}'])
def test_a_damaged_file_stops_the_start(tmp_path, content):
    (tmp_path / "keys.json").write_text(content)
    with pytest.raises(StartRefused):
        keys.load(tmp_path)
