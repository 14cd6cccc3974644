"""The resource of one model: scoped, versioned, idempotent."""

from __future__ import annotations

import functools
from typing import Any

from flask import abort, request
from flask_appbuilder.api import ModelRestApi
from flask_appbuilder.api.convert import Model2SchemaConverter
from flask_appbuilder.const import API_RESULT_RES_KEY
from flask_appbuilder.exceptions import (
    FABException,
    InvalidColumnArgsFABException,
    InvalidOrderByColumnFABException,
)
from marshmallow import RAISE, ValidationError
from marshmallow.fields import Integer
from marshmallow_sqlalchemy import SQLAlchemyAutoSchema
from sqlalchemy import desc, func, inspect, select
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response

from base.api.answers import body, guarded, idempotent, problem
from base.database import db
from base.errors import InvalidInput, NotFound
from base.i18n import _
from base.rules import RULES
from base.views.interface import RequestFilters, ScopedInterface
from base.views.lists import COUNT_LIMIT

#: Filters that look inside a text.
_TEXTUAL = frozenset({"sw", "ew", "ct", "nsw", "new", "nct"})


def _comparable(asked: Any) -> bool:
    """Whether a filter's value is one that its operator can take."""
    value = asked.get("value") if isinstance(asked, dict) else None
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return False
    return asked.get("opr") not in _TEXTUAL or isinstance(value, str)


class StrictSchema(SQLAlchemyAutoSchema):  # type: ignore[type-arg]
    """A schema in which 1.5 and "1" are no whole numbers: nothing is cut in silence."""

    def on_bind_field(self, field_name: str, field_obj: Any) -> None:
        """Make whole numbers strict."""
        if isinstance(field_obj, Integer):
            field_obj.strict = True
        super().on_bind_field(field_name, field_obj)


class Converter(Model2SchemaConverter):
    """FAB's schemas on the person's session, with foreign key columns; they load to dicts."""

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
        return type(
            "MetaSchema", (StrictSchema, mixin), {"Meta": type("Meta", (), meta)}
        )


class ModuleApi(RequestFilters, ModelRestApi):
    """The resource of one model. ``create`` and ``update`` are the verbs behind POST and PUT."""

    NEEDED = ("list_columns", "show_columns", "add_columns", "edit_columns", "search_columns")
    model2schemaconverter = Converter
    page_size = 50
    max_page_size = 100
    allow_browser_login = False
    #: Columns of ``add_columns`` that ``create`` fills when the body leaves them out.
    filled_columns: tuple[str, ...] = ()

    def _init_properties(self) -> None:
        for name in self.NEEDED:
            if getattr(self, name) is None:
                raise RuntimeError(f"{type(self).__name__}.{name} must be listed")
        if not isinstance(self.datamodel, ScopedInterface):
            raise RuntimeError(f"{type(self).__name__} must use ScopedInterface")
        super()._init_properties()

    # --- what a module may override ------------------------------------------------------

    def create(self, session: Any, values: dict[str, Any]) -> Any:
        """Make a row from checked values."""
        model = self.datamodel.obj
        if "entity_id" in inspect(model).column_attrs and values.get("entity_id") is None:
            values["entity_id"] = self.default_entity_id(session)
        row = model(**values)
        session.add(row)
        return row

    def update(self, session: Any, row: Any, values: dict[str, Any]) -> None:
        """Change a row to checked values."""
        for name, value in values.items():
            setattr(row, name, value)

    def remove(self, session: Any, row: Any) -> None:
        """Delete a row."""
        session.delete(row)

    def default_entity_id(self, session: Any) -> int:
        """The entity of a new row when the body names none.

        Raises:
            InvalidInput: the person works for several.
        """
        if not session.scope:
            abort(404)
        if len(session.scope) > 1:
            raise InvalidInput(
                _("Précisez l’entité."), {"entity_id": _("Ce champ est obligatoire.")}
            )
        return int(session.scope[0])

    def base_criteria(self) -> list[Any]:
        """Criteria that hold for every list of this resource."""
        return []

    # --- reading ------------------------------------------------------------------------

    def get_list_headless(self, **kwargs: Any) -> Response:
        """A page of rows: ids first, then the rows; the count stops at 10,000."""
        args = kwargs.get("rison", {})
        model = self.datamodel.obj
        try:
            _select, columns = self._handle_columns_args(
                args, self.list_select_columns, self.list_columns
            )
            if any(not _comparable(asked) for asked in args.get("filters", ())):
                return problem(400, _("Un filtre compare une colonne à une valeur de sa nature."))
            filters = self._handle_filters_args(args)
            order, direction = self._handle_order_args(args)
        except (InvalidColumnArgsFABException, InvalidOrderByColumnFABException) as fault:
            return problem(400, str(fault))
        except FABException as fault:
            return problem(400, str(fault))
        index, size = self._handle_page_args(args)
        index, size = max(int(index or 0), 0), int(size or self.page_size)
        session = db.session()
        query = session.query(model.id).filter(*self.base_criteria())
        query = filters.apply_all(query)
        counted = session.scalar(
            select(func.count()).select_from(query.limit(COUNT_LIMIT + 1).subquery())
        )
        attribute = getattr(model, order) if order else model.id
        wanted = [desc(attribute), desc(model.id)] if direction == "desc" else [attribute, model.id]
        offset = min(index * size, 2**31)
        ids = [r[0] for r in query.order_by(*wanted).limit(size).offset(offset)]
        schema = self.model2schemaconverter.convert(columns) if columns else self.list_model_schema
        rows = self._rows(session, ids, columns or self.list_columns)
        response: dict[str, Any] = {
            API_RESULT_RES_KEY: schema.dump(rows, many=True),
            "ids": ids,
            "count": min(counted, COUNT_LIMIT),
        }
        if counted > COUNT_LIMIT:
            response["count_is_minimum"] = True
        self.set_response_key_mappings(response, self.get_list, args, select_columns=columns)
        self.pre_get_list(response)
        return self.response(200, **response)

    def _rows(self, session: Any, ids: list[int], columns: Any) -> list[Any]:
        if not ids:
            return []
        model = self.datamodel.obj
        relations = inspect(model).relationships
        options = [
            selectinload(getattr(model, c.split(".")[0]))
            for c in columns
            if c.split(".")[0] in relations
        ]
        statement = select(model).where(model.id.in_(ids)).options(*options)
        found = {row.id: row for row in session.scalars(statement)}
        return [found[i] for i in ids if i in found]

    def get_headless(self, pk: Any, **kwargs: Any) -> Response:
        """One row, with its ETag."""
        args = kwargs.get("rison", {})
        try:
            _select, columns = self._handle_columns_args(
                args, self.show_select_columns, self.show_columns
            )
        except InvalidColumnArgsFABException as fault:
            return problem(400, str(fault))
        row = self.datamodel.get(pk, self._base_filters)
        if row is None:
            return problem(404, _("Introuvable."))
        schema = self.model2schemaconverter.convert(columns) if columns else self.show_model_schema
        content: dict[str, Any] = {"id": row.id, API_RESULT_RES_KEY: schema.dump(row, many=False)}
        self.set_response_key_mappings(content, self.get, args, select_columns=columns)
        self.pre_get(content)
        response: Response = self.response(200, **content)
        if hasattr(row, "version"):
            response.headers["ETag"] = f'"{row.version}"'
        return response

    def _tag(self, response: Response, pk: Any) -> Response:
        if response.status_code == 200:
            row = self.datamodel.get(pk, self._base_filters)
            if row is not None and hasattr(row, "version"):
                response.headers["ETag"] = f'"{row.version}"'
        return response

    # --- writing ------------------------------------------------------------------------

    def _load(self, schema: Any, *, partial: bool) -> dict[str, Any]:
        data = body()
        try:
            values: dict[str, Any] = schema.load(
                data, partial=True if partial else ("entity_id", *self.filled_columns)
            )
        except ValidationError as fault:
            raise InvalidInput(
                _("Des valeurs ne conviennent pas."), dict(fault.messages_dict)
            ) from fault
        except (ValueError, ArithmeticError, OverflowError) as fault:
            raise InvalidInput(_("Des valeurs ne conviennent pas.")) from fault
        self._check_values(values)
        return values

    def _check_values(self, values: dict[str, Any]) -> None:
        """Text without NUL, numbers that fit, decimals that are not rounded, keys in the scope."""
        mapper = inspect(self.datamodel.obj)
        errors: dict[str, Any] = {}
        for name, value in values.items():
            if value is None or name not in mapper.column_attrs:
                continue
            column = mapper.column_attrs[name].columns[0]
            if isinstance(value, str):
                if "\x00" in value or any(0xD800 <= ord(c) <= 0xDFFF for c in value):
                    errors[name] = [_("Ce texte contient des caractères interdits.")]
                elif (n := getattr(column.type, "length", None)) and len(value) > n:
                    errors[name] = [_("Au plus %(n)s caractères.", n=n)]
            elif isinstance(value, int) and not isinstance(value, bool):
                if not -(2**63) <= value < 2**63:
                    errors[name] = [_("Ce nombre est trop grand.")]
            elif (scale := getattr(column.type, "decimals", None)) is not None:
                if not value.is_finite():
                    errors[name] = [_("Un nombre est attendu.")]
                elif -value.as_tuple().exponent > scale:
                    errors[name] = [_("Au plus %(n)s décimales.", n=scale)]
                elif abs(value) >= 10 ** (column.type.digits - scale):
                    errors[name] = [_("Ce nombre est trop grand.")]
        if errors:
            raise InvalidInput(_("Des valeurs ne conviennent pas."), errors)
        for name, target in _key_targets(self.datamodel.obj).items():
            value = values.get(name)
            if value is None:
                continue
            seen = db.session().execute(select(target.id).where(target.id == value)).first()
            if seen is None:
                errors[name] = [_("Introuvable.")]
        if errors:
            raise InvalidInput(_("Des valeurs ne conviennent pas."), errors)

    def _dump(self, row: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.show_model_schema.dump(row, many=False)
        return found

    def post_headless(self) -> Response:
        """Make a row, once per Idempotency-Key."""
        return guarded(lambda: idempotent(self._post))

    def _post(self) -> Response:
        values = self._load(self.add_model_schema, partial=False)
        session = db.session()
        row = self.create(session, values)
        self.datamodel.add(row)
        response: Response = self.response(
            201, **{"id": row.id, API_RESULT_RES_KEY: self._dump(row)}
        )
        response.headers["Location"] = f"/api/v1/{self.resource_name}/{row.id}"
        if hasattr(row, "version"):
            response.headers["ETag"] = f'"{row.version}"'
        return response

    def _match(self, pk: Any) -> Any:
        """The row, once the version sent fits; else an answer."""
        row = self.datamodel.get(pk, self._base_filters)
        if row is None:
            raise NotFound(_("Introuvable."))
        wanted = request.headers.get("If-Match")
        if wanted is None:
            return None, problem(428, _("L’en-tête If-Match est obligatoire."))
        if wanted.strip() not in (f'"{row.version}"', "*"):
            return None, problem(
                412, _("La fiche a changé entre-temps. Relisez-la et recommencez.")
            )
        return row, None

    def put_headless(self, pk: Any) -> Response:
        """Change the columns sent; the others stay."""

        def run() -> Response:
            row, refusal = self._match(pk)
            if refusal is not None:
                return refusal  # type: ignore[no-any-return]
            values = self._load(self.edit_model_schema, partial=True)
            self.update(db.session(), row, values)
            self.datamodel.edit(row)
            response: Response = self.response(200, **{API_RESULT_RES_KEY: self._dump(row)})
            return self._tag(response, pk)

        return guarded(run)

    def delete_headless(self, pk: Any) -> Response:
        """Delete a row that nothing depends on."""

        def run() -> Response:
            row, refusal = self._match(pk)
            if refusal is not None:
                return refusal  # type: ignore[no-any-return]
            self.remove(db.session(), row)
            db.session().flush()
            db.session().wanted = True
            return self.response(200, message="OK")  # type: ignore[no-any-return]

        return guarded(run)


@functools.cache
def _key_targets(model: Any) -> dict[str, Any]:
    """Attribute -> model, for each single foreign key column to a table with a rule."""
    tables: dict[Any, Any] = {inspect(m).local_table: m for m in RULES}
    found: dict[str, Any] = {}
    mapper = inspect(model)
    for level in mapper.iterate_to_root():
        for constraint in level.local_table.foreign_key_constraints:
            target = tables.get(constraint.referred_table)
            if target is None:
                continue
            for element in constraint.elements:
                if element.column.name == "id" and not element.parent.primary_key:
                    found[mapper.get_property_by_column(element.parent).key] = target
    return found
