"""What an importer tells of rows that it writes by itself, as they come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from base.papers.tables import Recognition
from base.papers.tables.texts import Cell

if TYPE_CHECKING:
    from base.desk.imports.rows import Record


@dataclass
class Streamed:
    """What an importer that writes by itself did, or would do; ``refused`` are its rejects."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    refused: list[Record] = field(default_factory=list)
    header: Sequence[Cell] = ()
    shape: str = ""
    #: Sentences for the person who imports.
    notes: Sequence[str] = ()
    #: How the columns of a table were understood.
    recognition: Recognition | None = None
    #: Rows that were taken and count in no sum, with their number (0: none) and why; bounded.
    warnings: Sequence[tuple[int, str]] = ()
    suspect: int = 0
    #: The first rows that are created or updated, and the labels of what they hold.
    sample: Sequence[Record] = ()
    columns: dict[str, str] = field(default_factory=dict)
    #: One a series: what its rows add up to, in words of JSON.
    totals: list[dict[str, Any]] = field(default_factory=list)
