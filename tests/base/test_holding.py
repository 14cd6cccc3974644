"""A name that is held is held once, whoever lets go of it meanwhile."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any

from base.store import holding


def test_a_name_is_held_by_one_at_a_time(sqlite_app: Any) -> None:
    with holding.held("essai") as mine, holding.held("essai") as second:
        assert (mine, second) == (True, False)
    with holding.held("essai") as mine:
        assert mine


def test_a_file_that_lost_its_name_holds_nobody_back(tmp_path: Path, monkeypatch: Any) -> None:
    """It was opened while another had it, who then let go: a third makes a new one."""
    path, real, removed = tmp_path / "nom", fcntl.flock, []

    def late(handle: Any, how: int) -> None:
        if not removed:
            removed.append(os.fstat(handle.fileno()).st_ino)
            path.unlink()
        real(handle, how)

    monkeypatch.setattr(holding.fcntl, "flock", late)
    handle = holding._taken(path)
    assert handle is not None
    with handle:
        assert os.path.samestat(os.fstat(handle.fileno()), path.stat())
        assert holding._taken(path) is None
