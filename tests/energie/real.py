"""Where the real files are, when they are: read in place, never copied."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def shared(*parts: str) -> Path:
    """The path of a shared file; the test skips, visibly, where there is none."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"real file {'/'.join(parts)} is not here")
    return path
