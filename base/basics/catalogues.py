"""Catalogues on disk: ``<module>/i18n/<language>/LC_MESSAGES/messages.po``."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

PLACE = "{code}/LC_MESSAGES/messages.po"


def po_file(folder: Path, code: str) -> Path:
    """Where the catalogue of a module's ``i18n`` folder stands."""
    return folder / PLACE.format(code=code)


def load(file: Path, code: str) -> Catalog:
    """One catalogue."""
    from babel.messages.pofile import read_po

    return read_po(io.BytesIO(file.read_bytes()), code, charset="utf-8", abort_invalid=True)


def read(folders: Iterable[Path], code: str) -> dict[Any, Any]:
    """All catalogues of a language in one: sentence -> translation, a pair -> its forms.

    A sentence has one translation: that of the first module that says it, so that a module dropped
    in cannot change what the others say; one that means something else says it otherwise. What is
    not translated is left out: the reader then gets the source.

    Raises:
        PoFileError: a catalogue is broken.
    """
    told: dict[Any, Any] = {}
    for folder in folders:
        file = po_file(folder, code)
        if not file.exists():
            continue
        for message in load(file, code):
            if not message.id or message.fuzzy:
                continue
            words = message.string or ""
            if isinstance(message.id, str):
                if words:
                    told.setdefault(message.id, words)
            elif all(words):
                told.setdefault(tuple(message.id), tuple(words))
    return told
