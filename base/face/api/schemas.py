"""The schemas of bodies: strict, and refusing in the reader's language."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from flask_appbuilder.api.convert import Model2SchemaConverter
from marshmallow import RAISE, fields, validate
from marshmallow_sqlalchemy import SQLAlchemyAutoSchema
from marshmallow_sqlalchemy.fields import Related
from sqlalchemy import inspect

from base.basics.i18n import _, _l
from base.store.bounds import bounded
from base.store.choice_columns import choices_of
from base.store.database import db
from base.store.history.wording import said_of
from base.store.together import Each

_REQUIRED = _l("Ce champ est obligatoire.")
_UNKNOWN = _l("Ce champ n’existe pas.")
#: What every field says, whatever its class.
_COMMON = {
    "required": _REQUIRED,
    "null": _l("Ce champ ne peut pas être vide."),
    "validator_failed": _l("Cette valeur n’est pas permise."),
}
#: Class of field -> what it says of a value that it cannot read; the nearest ancestor counts.
_INVALID: dict[type, Any] = {
    fields.Field: _l("Cette valeur n’est pas permise."),
    fields.Integer: _l("Un nombre entier est attendu."),
    fields.Number: _l("Un nombre est attendu."),
    fields.String: _l("Un texte est attendu."),
    fields.Boolean: _l("« true » ou « false » est attendu."),
    fields.DateTime: _l("Un instant est attendu, par exemple 2026-11-22T08:30:00Z."),
    fields.Date: _l("Un jour AAAA-MM-JJ est attendu."),
    fields.List: _l("Une liste est attendue."),
    fields.Mapping: _l("Un objet est attendu."),
    Related: _l("Le numéro d’une fiche est attendu."),
}


def said(messages: Any) -> Any:
    """The refusals of a schema as texts of this moment's language."""
    if isinstance(messages, Mapping):
        return {str(name): said(value) for name, value in messages.items()}
    if isinstance(messages, list | tuple):
        return [said(value) for value in messages]
    return str(messages)


def speak(field: Any) -> None:
    """Give a field, and what it is made of, sentences in place of the library's English."""
    kind = next(_INVALID[k] for k in type(field).__mro__ if k in _INVALID)
    field.error_messages = {**dict.fromkeys(field.error_messages, kind), **_COMMON}
    for check in field.validators:
        if isinstance(check, validate.Length):
            check.error = _Bounded(check)  # type: ignore[assignment]
        elif isinstance(check, validate.OneOf):
            check.error = _Listed(check)  # type: ignore[assignment]
    inner = getattr(field, "inner", None)
    if inner is not None:
        speak(inner)


class _Bounded:
    """What a bound on a length says, when it is asked."""

    def __init__(self, check: Any) -> None:
        self.check = check

    def format(self, **values: Any) -> str:
        """The sentence."""
        if self.check.max is not None and len(values.get("input") or "") > self.check.max:
            return _("Au plus %(n)s caractères.", n=self.check.max)
        return _("Au moins %(n)s caractères.", n=self.check.min)


class _Listed:
    """What a list of values says, when it is asked."""

    def __init__(self, check: Any) -> None:
        self.check = check

    def format(self, **values: Any) -> str:
        """The sentence."""
        return _("Valeurs possibles : %(values)s.", values=self.check.choices_text)


class StrictSchema(SQLAlchemyAutoSchema):  # type: ignore[type-arg]
    """A schema in which 1.5 and "1" are no whole numbers: nothing is cut in silence."""

    error_messages = {"unknown": _UNKNOWN, "type": _l("Un objet JSON est attendu.")}  # noqa: RUF012

    def on_bind_field(self, field_name: str, field_obj: Any) -> None:
        """Be strict with whole numbers; describe lists, units and bounds; let the field speak."""
        if isinstance(field_obj, fields.Integer):
            field_obj.strict = True
        if isinstance(field_obj, fields.Nested) and not field_obj.many:
            field_obj.allow_none = True  # nothing is named, or nothing that the reader may see
        described: Any = field_obj.metadata
        if isinstance(field_obj, fields.Decimal):
            described["type"] = "string"  # as it is answered: exact
        model: Any = self.opts.model
        kind = choices_of(model).get(field_name)
        if kind is not None:
            field_obj.metadata["enum"] = [*_empty(model, field_name), *map(str, kind)]
        if unit := said_of(model, field_name).unit:
            field_obj.metadata["x-unit"] = unit
        if (bound := bounded(inspect(model)).get(field_name)) is not None:
            described |= bound.for_programs()
        speak(field_obj)
        super().on_bind_field(field_name, field_obj)


def _empty(model: Any, name: str) -> list[str | None]:
    """What stands for no value in a column of a closed list."""
    column = inspect(model).column_attrs[name].columns[0]
    given = column.default.arg if column.default is not None else None
    return [None] if column.nullable else [""] if given == "" else []


class Converter(Model2SchemaConverter):
    """FAB's schemas on the person's session, with foreign key columns; they load to dicts."""

    def _column2field(self, datamodel: Any, column: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(getattr(datamodel.obj, column.name, None), Each):
            return fields.String(dump_only=True)
        return super()._column2field(datamodel, column, *args, **kwargs)

    def _meta_schema_factory(
        self, columns: Any, model_: Any, mixin: Any, parent_schema_name: Any = None
    ) -> Any:
        meta = {
            "model": model_,
            "load_instance": False,
            "include_fk": True,
            "sqla_session": db.session,
            "parent_schema_name": parent_schema_name,
            "unknown": RAISE,
        }
        if columns:
            meta["fields"] = columns
        return type("MetaSchema", (StrictSchema, mixin), {"Meta": type("Meta", (), meta)})


class Schemas:
    """The schemas of a resource, made when the first of them is asked for."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}
        #: Whether the resource stands; FAB looks at every attribute while it takes it in.
        self.wanted = False
        self.made = self.making = False
        self.lock = threading.RLock()


class Later:
    """One of them. A start would make four hundred, a fifth of its time; most are never read."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, api: Any, owner: type | None = None) -> Any:
        if api is None:
            return None
        schemas: Schemas = api.schemas
        if schemas.wanted and not schemas.made:
            # Who asks meanwhile waits; the making itself sees those that are there.
            with schemas.lock:
                if not schemas.made and not schemas.making:
                    schemas.making = True
                    try:
                        api.make_schemas()
                        schemas.made = True
                    finally:
                        schemas.making = False
        return schemas.kept.get(self.name)

    def __set__(self, api: Any, schema: Any) -> None:
        api.schemas.kept[self.name] = schema
