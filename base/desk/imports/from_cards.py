"""Importers of the cards that name files: columns from the model, rows by its service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import inspect

from base import cards, filling
from base.basics.folding import code_key
from base.basics.i18n import _
from base.basics.sessions import Session
from base.cards import CARDS, Card
from base.desk.imports.columns import column_from
from base.desk.imports.declaration import register
from base.desk.imports.engine import ids_by_code, named_by
from base.desk.imports.rows import Record
from base.desk.imports.simple import ModelImporter
from base.desk.imports.undo import Undoer, undoes
from base.papers.tables import Column
from base.store.codes import respell
from base.store.history import wording
from base.store.history.wording import within_a_line


class CardImporter(ModelImporter):
    """Rows of a kind, found by their code; what they belong to is named by its own."""

    def __init__(self, card: Card) -> None:
        self.card, self.model = card, card.model
        self.kind, self.title, self.icon = str((card.files or ("",))[0]), card.plural, card.icon
        self.right = ("can_add", f"{card.name}View")
        super().__init__()
        relations = inspect(card.model).relationships
        names = list(dict.fromkeys([*card.names("add"), *card.names("edit")]))
        #: Relation -> the class of the records that its cells name by their code.
        self.pointed = {n: relations[n].mapper.class_ for n in names if n in relations}
        for model in self.pointed.values():
            named_by(model)
        self.named = [n for n in names if n not in filling.joined(card.model, "import")]
        self.telling = tuple(n for n in self.named if n != "code")

    @property
    def help(self) -> str:  # type: ignore[override]
        """The columns, in words."""
        first, *others = [wording.label_of(self.model, name) for name in self.named]
        return ", ".join([first, *map(within_a_line, others)]) + "."

    def columns(self, session: Session, entity_id: int) -> Sequence[Column]:
        """Those of the forms, by the words of the model."""
        return [self._column(name) for name in self.named]

    def _column(self, name: str) -> Column:
        column: Any = wording.column_of(self.model, name)
        needed = not column.nullable and column.default is None
        further = (self.card.further or {}).get(name, "")
        return column_from(self.model, name, further, required=needed)

    def resolve(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Codes as they are in the register, and the records that cells name."""
        respell(session, self.model, entity_id, records, "code")
        for name, model in self.pointed.items():
            told = {code_key(value) for record in records if (value := record.values.get(name))}
            known = ids_by_code(session, model, entity_id, told)
            key = str(getattr(wording.column_of(self.model, name), "key", name))
            for record in records:
                if value := record.values.get(name):
                    record.values[key] = known.get(code_key(value))
                    if record.values[key] is None:
                        record.refuse(
                            _(
                                "« %(code)s » n’existe pas : %(what)s.",
                                code=value,
                                what=within_a_line(wording.label_of(self.model, name)),
                            ),
                            name,
                        )

    def make(self, session: Session, entity_id: int, values: dict[str, Any]) -> Any:
        """A new row, by the service of the card if it names one."""
        run = self.card.service("opens_rest", "opens")
        if run is not None:
            return cards.opened(run, session, values)
        filled = filling.filled(self.model, values, new=True)
        return super().make(session, entity_id, filled)


def open_files(module: str) -> None:
    """Register the importer of each card of a module that names files, and how it is undone."""
    for made in CARDS.values():
        if made.module == module and made.files is not None:
            register(CardImporter(made))
            undoer = Undoer()
            undoer.model, undoer.called = made.model, made.files[1]
            undoes(undoer)
