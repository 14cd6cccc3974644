"""What the application under way was started with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app

if TYPE_CHECKING:
    from config import Settings


def settings() -> Settings:
    """The settings of the application of this context."""
    found: Settings = current_app.settings  # type: ignore[attr-defined]
    return found
