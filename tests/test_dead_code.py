"""Code that nothing uses, as `run.py lint` looks for it."""

from __future__ import annotations

from base.processes.cli.dead_code import called, unused


def test_nothing_is_there_that_nothing_uses():
    assert [line for _name, line in unused(called())] == []


def test_no_name_is_let_through_that_is_used_or_gone():
    assert called() <= {name for name, _line in unused(set())}
