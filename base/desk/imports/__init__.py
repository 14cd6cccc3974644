"""Imports: recognise, map, try, write as one; the same code for command, screen and API."""

from base.desk.imports.declaration import Importer, importer_of, importers, register
from base.desk.imports.rows import (
    NEW_FIELD,
    Fault,
    Guess,
    Options,
    Question,
    Reading,
    Record,
    Stale,
)
from base.desk.imports.streamed import Streamed
from base.store.models.imports import Effect

__all__ = [
    "NEW_FIELD",
    "Effect",
    "Fault",
    "Guess",
    "Importer",
    "Options",
    "Question",
    "Reading",
    "Record",
    "Stale",
    "Streamed",
    "importer_of",
    "importers",
    "register",
]
