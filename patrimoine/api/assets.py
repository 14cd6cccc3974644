"""REST resources of assets: one for all, and one for each kind with its own columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from marshmallow import fields

from base.basics import clock
from base.basics.errors import InvalidInput
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.basics.written import POINT
from base.cards import Card
from base.face.api import verb
from base.face.api.card_api import CardApi, api_of
from base.store.database import db
from patrimoine import domain, queries, services
from patrimoine.domain.fields import FieldType
from patrimoine.models import Asset, Category
from patrimoine.queries.categories import category_by
from patrimoine.queries.fields import values_of
from patrimoine.records import ASSET, KINDS

_IDENTIFIERS = {"rnb_id", "ban_address_id", "insee", "cadastral_id", "plate", "vin"}
#: What programs read, filter and order by beside the columns of the screens.
_MORE = {
    "list_columns": ["category.code"],
    "show_columns": ["category.code"],
    "search_columns": ["kind", "category", "parent", "search_text"],
    "order_columns": ["name"],
}


def _with_fields(schema: Any, **extra: Any) -> Any:
    """The schema with further fields, in a class of its own."""
    base = type(schema)
    names = (*(base.Meta.fields or ()), *extra)
    meta = type("Meta", (base.Meta,), {"fields": tuple(dict.fromkeys(names))})
    return type(base.__name__, (base,), {**extra, "Meta": meta})()


class BaseAssetApi(CardApi):
    """What the resources of all kinds share."""

    right_words = {"can_fields": _l("remplir les champs supplémentaires")}
    answered = {
        "category": {"type": "string", "nullable": True, "description": "its code"},
        "fields": {
            "type": "object",
            "additionalProperties": True,
            "description": "custom fields that have a value, by key",
        },
    }

    #: The kind that rows of this resource have; None when the body says it.
    fixed_kind: domain.Kind | None = None

    @classmethod
    def said_of(cls, card: Card) -> Iterator[tuple[str, Any]]:
        """As the card says, and what programs alone have."""
        for name, value in super().said_of(card):
            yield name, [*dict.fromkeys([*value, *_MORE[name]])] if name in _MORE else value

    def make_schemas(self) -> None:
        """The category as a program names it, own fields by their key."""
        super().make_schemas()
        category = fields.Raw(allow_none=True)
        own_fields = fields.Dict(keys=fields.String())
        extra: dict[str, Any] = {"category": category, "fields": own_fields}
        if self.fixed_kind is None:
            extra["kind"] = fields.String(required=True)
        self.add_model_schema = _with_fields(
            self.add_model_schema,
            **extra,
            code=fields.String(allow_none=True),
            entity_id=fields.Integer(strict=True),
        )
        self.edit_model_schema = _with_fields(
            self.edit_model_schema, category=category, fields=own_fields
        )
        for schema in (self.add_model_schema, self.edit_model_schema):
            # Their length is that of the cleaned form: see _check_values.
            for key in _IDENTIFIERS & set(schema.fields):
                schema.fields[key].validators = []
                schema.load_fields[key].validators = []

    def _check_values(self, values: dict[str, Any], row: Any = None) -> None:
        """Clean identifiers before their length is looked at: "6QJB-EEJX-NFJC" has twelve."""
        for key in _IDENTIFIERS & set(values):
            # One identifier alone: the kind plays no part.
            kind = self.fixed_kind or domain.Kind.EQUIPMENT
            values.update(services.checked(kind, {key: values[key]}))
        super()._check_values(values, row)

    def _kind(self, values: dict[str, Any]) -> domain.Kind:
        if self.fixed_kind is not None:
            return self.fixed_kind
        word = values.pop("kind")
        kind = domain.kind_named(word)
        if kind is None:
            raise InvalidInput(
                _("Des valeurs ne conviennent pas."),
                {"kind": _("Attendu : %(l)s.", l=", ".join(domain.Kind))},
            )
        return kind

    def _links(self, session: Session, kind: domain.Kind, values: dict[str, Any]) -> dict[str, Any]:
        """The values with the category and the parent as rows."""
        if "category" in values or "category_id" in values:
            values["category"] = _category(
                session, kind, values.pop("category", None), values.pop("category_id", None)
            )
        if values.get("parent_id") is not None:
            values["parent"] = queries.asset_by_id(session, values["parent_id"])
        return values

    def create(self, session: Session, values: dict[str, Any]) -> Asset:
        """A new asset, by its verb."""
        kind = self._kind(values)
        values = self._links(session, kind, values)
        values.pop("parent_id", None)
        entity_id = values.pop("entity_id", None) or self.default_entity_id(session)
        typed = values.pop("fields", None) or {}
        row = services.create(session, kind, entity_id=entity_id, on=clock.today(), **values)
        _set_fields(session, row, typed, complete=True)
        return row

    def update(self, session: Session, row: Asset, values: dict[str, Any]) -> None:
        """Change an asset; another parent is a move of today."""
        kind = domain.Kind(row.kind)
        values = self._links(session, kind, values)
        if "parent_id" in values:
            parent = values.pop("parent", None)
            del values["parent_id"]
            services.move(session, row, parent=parent, on=clock.today())
        typed = values.pop("fields", None)
        services.update(session, row, **values)
        if typed:
            _set_fields(session, row, typed, complete=False)

    # --- answers --------------------------------------------------------------------------

    def _dump(self, row: Asset) -> dict[str, Any]:
        return {**_flat(super()._dump(row)), "fields": custom_fields([row.id])[row.id]}

    def pre_get_list(self, data: dict[str, Any]) -> None:
        """Print the category as its code, and the custom fields that have a value."""
        values = custom_fields(data["ids"])
        data["result"] = [
            {**_flat(row), "fields": values[i]}
            for i, row in zip(data["ids"], data["result"], strict=True)
        ]

    def pre_get(self, data: dict[str, Any]) -> None:
        """Print the category as its code, and the custom fields that have a value."""
        data["result"] = _flat(data["result"])
        data["result"]["fields"] = custom_fields([data["id"]])[data["id"]]

    # --- verbs ----------------------------------------------------------------------------

    @verb("fields", free=True)
    def fields(self, session: Session, row: Asset, given: dict[str, Any]) -> None:
        """Set custom fields by key: ``{"puissance": "12,5"}``; a link by number, code or name."""
        _set_fields(session, row, given, complete=False)


def _set_fields(session: Session, row: Asset, data: dict[str, Any], *, complete: bool) -> None:
    """Set custom fields from a body; a refusal names them below ``fields``."""
    typed: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, bool):
            value = "oui" if value else "non"
        if not isinstance(value, str | int | float | None):
            raise InvalidInput(
                _("Des valeurs ne conviennent pas."), {"fields": {key: _("Un mot est attendu.")}}
            )
        typed[str(key)[:200]] = str(value) if isinstance(value, float) else value
    try:
        services.set_values(session, row, typed, complete=complete, decimal_mark=POINT)
    except services.FieldsRefused as refusal:
        raise InvalidInput(str(refusal), {"fields": dict(refusal.errors)}) from refusal


def custom_fields(ids: list[int]) -> dict[int, dict[str, Any]]:
    """The custom fields of assets that have a value, by key: numbers as texts, links as ids."""
    session = db.session()
    found: dict[int, dict[str, Any]] = {i: {} for i in ids}
    definitions = queries.FieldBook(session).definitions
    for (record_id, _field_id), value in values_of(session, ids, definitions).items():
        linked = value.partner_id or value.asset_id
        plain: Any = linked if linked is not None else value.value
        if value.field.field_type == FieldType.YES_NO:
            plain = bool(value.number)
        elif value.number is not None:
            plain = format(value.number.normalize(), "f")
        elif value.day is not None:
            plain = value.day.isoformat()
        found[record_id][value.field.key] = plain
    return found


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    category = row.get("category")
    if isinstance(category, dict):
        row["category"] = category.get("code")
    return row


def _category(
    session: Session, kind: domain.Kind, code: Any, category_id: int | None
) -> Category | None:
    """The category by code, or by id."""
    if code is None and category_id is None:
        return None
    found = None
    if isinstance(code, int) and not isinstance(code, bool) and abs(code) < 2**63:
        found = category_by(session, code=None, id=code)
    elif isinstance(code, str | None):
        found = category_by(session, code=code, id=category_id)
    if found is None:
        raise InvalidInput(_("Des valeurs ne conviennent pas."), {"category": _("Introuvable.")})
    return found


AssetApi = api_of(ASSET, BaseAssetApi)
KIND_APIS = [api_of(card, BaseAssetApi, fixed_kind=kind) for kind, card in KINDS.items()]
