"""Screens of assets: one list for all, and a list, form and record for each kind."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import abort, current_app, jsonify, request, url_for
from flask_appbuilder.actions import action
from werkzeug.wrappers import Response

from base.basics import clock, formats
from base.basics.errors import InvalidInput
from base.basics.i18n import _, _l
from base.basics.rows import as_id, row_by_id
from base.basics.sessions import Session
from base.cards import Card
from base.face.views.card_views import view_of
from base.face.views.displays import Way
from base.face.views.groups import Part
from base.face.views.lists import Order
from base.face.views.routes import route
from base.rules.modules.actions import may
from base.store.choice import Shown
from base.store.database import db
from base.store.models.imports import ImportBatch
from patrimoine import domain, queries, services
from patrimoine.models import Asset
from patrimoine.queries import labels as label_queries
from patrimoine.queries import maps
from patrimoine.queries.categories import categories_of
from patrimoine.records import ASSET, KINDS
from patrimoine.views.columns import (
    all_formatters,
    code_field,
    identifier_fields,
    late_inspection,
)
from patrimoine.views.fields import FieldColumns


class BaseAssetView(FieldColumns):
    """What the screens of all kinds share."""

    kind: domain.Kind | None = None
    formatters = all_formatters()
    list_template = "patrimoine/assets.html"
    show_template = "patrimoine/asset.html"
    add_template = "patrimoine/asset_form.html"
    edit_template = "patrimoine/asset_form.html"
    has_map = True
    record_arguments = {"under": Asset}
    verbs = ("service", "status", "archive")
    verbs_at = "AssetView"
    right_words = {"labels": None}

    def map_of_list(self, query: str) -> dict[str, str] | None:
        """What the map of the filtered list opens on; None when nothing of it has a place."""
        session, chosen = db.session(), self.selection()
        if self.kind is None and not (chosen.filters or chosen.words or "under" in request.args):
            box = maps.extent(session)
        else:
            box = maps.extent_of(session, self.datamodel.obj, chosen.criteria)
        if box is None:
            return None
        shapes = f"{url_for('MapView.shapes', of=self.endpoint)}&{query}"
        tiles = current_app.settings.tiles_url or ""  # type: ignore[attr-defined]
        return {"url": shapes, "extent": json.dumps(list(box)), "tiles": tiles}

    def base_criteria(self) -> list[Any]:
        """The kind is said of the assets themselves: their index by kind has the order."""
        found = super().base_criteria()
        return found if self.kind is None else [*found, Asset.kind == self.kind]

    def signs(self, row: Asset) -> list[Shown]:
        """The pill of the asset's state, and that of an inspection that is late; or its archive."""
        return [domain.shown_state(row.status, row.archived_on), *late_inspection(row)]

    def parts(self, session: Session, name: str, criteria: Sequence[Any], *, many: bool) -> Any:
        """As everywhere; by state, what has left the lists is a group of its own, as on its row."""
        found = super().parts(session, name, criteria, many=many)
        if name != self.state_column or not found or request.args.get("archived") is None:
            return found
        model = self.datamodel.obj
        here, gone = model.archived_on.is_(None), model.archived_on.is_not(None)
        state = domain.shown_state("", clock.today())
        return [
            *(
                part._replace(
                    criterion=part.criterion & here, narrow={**part.narrow, "archived": None}
                )
                for part in found
            ),
            Part("archived", str(state.word), gone, {"archived": "only"}),
        ]

    def says_again(self, row: Asset, column: str) -> bool:
        """Its kind, where its name begins with it."""
        return column == "kind" and not domain.kind_beside(row.kind, row.name)

    def value(self, row: Asset, column: str) -> Any:
        """As everywhere; in the place of the state of what has left the lists, since when."""
        if column == self.state_column and row.archived_on is not None:
            return _("Archivé le %(d)s", d=formats.day(row.archived_on))
        return super().value(row, column)

    def beside(self) -> list[str]:
        """The columns that the title block and the pill do not show."""
        shown = {*self.cartouche_columns, self.state_column}
        return [name for name in self.show_columns if name not in shown]

    def known(self, row: Asset) -> list[tuple[str, Any, str | None]]:
        """What is known beside the title block: label, value in words, page of a related record."""
        found = []
        for name in self.beside():
            value = self.value(row, name)
            if value is None or value == "":
                continue
            url = asset_url(row.parent) if name == "parent" else None
            found.append((self.label_beside(name, value), self.shown(value, name), url))
        return found

    def ways_in(self) -> Sequence[Way]:
        """The list of all kinds has no form of its own: a new asset begins with its kind."""
        url = self.new_url() if self.kind is None else None
        return [*([Way(_("Nouveau bien"), url)] if url else []), *super().ways_in()]

    def new_url(self) -> str | None:
        """Where a new asset of any kind begins, for those who may add one."""
        return url_for("AssetView.new") if may("AssetView.new") else None

    def kind_tabs(self) -> list[tuple[str, str, bool, None]]:
        """The lists of all kinds, for the tabs."""
        views = [("AssetView", _("Tous"))]
        views += [(VIEWS[kind], str(kind.plural)) for kind in domain.Kind]
        here, kept = type(self).__name__, self.look_kept()
        return [
            (word, url_for(f"{name}.list", **kept), name == here, None)
            for name, word in views
            if may(f"{name}.list")
        ]

    def create(self, session: Session, values: dict[str, Any]) -> Asset:
        """A new asset, by its verb."""
        if self.kind is None:
            raise InvalidInput(_("Choisissez d’abord la nature du bien."))
        parent = values.get("parent")
        entity_id = parent.entity_id if parent is not None else self.default_entity_id(session)
        values = {k: v for k, v in values.items() if k != "status" or v}
        row = services.create(session, self.kind, entity_id=entity_id, on=clock.today(), **values)
        self.set_fields(session, row, complete=True)
        return row

    def update(self, session: Session, row: Asset, values: dict[str, Any]) -> None:
        """Change an asset, by its verb."""
        services.update(session, row, **values)
        self.set_fields(session, row, complete=False)

    @route("/choices/<column>", "list")
    def choices(self, column: str) -> Response:
        """Rows of a relation; categories are those of the kind."""
        if column == "category" and self.kind is not None:
            words = domain.plain(request.args.get("q", "")[:100])
            rows = categories_of(db.session(), self.kind)
            fitting = [r for r in rows if words in domain.plain(f"{r.code} {r.name}")]
            return jsonify([{"value": str(r.id), "text": r.name} for r in fitting[:50]])
        return self.field_choices(column) or super().choices(column)

    @action("labels", _l("Imprimer les étiquettes"), icon="qrcode", single=False)
    def labels(self, items: list[Asset]) -> Any:
        """The form that asks for a sheet and its first free place."""
        from patrimoine.views.labels import print_form

        return print_form(self, [item.id for item in items])

    def record_context(self, session: Session, row: Asset) -> dict[str, Any]:
        """The way down the tree, for the crumbs."""
        links = [(str(_("Biens")), url_for("AssetView.list"))]
        links += [(above.name, asset_url(above)) for above in queries.ancestors(session, row)]
        return {"trail_links": links}


class AssetView(BaseAssetView, card=ASSET):
    """All assets, and the verbs that are the same for every kind."""

    verbs_at = ""
    exclude_route_methods = {"download", "add", "delete"}
    #: Its form is that of the kind: it has none, and no column by default.
    add_columns = edit_columns = ["name"]
    right_words = {"can_labels": _l("imprimer les étiquettes")}

    def base_criteria(self) -> list[Any]:
        """``?under=12`` keeps what is below an asset."""
        found = super().base_criteria()
        top = request.args.get("under", type=as_id)
        if top is None:
            return found
        path = queries.path_of(db.session(), top)
        if path is None:
            return [Asset.id.is_(None)]
        return [*found, queries.in_branch(path), Asset.id != top]

    def order(self) -> Order:
        """What is below an asset stands together in the index of the tree."""
        return replace(super().order(), gathered="under" in request.args)

    @route("/show/<pk>")
    def show(self, pk: str) -> Any:
        """The record page of the asset's kind."""
        row = self.get_or_404(pk)
        return screen_of(row).show(pk)

    @route("/edit/<pk>", methods=["GET", "POST"])
    def edit(self, pk: str) -> Any:
        """The form of the asset's kind; its right is that of verbs which change ticked assets."""
        return screen_of(self.get_or_404(pk)).edit(pk)

    @route("/new", "add")
    def new(self) -> Any:
        """The choice of a kind; ``?parent=12`` puts the new asset below that one."""
        kinds = [(kind, VIEWS[kind], str(kind.word), kind.icon) for kind in domain.Kind]
        return self.render_template(
            "patrimoine/new.html",
            title=_("Nouveau bien"),
            kinds=kinds,
            parent=request.args.get("parent", type=as_id),
        )

    @route("/fields/<pk>", methods=["GET", "POST"])
    def fields(self, pk: str) -> Any:
        """The custom fields of the asset."""
        return self.fields_page(self.get_or_404(pk), asset_url)

    @route("/label/<pk>", "labels", methods=["POST"])
    def label(self, pk: str) -> Any:
        """The form that prints the label of one asset."""
        from patrimoine.views.labels import print_form

        return print_form(self, [self.get_or_404(pk).id])

    @route("/labels/import/<int:pk>", "labels")
    def labels_of_import(self, pk: int) -> Any:
        """The form that prints the labels of what an import brought."""
        from patrimoine.views.labels import print_form

        if row_by_id(db.session(), ImportBatch, pk) is None:
            abort(404)
        return print_form(self, label_queries.ids_of_import(db.session(), pk))

    @route("/labels/print", "labels", methods=["POST"])
    def print_labels(self) -> Any:
        """Ask for the sheets; a background job draws them."""
        from patrimoine.views.labels import ask

        return ask(self)


def _view(kind: domain.Kind, card: Card) -> type[BaseAssetView]:
    """The screens of one kind."""
    identifiers = identifier_fields(card.model, card.names("add"))
    made: type[BaseAssetView] = view_of(
        card,
        BaseAssetView,
        kind=kind,
        add_form_extra_fields={"code": code_field(), **identifiers},
        edit_form_extra_fields=identifiers,
    )
    return made


KIND_VIEWS = [_view(kind, card) for kind, card in KINDS.items()]
VIEWS: dict[domain.Kind, str] = {view.kind: view.__name__ for view in KIND_VIEWS if view.kind}


def asset_url(row: Any) -> str:
    """The record page of an asset, or of a row that has its kind and id."""
    return url_for(f"{VIEWS[domain.Kind(row.kind)]}.show", pk=row.id)


def screen_of(row: Asset) -> Any:
    """The registered view of an asset's kind."""
    name = VIEWS[domain.Kind(row.kind)]
    return next(v for v in current_app.appbuilder.baseviews if type(v).__name__ == name)  # type: ignore[attr-defined]
