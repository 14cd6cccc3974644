"""What an exported list writes now of the rows that came back, in the languages it may be in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from base.basics.i18n import LANGUAGES, speaking
from base.basics.sessions import Session
from base.desk.imports.listed import Listed, rendered
from base.desk.imports.same import is_same
from base.papers.files.exports import Kind
from base.papers.tables import Column, ValueRefused


class Written:
    """What the list writes of some rows, in the languages that people read."""

    def __init__(self, session: Session, listed: Listed, rows: Sequence[Any]) -> None:
        rendering = rendered()
        self.session, self.view, self.rows = session, listed.view, list(rows)
        self.names = list(listed.places.values())
        #: That of the file first: most cells say what it writes.
        self.languages = sorted(LANGUAGES, key=lambda code: code != listed.language)
        with rendering.reading(session, None, ()):
            self.columns = {name: rendering.column_of(self.view, name, "") for name in self.names}
        #: Language and column -> row id -> value.
        self._values: dict[tuple[str, str], dict[int, Any]] = {}
        #: Column, cell, what the list writes and what the row holds -> whether they say the same.
        self._said: dict[tuple[str, str, str, Any], bool] = {}
        self._read: dict[tuple[str, Any, Any, Any], bool] = {}

    def says(self, row: Any, name: str, cell: Any) -> bool:
        """Whether the cell is what the list writes, in whatever language."""
        value = self._in(self.languages[0], name)[row.id]
        if type(cell) is not str or type(value) is not str:
            return self._says(row, name, cell, value)
        if cell == value:
            return True
        # Choices and places repeat from row to row.
        key = (name, cell, value, _held(row, name))
        if key not in self._said:
            self._said[key] = self._says(row, name, cell, value)
        return self._said[key]

    def _says(self, row: Any, name: str, cell: Any, value: Any) -> bool:
        kind = self.columns[name].kind
        if is_same(cell, value, kind):
            return True
        # Numbers and days are the same in all languages.
        return kind is Kind.TEXT and any(
            is_same(cell, self._in(code, name)[row.id], kind) for code in self.languages[1:]
        )

    def reads_as(self, row: Any, name: str, column: Column, value: Any) -> bool:
        """Whether the importer reads the same value in what the list writes."""
        first = self._in(self.languages[0], name)[row.id]
        key = (name, value, first, _held(row, name))
        if key not in self._read:
            self._read[key] = self._reads(row, name, column, value)
        return self._read[key]

    def _reads(self, row: Any, name: str, column: Column, value: Any) -> bool:
        for code in self.languages:
            try:
                if column.parse(self._in(code, name)[row.id]) == value:
                    return True
            except ValueRefused:
                continue  # what stands there is older than the rule: it is not the same
        return False

    def _in(self, code: str, name: str) -> dict[int, Any]:
        """What one column holds in one language, by row.

        The language of the file is written whole when it is first asked for, of another one the
        columns that are asked for: most files need one.
        """
        if (code, name) not in self._values:
            self._write(code, self.names if code == self.languages[0] else [name])
        return self._values[code, name]

    def _write(self, code: str, names: Sequence[str]) -> None:
        rendering = rendered()
        with speaking(code), rendering.reading(self.session, self.view, names):
            self.view.dress(self.session, self.rows)
            for name in names:
                column = self.columns[name]
                self._values[code, name] = {
                    row.id: rendering.value_of(self.view, row, column) for row in self.rows
                }


def _held(row: Any, name: str) -> Any:
    """What stands behind a cell: two rows with the same are written the same."""
    return None if "." in name else getattr(row, name, None)
