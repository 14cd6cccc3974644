"""What a kind of assets is stands on its card, which takes its columns from its table."""

from __future__ import annotations

from sqlalchemy.orm import class_mapper

from base.store.history.trail import tracked_columns
from patrimoine.domain import Kind
from patrimoine.models import Asset
from patrimoine.records import KINDS


def tracked(model):
    return {attribute.key for attribute in tracked_columns(class_mapper(model))}


#: Columns that nobody types on a form: they follow from the identifier, or from the cadastre.
LEFT_OUT = {Kind.PARCEL: {"insee", "prefix", "section", "number", "cadastre_on"}}


def test_every_column_of_a_kind_is_on_its_form_its_filters_and_its_resource(sqlite_app):
    views = {view.endpoint: view for view in sqlite_app.appbuilder.baseviews}
    assert list(KINDS) == list(Kind)
    for kind, card in KINDS.items():
        own = tracked(card.model) - tracked(Asset)
        form = own - LEFT_OUT.get(kind, set())
        view, api = views[f"{card.name}View"], views[f"{card.name}Api"]
        assert form and form <= {*view.add_columns} & {*view.edit_columns} & {*view.search_columns}
        assert own <= {*api.list_columns} & {*api.show_columns}
        assert form <= {*api.add_columns} & {*api.edit_columns} & {*api.search_columns}
        assert view.kind is api.fixed_kind is kind


def test_programs_filter_a_kind_by_its_own_columns(sqlite_api_of):
    alice = sqlite_api_of("alice")
    for level in (0, 1):
        made = alice("POST", "/api/v1/floor/", json={"name": f"Niveau {level}", "level": level})
        assert made.status_code == 201
    asked = "/api/v1/floor/?q=(filters:!((col:level,opr:eq,value:1)))"
    assert [row["name"] for row in alice("GET", asked).get_json()["result"]] == ["Niveau 1"]
