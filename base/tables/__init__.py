"""Tables from files: rows as their author sees them, values read with care."""

from base.files.exports import prefixed as guard
from base.files.exports import unprefix as unguard
from base.tables.encodings import TableRefused
from base.tables.geojson import features, load_json
from base.tables.headers import Column, Recognition, normalise, recognise
from base.tables.opening import open_tables, sniff
from base.tables.source import Row, Table
from base.tables.values import ValueRefused

__all__ = [
    "Column",
    "Recognition",
    "Row",
    "Table",
    "TableRefused",
    "ValueRefused",
    "features",
    "guard",
    "load_json",
    "normalise",
    "open_tables",
    "recognise",
    "sniff",
    "unguard",
]
