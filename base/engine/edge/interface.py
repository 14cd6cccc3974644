"""FAB's data model on the person's session: the only one our views and resources use."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import abort, g
from flask_appbuilder.exceptions import DatabaseException
from flask_appbuilder.models.filters import Filters
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError

from base.basics.errors import DomainError, InvalidInput
from base.basics.i18n import _
from base.basics.sessions import Session
from base.basics.trouble import trouble
from base.rules.rights.refusals import KeyRefused, ScopeError
from base.store.database import db
from base.store.history.wording import Worded

#: name of a unique or check constraint -> the sentence a person reads.
CONSTRAINT_SENTENCES: dict[str, object] = {}


def constraint_sentence(name: str, sentence: object) -> None:
    """Give the sentence shown when a constraint of the database refuses a row."""
    CONSTRAINT_SENTENCES[name] = sentence


def sentence(fault: SQLAlchemyError) -> str:
    """What a person reads of a database fault; never SQL."""
    text = str(getattr(fault, "orig", fault))
    for name, words in CONSTRAINT_SENTENCES.items():
        if name in text:
            return str(words)
    if isinstance(fault, IntegrityError):
        low = text.lower()
        if "unique" in low or "duplicate" in low:
            return _("Une fiche avec cette valeur existe déjà.")
        if "foreign key" in low:
            if str(fault.statement or "").lstrip().upper().startswith(("INSERT", "UPDATE")):
                return _("Une fiche nommée ici est d’une autre entité, ou n’existe plus.")
            return _("Cette fiche est liée à d’autres : elle ne peut pas être supprimée.")
        if "not null" in low or "null value" in low:
            return _("Il manque une valeur obligatoire.")
        return _("Une valeur n’est pas permise.")
    return _("L’enregistrement a échoué. Réessayez.")


class KeptFilters(Filters):
    """FAB's filters of a request, whose parts are made once for a column: they keep no state."""

    def _get_filters(self, cols: list[str]) -> dict[str, list[Any]]:
        known: dict[str, list[Any]] = self.datamodel.kept_filters
        for name in cols:
            if name not in known:
                known[name] = self.filter_converter(self.datamodel).convert(name) or []
        # FAB adds to these lists what a screen declares beside.
        return {name: list(known[name]) for name in cols if known[name]}


def _delete(session: Session, items: list[Any]) -> None:
    for item in items:
        session.delete(item)


class ScopedInterface(SQLAInterface):
    """Rows of the person's scope; writes flush, the commit is asked for at the edge."""

    # FAB's own argument, for which it has no type; ``session`` below goes before it.
    def __init__(self, obj: Any, session: Any = None) -> None:
        super().__init__(obj, session)
        # FAB takes a synonym for a column and looks for its table.
        for name in inspect(obj).synonyms.keys():
            self.list_properties.pop(name, None)
        #: Column -> what it may be filtered by.
        self.kept_filters: dict[str, list[Any]] = {}

    def get_filters(self, search_columns: Any = None, search_filters: Any = None) -> KeptFilters:
        """The filters of one request."""
        return KeptFilters(self.filter_converter_class, self, search_columns or [], search_filters)

    @property
    def session(self) -> Any:
        """The person's session; AppBuilder itself has the security session."""
        return db.session

    def get(self, id: Any, *args: Any, **kwargs: Any) -> Any:
        """One row, or None when it does not exist in this scope; locked when writing."""
        try:
            key = int(id)
        except (TypeError, ValueError):
            return None
        if not -(2**63) <= key < 2**63:
            return None
        session = db.session()
        if not session.readonly and session.get_bind().dialect.name == "postgresql":
            root = self.obj.__mapper__.base_mapper.class_
            # NO KEY: a row that is only pointed to must not make its writers wait in a circle.
            session.scalar(select(root.id).where(root.id == key).with_for_update(key_share=True))
        item = super().get(id, *args, **kwargs)
        # The identity map is weak: without this a second read could bring a newer version.
        g.setdefault("held", []).append(item)
        return item

    def _write(self, work: Callable[[Session], Any]) -> None:
        session = db.session()
        try:
            work(session)
            session.flush()
            session.wanted = True
        except (ScopeError, SQLAlchemyError) as fault:
            session.failed = True
            session.rollback()
            if isinstance(fault, StaleDataError | KeyRefused) or trouble(fault) is not None:
                raise
            if isinstance(fault, ScopeError):
                abort(404)
            words = sentence(fault)
            # FAB shows str() of this, and of its cause in REST.
            raise DatabaseException(words) from DomainError(words)

    def add(self, item: Any, commit: bool = True) -> None:
        """Add a row."""
        self._write(lambda session: session.add(item))

    def edit(self, item: Any, commit: bool = True) -> None:
        """Keep the changes of a row this session loaded; nothing is merged."""

        def check(session: Session) -> None:
            if item not in session:
                raise InvalidInput(_("Cette fiche n’a pas été lue dans cette requête."))

        self._write(check)

    def delete(self, item: Any, commit: bool = True) -> None:
        """Delete a row."""
        self._write(partial(_delete, items=[item]))

    def delete_all(self, items: list[Any]) -> None:
        """Delete rows, all or none."""
        self._write(partial(_delete, items=items))


class Written:
    """How rows of a screen or resource are made, changed and deleted when no service does it."""

    datamodel: Any

    def default_entity_id(self, session: Session) -> int:
        """The entity of a new row that names none."""
        raise NotImplementedError

    def create(self, session: Session, values: dict[str, Any]) -> Any:
        """Make a row from checked values."""
        model = self.datamodel.obj
        if "entity_id" in inspect(model).column_attrs and values.get("entity_id") is None:
            values = {**values, "entity_id": self.default_entity_id(session)}
        row = model(**values)
        session.add(row)
        return row

    def update(self, session: Session, row: Any, values: dict[str, Any]) -> None:
        """Change a row to checked values."""
        for name, value in values.items():
            setattr(row, name, value)

    def remove(self, session: Session, row: Any) -> None:
        """Delete a row that nothing depends on."""
        session.delete(row)


class Screen:
    """The screens of one kind of record, for whoever asks what it is called and where it is shown.

    Resources and imports know a screen by this class; the screens are built above them.
    """

    datamodel: Any


class RequestFilters(Worded):
    """One filter object per request; FAB's own is shared by all threads of a view."""

    @property
    def _filters(self) -> Any:
        if "first_filters" not in self.__dict__:
            return None
        key = f"filters_{id(self)}"
        if key not in g:
            setattr(
                g,
                key,
                self.datamodel.get_filters(  # type: ignore[attr-defined]
                    search_columns=self.search_columns,  # type: ignore[attr-defined]
                    search_filters=getattr(self, "search_filters", None),
                ),
            )
        return g.get(key)

    @_filters.setter
    def _filters(self, value: Any) -> None:
        self.__dict__["first_filters"] = value
