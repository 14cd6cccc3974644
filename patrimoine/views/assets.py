"""Screens of assets: one list for all, and a list, form and record for each kind."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

from flask import current_app, flash, jsonify, redirect, request, url_for
from flask_appbuilder.actions import action
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from base.basics import clock
from base.basics.errors import DomainError, InvalidInput
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.face.views import ScopedInterface
from base.face.views.lists import Order
from base.rules.modules.actions import may
from base.rules.rights.actors import unit_of_work
from base.store.choice import Shown
from base.store.database import db
from patrimoine import domain, queries, services
from patrimoine.models import KIND_MODELS, Asset
from patrimoine.queries import maps
from patrimoine.queries.categories import categories_of
from patrimoine.views.columns import (
    CARTOUCHE,
    COMMON,
    FILTERS,
    LIST,
    OWN,
    all_formatters,
    code_field,
    identifier_fields,
    late_inspection,
    status_pill,
)
from patrimoine.views.fields import FieldColumns
from patrimoine.views.verbs import ASSET_VERBS


class BaseAssetView(FieldColumns):
    """What the screens of all kinds share."""

    kind: domain.Kind | None = None
    default_order = "sort_key"
    order_columns = [
        "sort_key",
        "code",
        "status",
        "acquired_on",
        "next_inspection_on",
        "acquisition_cost_eur",
    ]
    state_column = "status"
    formatters = all_formatters()
    list_template = "patrimoine/assets.html"
    show_template = "patrimoine/asset.html"
    add_template = "patrimoine/asset_form.html"
    edit_template = "patrimoine/asset_form.html"
    has_map = True
    record_arguments = {"under": Asset}
    verbs = ASSET_VERBS
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
        """The pill of the asset's state, and that of an inspection that is late."""
        return [status_pill(row), *late_inspection(row)]

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
            found.append((str(self.label_columns.get(name, name)), value, url))
        return found

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

    def remove(self, session: Session, row: Asset) -> None:
        """Take an asset out of the register, by its verb."""
        services.remove(session, row)

    @expose("/choices/<column>", methods=["GET"])
    @has_access
    @permission_name("list")
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


class AssetView(BaseAssetView):
    """All assets, and the verbs that are the same for every kind."""

    datamodel = ScopedInterface(Asset)
    icon = "building-community"
    list_title = _l("Biens")
    right_words = {"can_labels": _l("imprimer les étiquettes")}
    empty_text = _l("Le registre est vide : importez un fichier ou ajoutez un premier site.")
    list_columns = ["code", "name", "kind", "category", "parent", "status"]
    show_columns = ["code", "name", "kind", "parent", *COMMON]
    add_columns: list[str] = []
    edit_columns: list[str] = []
    search_columns = ["kind", *FILTERS]
    exclude_route_methods = {"download", "add", "edit", "delete"}

    def base_criteria(self) -> list[Any]:
        """``?under=12`` keeps what is below an asset."""
        found = super().base_criteria()
        top = request.args.get("under", type=int)
        if top is None:
            return found
        path = queries.path_of(db.session(), top)
        if path is None:
            return [Asset.id.is_(None)]
        return [*found, queries.in_branch(path), Asset.id != top]

    def order(self) -> Order:
        """What is below an asset stands together in the index of the tree."""
        return replace(super().order(), gathered="under" in request.args)

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: str) -> Any:
        """The record page of the asset's kind."""
        row = self.get_or_404(pk)
        return view_of(row).show(pk)

    @expose("/new", methods=["GET"])
    @has_access
    @permission_name("add")
    def new(self) -> Any:
        """The choice of a kind; ``?parent=12`` puts the new asset below that one."""
        kinds = [(kind, VIEWS[kind], str(kind.word), kind.icon) for kind in domain.Kind]
        return self.render_template(
            "patrimoine/new.html",
            title=_("Nouveau bien"),
            kinds=kinds,
            parent=request.args.get("parent", type=int),
        )

    @expose("/move/<pk>", methods=["GET", "POST"])
    @has_access
    def move(self, pk: str) -> Any:
        """Put the asset, with all it contains, somewhere else from a day on."""
        row = self.get_or_404(pk)
        fault = ""
        if request.method == "POST":
            try:
                with unit_of_work() as session:
                    parent_id = request.form.get("parent", "").strip()
                    parent = self.get_or_404(parent_id) if parent_id else None
                    services.move(
                        session,
                        row,
                        parent=parent,
                        on=_typed_day(request.form.get("on", "")),
                        reason=request.form.get("reason", "").strip()[:300] or None,
                    )
            except DomainError as refusal:
                self._start_again()
                fault, row = str(refusal), self.get_or_404(pk)
            else:
                flash(_("« %(n)s » est déplacé.", n=row.name), "success")
                return redirect(asset_url(row))
        return (
            self.render_template(
                "patrimoine/move.html",
                title=_("Déplacer « %(n)s »", n=row.name),
                row=row,
                fault=fault,
                back=asset_url(row),
                today=clock.today().isoformat(),
                choices_url=url_for("AssetView.choices", column="parent"),
            ),
            409 if fault else 200,
        )

    @expose("/archive/<pk>", methods=["POST"])
    @has_access
    def archive(self, pk: str) -> Any:
        """Out of the lists."""
        row = self.get_or_404(pk)
        return self._verb(
            row,
            lambda session: services.archive(session, row, on=clock.today()),
            _("« %(n)s » est archivé.", n=row.name),
        )

    @expose("/restore/<pk>", methods=["POST"])
    @has_access
    def restore(self, pk: str) -> Any:
        """Back to the lists."""
        row = self.get_or_404(pk)
        return self._verb(
            row,
            lambda session: services.restore(session, row),
            _("« %(n)s » est de nouveau dans les listes.", n=row.name),
        )

    @expose("/fields/<pk>", methods=["GET", "POST"])
    @has_access
    def fields(self, pk: str) -> Any:
        """The custom fields of the asset."""
        return self.fields_page(self.get_or_404(pk), asset_url)

    @expose("/label/<pk>", methods=["POST"])
    @has_access
    @permission_name("labels")
    def label(self, pk: str) -> Any:
        """The form that prints the label of one asset."""
        from patrimoine.views.labels import print_form

        return print_form(self, [self.get_or_404(pk).id])

    @expose("/labels/print", methods=["POST"])
    @has_access
    @permission_name("labels")
    def print_labels(self) -> Any:
        """Ask for the sheets; a background job draws them."""
        from patrimoine.views.labels import ask

        return ask(self)

    def _verb(self, row: Asset, work: Any, done: str) -> Any:
        try:
            with unit_of_work() as session:
                work(session)
        except DomainError as refusal:
            self._start_again()
            flash(str(refusal), "danger")
        else:
            flash(done, "success")
        return redirect(url_for("AssetView.show", pk=row.id))


def _typed_day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else clock.today()
    except ValueError:
        raise InvalidInput(_("Tapez une date, par exemple 23/11/2026.")) from None


def _view(kind: domain.Kind, name: str, title: Any, new: Any, icon: str) -> type[BaseAssetView]:
    """The screens of one kind."""
    own, model = OWN[kind], KIND_MODELS[kind]
    form = ["name", "code", "parent", *COMMON[:1], *own, *COMMON[1:]]
    return type(
        name,
        (BaseAssetView,),
        {
            "__doc__": f"Assets of the kind ``{kind}``.",
            "__module__": __name__,
            "kind": kind,
            "datamodel": ScopedInterface(model),
            "icon": icon,
            "list_title": title,
            "add_title": new,
            "edit_title": _l("Modifier le bien"),
            "list_columns": LIST.get(kind, ["code", "name", "category", "parent", "status"]),
            "show_columns": ["code", "category", "parent", *own, *COMMON[1:]],
            "cartouche_columns": ["code", "category", *CARTOUCHE.get(kind, [])],
            "add_columns": form,
            "add_form_extra_fields": {"code": code_field(), **identifier_fields(model, own)},
            "edit_form_extra_fields": identifier_fields(model, own),
            "edit_columns": [c for c in form if c != "parent"],
            "search_columns": [*FILTERS, *own],
        },
    )


SiteView = _view(domain.Kind.SITE, "SiteView", _l("Sites"), _l("Nouveau site"), "map-pin")
BuildingView = _view(
    domain.Kind.BUILDING,
    "BuildingView",
    _l("Bâtiments"),
    _l("Nouveau bâtiment"),
    "building-community",
)
FloorView = _view(domain.Kind.FLOOR, "FloorView", _l("Niveaux"), _l("Nouveau niveau"), "stairs")
RoomView = _view(domain.Kind.ROOM, "RoomView", _l("Locaux"), _l("Nouveau local"), "door")
ParcelView = _view(
    domain.Kind.PARCEL, "ParcelView", _l("Parcelles"), _l("Nouvelle parcelle"), "map"
)
VehicleView = _view(
    domain.Kind.VEHICLE, "VehicleView", _l("Véhicules"), _l("Nouveau véhicule"), "car"
)
EquipmentView = _view(
    domain.Kind.EQUIPMENT, "EquipmentView", _l("Équipements"), _l("Nouvel équipement"), "packages"
)
PersonalEquipmentView = _view(
    domain.Kind.PERSONAL_EQUIPMENT,
    "PersonalEquipmentView",
    _l("Équipements de protection"),
    _l("Nouvel équipement de protection"),
    "shield",
)
KIND_VIEWS = (
    SiteView,
    BuildingView,
    FloorView,
    RoomView,
    ParcelView,
    VehicleView,
    EquipmentView,
    PersonalEquipmentView,
)
VIEWS: dict[domain.Kind, str] = {view.kind: view.__name__ for view in KIND_VIEWS if view.kind}


def asset_url(row: Any) -> str:
    """The record page of an asset, or of a row that has its kind and id."""
    return url_for(f"{VIEWS[domain.Kind(row.kind)]}.show", pk=row.id)


def view_of(row: Asset) -> Any:
    """The registered view of an asset's kind."""
    name = VIEWS[domain.Kind(row.kind)]
    return next(v for v in current_app.appbuilder.baseviews if type(v).__name__ == name)  # type: ignore[attr-defined]
