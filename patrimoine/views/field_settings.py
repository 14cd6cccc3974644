"""Screens of the custom fields that an administrator adds."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from wtforms import SelectMultipleField, StringField, TextAreaField, validators

from base.basics.i18n import _, _l
from base.basics.rows import as_id
from base.basics.sessions import Session
from base.face.views.card_views import CardView
from base.face.views.routes import route
from base.rules.rights.actors import unit_of_work
from base.store.database import db
from base.store.history.wording import said_of
from patrimoine import queries, services
from patrimoine.domain.fields import plain_number
from patrimoine.domain.kinds import Kind
from patrimoine.models import FieldDefinition, FieldValue
from patrimoine.queries import categories as category_queries
from patrimoine.queries.fields import values_count
from patrimoine.records import FIELD

#: Sets a category back below its parent, in a list of choices.
_EM = "\u2003"


def _category_choices() -> list[tuple[int, str]]:
    """The categories in use with their kind, in the order of the tree."""
    return [
        (branch.row.id, f"{kind.word} · {_EM * branch.depth}{branch.row.name}")
        for kind, branches in category_queries.category_tree(db.session()).items()
        for branch in branches
    ]


def _extra_fields() -> dict[str, Any]:
    """Inputs that are no columns, or wider than their column's own."""
    return {
        "kinds": SelectMultipleField(
            _l("Natures de biens"),
            [validators.Optional()],
            choices=Kind.words,
            description=_l("Tous les biens de ces natures portent le champ."),
        ),
        "category_ids": SelectMultipleField(
            _l("Catégories"),
            [validators.Optional()],
            coerce=int,
            choices=_category_choices,
            description=_l(
                "Les biens de ces catégories et de celles qui sont dessous. Ni nature ni "
                "catégorie : tous les biens."
            ),
        ),
        "choices": TextAreaField(
            said_of(FieldDefinition, "choices").label,
            [validators.Optional(), validators.Length(max=4000)],
        ),
        "label": StringField(
            said_of(FieldDefinition, "label").label,
            [validators.InputRequired(_l("Ce champ est obligatoire.")), validators.Length(max=120)],
        ),
    }


class FieldDefinitionView(CardView, card=FIELD):
    """Fields that an administrator adds to assets."""

    made_by = ("admin",)
    list_template = "patrimoine/field_list.html"
    show_template = "patrimoine/field.html"
    add_template = "patrimoine/field_form.html"
    edit_template = "patrimoine/field_form.html"
    add_form_extra_fields = _extra_fields()
    edit_form_extra_fields = add_form_extra_fields
    identity_columns = ["label", "field_type", "help"]
    place_columns = ["kinds", "category_ids"]
    value_columns = ["choices", "unit", "low", "high", "default_value"]
    use_columns = ["is_required", "is_searchable", "is_importable", "on_label", "on_report"]
    label_columns = {
        "places": _l("Porté par"),
        "kinds": _l("Natures de biens"),
        "category_ids": _l("Catégories"),
    }
    formatters = {
        "low": lambda row: plain_number(row.low) if row.low is not None else None,
        "high": lambda row: plain_number(row.high) if row.high is not None else None,
        "places": lambda row: places_words(row),
        "kinds": lambda row: ", ".join(str(Kind(k).word) for k in row.kinds),
        "category_ids": lambda row: places_words(row, kinds=False),
    }

    def ordered(self) -> list[FieldDefinition]:
        """The fields in use, in the order of every screen."""
        return list(queries.FieldBook(db.session()).definitions)

    def typed_words(self, field: Any) -> str:
        """What was typed, several choices in words."""
        if isinstance(field, SelectMultipleField):
            words = {str(value): text for value, text, *_rest in field.iter_choices()}
            return ", ".join(words.get(str(v), str(v)).strip() for v in field.data or ())
        if field.data is not None and field.name in ("low", "high"):
            return plain_number(field.data)
        return super().typed_words(field)

    def record_context(self, session: Session, row: FieldDefinition) -> dict[str, Any]:
        """How many records have a value, and each choice with its own count."""
        count = values_count(session, FieldValue.field_id == row.id)
        choices = [
            (c, values_count(session, FieldValue.field_id == row.id, FieldValue.value_text == c))
            for c in row.choice_list
        ]
        return {"count": count, "choices": choices}

    def prefill_add(self, form: Any) -> None:
        """``?category=12`` or ``?kind=vehicle``: the field stands there."""
        for name in ("is_searchable", "is_importable", "on_report"):
            form[name].data = True
        if (category := request.args.get("category", type=as_id)) is not None:
            form.category_ids.data = [category]
        if request.args.get("kind", "") in list(Kind):
            form.kinds.data = [request.args["kind"]]

    @route("/order/<pk>", "edit", methods=["POST"])
    def order_one(self, pk: str) -> Any:
        """One place up or down among the fields in use."""
        row = self.get_or_404(pk)
        with unit_of_work() as session:
            fields = list(queries.FieldBook(session).definitions)
            if row in fields:
                here = fields.index(row)
                there = here + (-1 if request.form.get("way") == "up" else 1)
                if 0 <= there < len(fields):
                    fields.insert(there, fields.pop(here))
                    services.reorder(session, fields)
        return redirect(url_for("FieldDefinitionView.list"))


def places_words(row: FieldDefinition, *, kinds: bool = True) -> str:
    """Where a field stands, in words."""
    words = [str(Kind(kind).word) for kind in row.kinds] if kinds else []
    if row.category_ids:
        known = {
            branch.row.id: branch.row.name
            for branches in category_queries.category_tree(db.session(), archived=True).values()
            for branch in branches
        }
        words += [known[i] for i in row.category_ids if i in known]
    return ", ".join(words) or (_("tous les biens") if kinds else "")
