"""Custom fields on the screens of assets: columns and filters of lists, inputs of forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import flash, g, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from base.basics.i18n import _
from base.basics.sessions import Session
from base.basics.written import number as number_typed
from base.face.views import cells
from base.face.views.card_views import CardView
from base.face.views.choices import choice_of, relation_choices
from base.face.views.rendering import columns_read, reading_session
from base.face.views.selection import BadFilter, day_typed
from base.papers.files import exports
from base.rules.rights.actors import unit_of_work
from base.store.database import db
from base.store.mixins import EUROS, Said
from base.store.models import Partner
from base.store.together import told
from patrimoine import domain, services
from patrimoine.domain.fields import LINKED, FieldType, field_key
from patrimoine.models import Asset, FieldDefinition
from patrimoine.queries.fields import CustomValue, FieldBook, linked_row, records_with, values_of

#: What the name of a column of a list begins with when it is a custom field.
PREFIX = "field_"
_EXPORTED = {
    FieldType.NUMBER: exports.Kind.NUMBER,
    FieldType.AMOUNT: exports.Kind.EUROS,
    FieldType.DATE: exports.Kind.DAY,
}


def book() -> FieldBook:
    """The custom fields in use; read once a request."""
    if "field_book" not in g:
        g.field_book = FieldBook(reading_session(db.session))
    found: FieldBook = g.field_book
    return found


def column_name(field: FieldDefinition) -> str:
    """The name of the column of a list that shows the field; what its cells are, at the end."""
    return f"{PREFIX}{field.key}" + ("_eur" if field.field_type == FieldType.AMOUNT else "")


class FieldColumns(CardView):
    """The custom fields as columns, filters and export of a list of assets."""

    kind: domain.Kind | None = None

    def custom_columns(self) -> dict[str, FieldDefinition]:
        """Name of a column -> the field; the fields that some asset of the list may carry."""
        kept: dict[str, dict[str, FieldDefinition]] = g.setdefault("custom_columns", {})
        if self.endpoint not in kept:
            kept[self.endpoint] = {column_name(f): f for f in book().of_kind(self.kind)}
        return kept[self.endpoint]

    def choosable(self) -> list[str]:
        """The columns of the asset, then its custom fields."""
        return [*super().choosable(), *self.custom_columns()]

    def label_of(self, name: str) -> str:
        """The label of the field, with its unit."""
        field = self.custom_columns().get(name) if name.startswith(PREFIX) else None
        if field is None:
            return super().label_of(name)
        return f"{field.label} ({field.unit})" if field.unit else field.label

    def said(self, name: str) -> Said:
        """An amount is one whoever made the field."""
        field = self.custom_columns().get(name) if name.startswith(PREFIX) else None
        if field is None:
            return super().said(name)
        return Said(unit=EUROS if field.field_type == FieldType.AMOUNT else "")

    def dress(self, session: Session, rows: Sequence[Any]) -> None:
        """The values of the fields on screen, for all rows at once."""
        super().dress(session, rows)
        columns = self.custom_columns()
        wanted = [columns[name] for name in columns_read(self) if name in columns]
        if wanted:
            g.custom_cells = values_of(session, [row.id for row in rows], wanted)

    def value(self, row: Any, column: str) -> Any:
        """The value of a field, typed as far as the list has words for it."""
        field = self.custom_columns().get(column) if column.startswith(PREFIX) else None
        if field is None:
            return super().value(row, column)
        found = g.get("custom_cells", {}).get((row.id, field.id))
        if found is None:
            return None
        if field.field_type in _EXPORTED:
            return found.value
        return found.typed

    def export_kinds(self) -> dict[str, exports.Kind]:
        """Numbers, amounts and days stay such in a workbook."""
        return {
            name: _EXPORTED[FieldType(field.field_type)]
            for name, field in self.custom_columns().items()
            if field.field_type in _EXPORTED
        }

    # --- filters ------------------------------------------------------------------------

    def own_filter(self, name: str, op: str, text: str) -> tuple[Any, str] | None:
        """The criterion and label of a filter on a field; None when there is none such.

        Raises:
            BadFilter: the value or the operator does not fit the field.
        """
        field = self.custom_columns().get(name)
        if field is None or not field.is_searchable:
            return None
        model = self.datamodel.obj
        found = model.id.in_(records_with(field, op, _typed(field, op, text)))
        return found if op != "none" else ~found, self.label_of(name)

    def shown_filter(self, column: str, op: str, value: str) -> str:
        """The value of a filter in words."""
        field = self.custom_columns().get(column) if column.startswith(PREFIX) else None
        if field is None or op == "none":
            return super().shown_filter(column, op, value)
        if field.field_type == FieldType.CHOICE:
            words = {field_key(c): c for c in field.choice_list}
            return ", ".join(words.get(v, v) for v in value.split(","))
        if field.field_type == FieldType.YES_NO:
            return _("oui") if value == "1" else _("non")
        if field.field_type in LINKED and value.isdecimal() and len(value) < 19:
            row = linked_row(db.session(), field, int(value))
            return told(row) if row is not None else value
        unit = EUROS if field.field_type == FieldType.AMOUNT else field.unit or ""
        return cells.condition(_typed(field, op, value), op, Said(unit=unit))

    def filter_kinds(self) -> list[dict[str, Any]]:
        """The filters of the asset, then those of its custom fields."""
        kinds = {
            FieldType.NUMBER: "number",
            FieldType.AMOUNT: "number",
            FieldType.DATE: "date",
            FieldType.YES_NO: "bool",
            FieldType.CHOICE: "enum",
            FieldType.PARTNER: "relation",
            FieldType.ASSET: "relation",
        }
        return super().filter_kinds() + [
            {
                "column": name,
                "label": self.label_of(name),
                "kind": kinds.get(FieldType(field.field_type), "text"),
                "choices": [(field_key(c), c) for c in field.choice_list],
                "url": self.field_choices_url(field),
            }
            for name, field in self.custom_columns().items()
            if field.is_searchable
        ]

    # --- forms --------------------------------------------------------------------------

    def field_choices_url(self, field: FieldDefinition) -> str | None:
        """Where the rows of a link are searched."""
        if field.field_type not in LINKED:
            return None
        return url_for(f"{self.endpoint}.choices", column=column_name(field))

    def field_choices(self, column: str) -> Response | None:
        """The rows that a link may lead to; None when the column is no such field."""
        field = self.custom_columns().get(column)
        if field is None or field.field_type not in LINKED:
            return None
        model: Any = Partner if field.field_type == FieldType.PARTNER else Asset
        found = relation_choices(db.session(), model, request.args.get("q", "").strip()[:100])
        return jsonify([choice_of(row) for row in found])

    def inputs(
        self, kind: domain.Kind, row: Asset | None, errors: Mapping[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """The inputs of a form: of a new asset of the kind all that its category may ask for."""
        fields = book().of_kind(kind) if row is None else book().of(kind, row.category_id)
        if row is not None and request.endpoint and request.endpoint.endswith(".edit"):
            fields = book().of_kind(kind)  # the form may change the category
        stored: dict[tuple[int, int], CustomValue] = {}
        if row is not None:
            stored = values_of(db.session(), [row.id], fields)
        proposed = services.defaults(fields) if row is None else {}
        found = []
        for field in fields:
            value = stored.get((row.id, field.id)) if row is not None else None
            typed = proposed.get(field.key, "") if value is None else value.typed
            linked = value.row if value is not None and field.field_type in LINKED else None
            if request.method == "POST":
                typed = request.form.get(f"field.{field.key}", "")[:2000]
                linked = _linked_row(field, typed)
            found.append(
                {
                    "field": field,
                    "typed": typed,
                    "linked": linked,
                    "error": (errors or {}).get(field.key),
                    "categories": book().categories_of(field, kind),
                    "url": self.field_choices_url(field),
                }
            )
        return found

    def set_fields(self, session: Session, row: Asset, *, complete: bool) -> None:
        """What the form says of the custom fields that the asset carries."""
        carried = book().of(row.kind, row.category_id)
        others = [f.key for f in book().of_kind(domain.Kind(row.kind)) if f not in carried]
        typed = typed_fields(carried, others)
        if typed or complete:
            services.set_values(session, row, typed, complete=complete, book=book())

    def _refused(self, form: Any, fault: Exception) -> None:
        if isinstance(fault, services.FieldsRefused):
            g.field_errors = dict(fault.errors)
            form.form_errors.append(str(fault))
        else:
            super()._refused(form, fault)

    def _form_page(
        self, form: Any, title: Any, row: Any = None, status: int = 200, **more: Any
    ) -> Any:
        kind = domain.Kind(row.kind) if row is not None else self.kind
        inputs = self.inputs(kind, row, g.get("field_errors")) if kind is not None else []
        return super()._form_page(form, title, row, status, inputs=inputs, **more)

    def fields_page(self, row: Asset, url_of: Callable[[Asset], str]) -> Any:
        """The page that changes the custom fields of an asset, and nothing else."""
        errors: dict[str, str] = {}
        if request.method == "POST":
            try:
                with unit_of_work() as session:
                    typed = typed_fields(book().of(row.kind, row.category_id))
                    services.set_values(session, row, typed, book=book())
            except services.FieldsRefused as refusal:
                self._start_again()
                g.pop("field_book", None)
                errors, row = dict(refusal.errors), self.get_or_404(row.id)
            else:
                flash(_("« %(n)s » est enregistré.", n=row.name), "success")
                return redirect(url_of(row))
        return (
            self.render_template(
                "patrimoine/fields.html",
                title=_("Champs de « %(n)s »", n=row.name),
                row=row,
                inputs=self.inputs(domain.Kind(row.kind), row, errors),
                errors=errors,
                back=url_of(row),
            ),
            422 if errors else 200,
        )


def typed_fields(fields: Sequence[FieldDefinition], others: Sequence[str] = ()) -> dict[str, Any]:
    """What the form says of these fields, by key; a link by the number of its row.

    ``others`` are keys of fields that may have been typed in and that the asset does not carry:
    they are handed on when they hold something, so that nothing typed is lost in silence.
    """
    found: dict[str, Any] = {}
    for field in fields:
        name = f"field.{field.key}"
        if name not in request.form:
            continue
        text = request.form[name][:4000]
        number = text.strip()
        is_id = field.field_type in LINKED and number.isdecimal() and len(number) < 19
        found[field.key] = int(number) if is_id else text
    for key in others:
        if request.form.get(f"field.{key}", "").strip():
            found[key] = request.form[f"field.{key}"][:2000]
    return found


def _linked_row(field: FieldDefinition, typed: str) -> Any:
    if field.field_type not in LINKED or not typed.isdecimal() or len(typed) > 18:
        return None
    return linked_row(db.session(), field, int(typed))


def _typed(field: FieldDefinition, op: str, text: str) -> Any:
    kind = FieldType(field.field_type)
    plain = kind in (FieldType.TEXT, FieldType.LONG_TEXT, FieldType.LINK)
    allowed = {"none", "eq", "has"} if plain else {"none", "eq", "ge", "lt"}
    if kind is FieldType.CHOICE:
        allowed = {"none", "eq", "in"}
    if op not in allowed:
        raise BadFilter(op)
    if op == "none" or plain:
        return text
    try:
        match kind:
            case FieldType.CHOICE:
                words = {field_key(c): c for c in field.choice_list}
                chosen = [words.get(v, v) for v in text.split(",")]
                return chosen if op == "in" else chosen[0]
            case FieldType.DATE:
                return day_typed(text)
            case FieldType.YES_NO:
                return Decimal(1 if text in ("1", "true", "oui") else 0)
            case FieldType.PARTNER | FieldType.ASSET:
                number = int(text)
                if not 0 <= number < 2**63:
                    raise BadFilter(text)
                return number
        value = number_typed(text)
        if value is None or abs(value) >= Decimal("1e15"):
            raise BadFilter(text)
        return round(value, 3)
    except (ValueError, InvalidOperation) as fault:
        raise BadFilter(text) from fault
