"""The resource of one model: scoped, versioned, idempotent."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import abort
from flask_appbuilder.api import ModelRestApi
from flask_appbuilder.const import API_RESULT_RES_KEY
from marshmallow import ValidationError
from sqlalchemy import inspect, select
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response

from base import filling
from base.basics.errors import InvalidInput, NotFound
from base.basics.i18n import _
from base.basics.sessions import Session
from base.engine.edge.answers import body, guarded, idempotent, match_problem, problem, tagged
from base.engine.edge.interface import RequestFilters, ScopedInterface, Written
from base.face.api import below, questions, verb_routes
from base.face.api.below import Below
from base.face.api.checking import faults, lost_keys
from base.face.api.describing import Described, complete, describe_model
from base.face.api.labels import Named
from base.face.api.listing import Walk, count_of, next_url, whole
from base.face.api.schemas import Converter, Later, Schemas, said
from base.face.api.takes import Takes
from base.face.api.verbs import served
from base.rules.rights import withheld
from base.rules.verbs import Verb
from base.store.database import db
from base.store.mixins import Scoped


class ModuleApi(Described, Named, Written, RequestFilters, ModelRestApi):
    """The resource of one model. ``create`` and ``update`` are the verbs behind POST and PUT."""

    NEEDED = ("list_columns", "show_columns", "add_columns", "edit_columns", "search_columns")
    model2schemaconverter = Converter
    page_size = 50
    max_page_size = 100
    allow_browser_login = False
    #: Columns of ``add_columns`` that ``create`` fills when the body leaves them out.
    filled_columns: tuple[str, ...] = ()
    #: What POST takes when that is not columns of the model; read by the resource itself.
    post_takes: Takes | None = None
    #: What a POST that is taken answers: 202 when the row is made later.
    post_answers = 201
    #: Lists of what hangs on a row.
    below: Sequence[Below] = ()
    #: Model -> columns of those lists, and of what a verb makes (201 instead of the row).
    made_columns: Mapping[type, Sequence[str]] = {}
    #: Key -> JSON schema of what rows are answered with that is no column, or not as it is one.
    answered: Mapping[str, Mapping[str, Any]] = {}

    def __init__(self) -> None:
        # Whoever may not PUT may not PATCH: they are one verb.
        included: Any = self.include_route_methods  # type: ignore[has-type]
        excluded: Any = self.exclude_route_methods  # type: ignore[has-type]
        if "put" in excluded or (included is not None and "put" not in included):
            self.exclude_route_methods = {*excluded, "patch"}
        elif included is not None:
            self.include_route_methods = {*included, "patch"}
        self.schemas = Schemas()
        # Before FAB collects routes and permissions.
        verb_routes.install(type(self))
        below.install(type(self))
        super().__init__()

    def _init_properties(self) -> None:
        for name in self.NEEDED:
            if getattr(self, name) is None:
                raise RuntimeError(f"{type(self).__name__}.{name} must be listed")
        if not isinstance(self.datamodel, ScopedInterface):
            raise RuntimeError(f"{type(self).__name__} must use ScopedInterface")
        filling.join(self, whole=True)
        # FAB has looked at every attribute already, before the columns were whole.
        self.__dict__.pop("_operators", None)
        written: Any = self.add_columns, self.edit_columns  # type: ignore[has-type]
        super()._init_properties()
        # FAB takes "none" for "all": what is only read would say that it may be written.
        self.add_columns, self.edit_columns = written

    list_model_schema = Later()
    show_model_schema = Later()
    add_model_schema = Later()
    edit_model_schema = Later()

    def create_blueprint(self, *args: Any, **kwargs: Any) -> Any:
        """As FAB, which would make the schemas first."""
        made = super().create_blueprint(*args, **kwargs)
        self.schemas.wanted = True
        return made

    def _init_model_schemas(self) -> None:
        """FAB's step of a start: they are made later."""

    def make_schemas(self) -> None:
        """The schemas of this resource; a module changes what FAB makes of the columns."""
        super()._init_model_schemas()
        for name in ("entity_id", *self.filled_columns):
            if name in self.add_model_schema.fields:
                self.add_model_schema.fields[name].required = False

    def add_apispec_components(self, api_spec: Any) -> None:
        """As FAB; a change takes the columns sent, so its description requires none of them."""
        self.edit_model_schema.partial = True
        super().add_apispec_components(api_spec)
        complete(api_spec.components.schemas, type(self).__name__, self.answered)

    # --- what a module may override ------------------------------------------------------

    def before_verb(self, session: Session, row: Any, verb: Verb, values: dict[str, Any]) -> None:
        """Refuse a declared verb for what only this door knows."""

    def default_entity_id(self, session: Session) -> int:
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

    @functools.cached_property
    def _operators(self) -> dict[str, set[str]]:
        """Column -> the operators that filter by it."""
        found = self.datamodel.get_filters(search_columns=self.search_columns)
        return {
            name: {f.arg_name for f in kinds if f.arg_name}
            for name, kinds in found.get_search_filters().items()
        }

    @served("/", "get")
    def get_list(self) -> Response:
        """A page of rows, in the order of a column or of the ids."""
        return self.get_list_headless(rison=questions.question(questions.LIST_KEYS))

    def get_list_headless(self, **kwargs: Any) -> Response:
        """A page of rows: ids first, then the rows."""
        args = kwargs.get("rison", {})
        model = self.datamodel.obj
        chosen = [*args.get("columns", ()), *args.get("select_columns", ())]
        questions.known_columns(chosen, self.list_columns)
        filters = self._handle_filters_args(
            {
                "filters": [
                    questions.checked_filter(self.datamodel, one, self._operators)
                    for one in args.get("filters", ())
                ]
            }
        )
        index, size = questions.page_bounds(args, usual=self.page_size, most=self.max_page_size)
        session = db.session()
        query = filters.apply_all(session.query(model.id).filter(*self.base_criteria()))
        ids, mark = self._walk(args).rows(
            query,
            size=size,
            offset=0 if "after" in args else index * size,
            after=args.get("after"),
        )
        columns = [c for c in self.list_columns if c in chosen]
        schema = self.model2schemaconverter.convert(columns) if columns else self.list_model_schema
        rows = self._rows(session, ids, columns or self.list_columns)
        response: dict[str, Any] = {
            API_RESULT_RES_KEY: schema.dump(rows, many=True),
            "ids": ids,
            **count_of(session, query),
            "page_size": size,
            "next": next_url(args, mark),
        }
        if notices := withheld.left_out():
            # Rows or figures that this person may not read: a sum of the list is not the whole.
            response["left_out"] = notices
        # The keys that FAB's own list merges in: labels, titles, columns.
        self.set_response_key_mappings(
            response, ModelRestApi.get_list, args, select_columns=columns
        )
        self.pre_get_list(response)
        return self.response(200, **response)

    def _walk(self, args: dict[str, Any]) -> Walk:
        """The order asked for, or the usual one."""
        name, direction = args.get("order_column"), args.get("order_direction", "asc")
        if direction not in ("asc", "desc"):
            raise questions.Unreadable(_("« order_direction » est « asc » ou « desc »."))
        if name is None:
            name, usual = self.base_order or ("id", "asc")
            direction = args.get("order_direction", usual)
        elif name not in self.order_columns:
            raise questions.Unreadable(
                _(
                    "On ne trie pas par « %(name)s ». Permis : %(known)s.",
                    name=name[:60],
                    known=", ".join(self.order_columns),
                )
            )
        return Walk(self.datamodel.obj, name, down=direction == "desc")

    def _rows(self, session: Session, ids: list[int], columns: Any) -> list[Any]:
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

    @served("/<pk>", "get")
    def get(self, pk: Any) -> Response:
        """One row, with its ETag."""
        return self.get_headless(pk, rison=questions.question(questions.ITEM_KEYS))

    def get_headless(self, pk: Any, **kwargs: Any) -> Response:
        """One row, with its ETag."""
        args = kwargs.get("rison", {})
        columns = args.get("columns", [])
        questions.known_columns(columns, self.show_columns)
        row = self.row_of(pk)
        schema = self.model2schemaconverter.convert(columns) if columns else self.show_model_schema
        content: dict[str, Any] = {"id": row.id, API_RESULT_RES_KEY: schema.dump(row, many=False)}
        self.set_response_key_mappings(content, ModelRestApi.get, args, select_columns=columns)
        self.pre_get(content)
        response: Response = self.response(200, **content)
        return tagged(response, row)

    def row_of(self, pk: Any) -> Any:
        """The row of an address.

        Raises:
            NotFound: it does not exist in the person's scope.
        """
        row = self.datamodel.get(pk, self._base_filters)
        if row is None:
            raise NotFound(_("Introuvable."))
        return row

    def listed_below(self, pk: Any, read: Callable[[Any, Any], list[dict[str, Any]]]) -> Response:
        """What belongs to one row, whole: ``read(session, row)`` gives its lines, each an id."""

        def run() -> Response:
            return self.response(200, **whole(read(db.session(), self.row_of(pk))))

        return guarded(run)

    def response_400(self, message: str | None = None) -> Response:
        """A question that FAB could not read."""
        return problem(400, str(questions.UNREADABLE))

    # --- writing ------------------------------------------------------------------------

    def _load(self, schema: Any, *, partial: bool, row: Any = None) -> dict[str, Any]:
        data = body()
        try:
            values: dict[str, Any] = schema.load(data, partial=partial)
        except ValidationError as fault:
            raise InvalidInput(
                _("Des valeurs ne conviennent pas."), said(fault.messages_dict)
            ) from fault
        except (ValueError, ArithmeticError, OverflowError) as fault:
            raise InvalidInput(_("Des valeurs ne conviennent pas.")) from fault
        needed = {name for name, told in self.add_model_schema.fields.items() if told.required}
        empty = {n for n in needed & values.keys() if isinstance(values[n], str)}
        if errors := {n: [_("Ce champ est obligatoire.")] for n in empty if not values[n].strip()}:
            raise InvalidInput(_("Des valeurs ne conviennent pas."), errors)
        self._check_values(values, row)
        return values

    def _check_values(self, values: dict[str, Any], row: Any = None) -> None:
        """Text without NUL, numbers that fit, decimals that are not rounded, keys of its entity."""
        errors = faults(self.datamodel.obj, values)
        if errors:
            raise InvalidInput(_("Des valeurs ne conviennent pas."), errors)
        entity_id = row.entity_id if isinstance(row, Scoped) else values.get("entity_id")
        errors = lost_keys(db.session(), self.datamodel.obj, values, entity_id)
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
        joined = filling.apart(self.datamodel.obj, "add", values)
        with filling.given(session, self.datamodel.obj, joined):
            row = self.create(session, values)
        self.datamodel.add(row)
        response: Response = self.response(
            self.post_answers, **{"id": row.id, API_RESULT_RES_KEY: self._dump(row)}
        )
        response.headers["Location"] = f"/api/v1/{self.resource_name}/{row.id}"
        return tagged(response, row)

    def _changing(self, pk: Any, work: Any) -> Response:
        """Do something to the row, once the version sent fits."""

        def run() -> Response:
            row = self.row_of(pk)
            return match_problem(row) or work(row)

        return guarded(run)

    def put_headless(self, pk: Any) -> Response:
        """Change the columns sent; the others stay."""

        def change(row: Any) -> Response:
            values = self._load(self.edit_model_schema, partial=True, row=row)
            joined = filling.apart(self.datamodel.obj, "edit", values)
            self.update(db.session(), row, values)
            filling.give(row, joined)
            self.datamodel.edit(row)
            return tagged(self.response(200, **{API_RESULT_RES_KEY: self._dump(row)}), row)

        return self._changing(pk, change)

    @served("/<pk>", "put", methods=["PATCH"])
    def patch(self, pk: Any) -> Response:
        """Change the columns sent; the others stay. PUT does the same."""
        return self.put_headless(pk)

    def delete_headless(self, pk: Any) -> Response:
        """Delete a row that nothing depends on."""

        def take_away(row: Any) -> Response:
            self.remove(db.session(), row)
            db.session().flush()
            db.session().wanted = True
            return self.response(200, message="OK")

        return self._changing(pk, take_away)

    # --- its description ----------------------------------------------------------------

    def operation_helper(
        self,
        path: Any = None,
        operations: Any = None,
        methods: Any = None,
        func: Any = None,
        **kwargs: Any,
    ) -> None:
        """As the routes are, with what the schemas say."""
        super().operation_helper(
            path=path, operations=operations, methods=methods, func=func, **kwargs
        )
        for method in methods:
            describe_model(self, operations[method.lower()], func.__name__)
