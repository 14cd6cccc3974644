"""Tables from files: rows as their author sees them, values read with care."""

from base.papers.files.exports import prefixed as guard
from base.papers.files.exports import unprefix as unguard
from base.papers.tables.encodings import TableRefused
from base.papers.tables.geojson import features, load_json
from base.papers.tables.headers import Column, Recognition, normalise, recognise
from base.papers.tables.opening import open_tables, sniff
from base.papers.tables.source import Row, Table
from base.papers.tables.values import ValueRefused

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
