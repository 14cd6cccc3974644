"""What a file means beside its bytes: its columns, and what a person told of it.

The same bytes read with another mapping, for another point or with another unit are another
import: only what means the same has been imported already.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from base.basics.errors import DomainError
from base.desk.imports.reading import recognise_file
from base.desk.imports.rows import Options
from base.papers.tables import Column


def meaning_of(columns: Sequence[Column], path: Path, label: str, options: Options) -> str:
    """A digest of what was told; empty when the file is read as anybody would read it.

    ``columns`` are those of a table, none for any other file. What a person confirms of what is
    found anyway changes nothing.
    """
    told: dict[str, Any] = {
        "answers": {key: value for key, value in sorted(options.answers.items()) if value},
        "constants": {key: value for key, value in sorted(options.constants.items()) if value},
        "american": options.american,
        "decimal": options.decimal,
    }
    if columns and _is_read_otherwise(options):
        chosen = _resolved(columns, path, label, options)
        told["read"] = None if chosen == _resolved(columns, path, label, Options()) else chosen
    kept = {key: value for key, value in told.items() if value}
    if not kept:
        return ""
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def _is_read_otherwise(options: Options) -> bool:
    return options.mapping is not None or any(
        (options.encoding, options.delimiter, options.sheet, options.header_row)
    )


def _resolved(
    columns: Sequence[Column], path: Path, label: str, options: Options
) -> list[Any] | None:
    """How a table is read: its sheet, its bytes, its titles; nothing when it cannot be."""
    try:
        table, found, _header = recognise_file(columns, path, label, options)
    except DomainError:  # the reading itself will say what is wrong
        return None
    places = sorted((place, key) for key, place in found.columns.items())
    return [table.name, table.encoding, table.delimiter, found.header_row, places]
