"""Screens of what an administrator sets: categories and what they allow, custom fields."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from base.basics.i18n import _
from base.basics.sessions import Session
from base.face.views.card_views import CardView
from base.face.views.lists import narrowed
from base.store.database import db
from patrimoine import domain, queries
from patrimoine.domain.fields import FieldType
from patrimoine.domain.kinds import CAPABILITY_HELP, Kind
from patrimoine.models import Category, FieldDefinition
from patrimoine.queries import categories as category_queries
from patrimoine.records import CATEGORY


class CategoryView(CardView, card=CATEGORY):
    """Categories and what they allow."""

    made_by = ("admin",)
    list_template = "patrimoine/categories.html"
    show_template = "patrimoine/category.html"
    add_template = "patrimoine/category_form.html"
    edit_template = "patrimoine/category_form.html"
    identity_columns = ["name", "code", "kind", "parent", "account", "life_years"]
    capability_columns = list(domain.OBEYED)

    def tree(self) -> dict[Kind, list[category_queries.Branch]]:
        """All the categories, for the list without filters."""
        archived = request.args.get("archived") == "1"
        return category_queries.category_tree(db.session(), archived=archived)

    def capabilities(self, row: Category) -> list[tuple[str, str, bool]]:
        """Word, sentence and whether it is allowed, of each capability."""
        return [
            (
                str(domain.CAPABILITIES[name]),
                str(CAPABILITY_HELP[name]),
                bool(getattr(row, name)),
            )
            for name in domain.OBEYED
        ]

    def record_context(self, session: Session, row: Category) -> dict[str, Any]:
        """Its fields with where each comes from, what is below, how many assets there are."""
        book = queries.FieldBook(session)
        names = category_queries.names_of(session, book.lineage(row.id))
        fields = [
            (field, self._comes_from(field, row, names, book))
            for field in book.of(row.kind, row.id)
        ]
        below = [
            branch.row
            for branch in category_queries.category_tree(session)[Kind(row.kind)]
            if branch.row.parent_id == row.id
        ]
        use = category_queries.use_of(session, row)
        return {
            "fields": fields,
            "below": below,
            "use": use,
            "assets_url": url_for("AssetView.list", **narrowed(category=row.id)),
            "type_of": FieldType,
        }

    def _comes_from(
        self, field: FieldDefinition, row: Category, names: dict[int, str], book: Any
    ) -> str:
        if row.id in field.category_ids:
            return _("cette catégorie")
        above = [names[i] for i in book.lineage(row.id) if i in field.category_ids and i in names]
        if above:
            return _("catégorie mère « %(n)s »", n=above[0])
        if row.kind in field.kinds:
            return _("nature « %(n)s »", n=str(Kind(row.kind).word).lower())
        return _("tous les biens")

    def prefill_add(self, form: Any) -> None:
        """``?parent=12``: below that one, of its kind, allowing what it allows."""
        super().prefill_add(form)
        if request.args.get("kind", "") in list(Kind):
            form.kind.data = request.args["kind"]
        parent = form.parent.data
        if parent is not None:
            form.kind.data = parent.kind
            form.account.data, form.life_years.data = parent.account, parent.life_years
            for name in domain.OBEYED:
                form[name].data = getattr(parent, name)
