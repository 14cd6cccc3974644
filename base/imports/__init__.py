"""Imports: recognise, map, try, write as one; the same code for command, screen and API."""

from base.imports.declaration import (
    Effect,
    Fault,
    Importer,
    Options,
    Question,
    Reading,
    Record,
    Stale,
    Streamed,
    importer_of,
    importers,
    register,
)

__all__ = [
    "Effect",
    "Fault",
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
