"""What a module tells the tests of the whole house: its own ``<module>/tests/told.py``."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from base.rules.modules.loading import discover


def told(name: str) -> dict[str, Any]:
    """Everything that the modules tell under a name, in the order of the modules."""
    found: dict[str, Any] = {}
    for manifest in discover():
        if (manifest.path / "tests" / "told.py").is_file():
            room = importlib.import_module(f"{manifest.module}.tests.told")
            found |= getattr(room, name, {})
    return found
