"""The framework's own screens and resources: entities, services, partners."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask, abort
from flask_appbuilder.api.manager import OpenApi as FabOpenApi
from wtforms import validators

from base import (
    actions,
    backup_pages,
    clock,
    document_pages,
    entities,
    home_tiles,
    inbox_pages,
    job_pages,
    personal,
    saved_view_pages,
    seal_pages,
    service_pages,
    setting_pages,
)
from base.api import ModuleApi
from base.api.command_api import CommandApi
from base.chatter import events_by_numbers
from base.database import db
from base.errors import InvalidInput
from base.i18n import _, _l
from base.imports import web as import_pages
from base.job_pages import is_admin
from base.models import Entity, Event, Partner, Service
from base.seals import periodic  # noqa: F401 - declares work
from base.service_pages import ServiceView
from base.trail import canonical
from base.views import ModuleView, ScopedInterface

#: Numbers of an authority -> their pattern, and what is said of others.
_NUMBERS = {
    "insee": (r"^(\d{5}|2[AB]\d{3})$", _l("Cinq chiffres : 10323, 2A004.")),
    "siren": (r"^\d{9}$", _l("Neuf chiffres, sans espace.")),
}


class EntityView(ModuleView):
    """Authorities."""

    datamodel = ScopedInterface(Entity)
    list_title = _l("Entités")
    add_title = _l("Nouvelle entité")
    edit_title = _l("Modifier l’entité")
    icon = "building-community"
    list_columns = ["code", "name", "insee", "siren"]
    show_columns = ["code", "name", "parent", "insee", "siren", "timezone", "phone"]
    add_columns = ["code", "name", "parent", "insee", "siren", "phone"]
    edit_columns = ["code", "name", "parent", "insee", "siren", "phone"]
    search_columns = ["code", "name", "insee", "siren"]
    order_columns = ["code", "name"]
    word_columns = ["code", "name"]
    default_order = "name"
    validators_columns = {
        "insee": [
            validators.Optional(),
            validators.Regexp(_NUMBERS["insee"][0], message=_NUMBERS["insee"][1]),
        ],
        "siren": [
            validators.Optional(),
            validators.Regexp(_NUMBERS["siren"][0], message=_NUMBERS["siren"][1]),
        ],
    }
    exclude_route_methods = {"download", "delete"}

    def create(self, session: Any, values: dict[str, Any]) -> Entity:
        """A new authority, empty."""
        return _new_entity(session, _with_parent_id(values))

    def update(self, session: Any, row: Entity, values: dict[str, Any]) -> None:
        """Change an authority; it stands below no authority that stands below it."""
        entities.change(session, row, _with_parent_id(values))


def _with_parent_id(values: dict[str, Any]) -> dict[str, Any]:
    parent = values.pop("parent", None)
    return {**values, "parent_id": parent.id if parent is not None else None}


def _new_entity(session: Any, values: dict[str, Any]) -> Entity:
    """A new authority; made by administrators, who see all of them at once."""
    if not is_admin():
        abort(403, description=_("Seul un administrateur crée une entité."))
    parent_id = values.pop("parent_id", None)
    return entities.add(
        session,
        parent=entities.by_id(session, parent_id),
        timezone=clock.authority_zone(),
        **values,
    )


class PartnerView(ModuleView):
    """Suppliers and other third parties."""

    datamodel = ScopedInterface(Partner)
    list_title = _l("Fournisseurs et tiers")
    add_title = _l("Nouveau tiers")
    edit_title = _l("Modifier le tiers")
    icon = "truck"
    list_columns = ["code", "name", "siret", "phone"]
    show_columns = ["code", "name", "siret", "vat_number", "email", "phone", "address"]
    add_columns = ["code", "name", "siret", "vat_number", "email", "phone", "address"]
    edit_columns = ["code", "name", "siret", "vat_number", "email", "phone", "address"]
    search_columns = ["code", "name", "siret"]
    order_columns = ["code", "name", "siret"]
    word_columns = ["code", "name", "siret"]
    default_order = "name"


class EntityApi(ModuleApi):
    """Authorities."""

    datamodel = ScopedInterface(Entity)
    resource_name = "entity"
    list_columns = ["id", "code", "name", "parent_id", "insee", "siren", "timezone", "version"]
    show_columns = [*list_columns, "phone"]
    add_columns = ["code", "name", "parent_id", "insee", "siren", "phone"]
    edit_columns = ["code", "name", "parent_id", "insee", "siren", "phone"]
    search_columns = ["id", "code", "name", "parent_id", "insee", "siren"]
    order_columns = ["id", "code", "name"]
    exclude_route_methods = {"delete"}

    def create(self, session: Any, values: dict[str, Any]) -> Entity:
        """A new authority, empty."""
        _check_numbers(values)
        return _new_entity(session, values)

    def update(self, session: Any, row: Entity, values: dict[str, Any]) -> None:
        """Change an authority; it stands below no authority that stands below it."""
        _check_numbers(values)
        entities.change(session, row, values)


def _check_numbers(values: dict[str, Any]) -> None:
    """INSEE code and SIREN as the form asks for them."""
    for name, (pattern, words) in _NUMBERS.items():
        if values.get(name) and not re.fullmatch(pattern, values[name]):
            raise InvalidInput(str(words), {name: str(words)})


class ServiceApi(ModuleApi):
    """Departments."""

    datamodel = ScopedInterface(Service)
    resource_name = "service"
    list_columns = ["id", "code", "name", "entity_id", "version"]
    show_columns = list_columns
    add_columns = ["code", "name", "entity_id"]
    edit_columns = ["code", "name"]
    search_columns = ["id", "code", "name", "entity_id"]
    order_columns = ["id", "code", "name"]


class PartnerApi(ModuleApi):
    """Third parties."""

    datamodel = ScopedInterface(Partner)
    resource_name = "partner"
    list_columns = ["id", "code", "name", "siret", "entity_id", "version"]
    show_columns = [*list_columns, "vat_number", "email", "phone", "address", "is_supplier"]
    add_columns = [
        "code", "name", "siret", "vat_number", "email", "phone", "address", "entity_id",
    ]
    edit_columns = ["code", "name", "siret", "vat_number", "email", "phone", "address"]
    search_columns = ["id", "code", "name", "siret", "entity_id"]
    order_columns = ["id", "code", "name"]


class TrailInterface(ScopedInterface):
    """Events by their number."""


class TrailApi(ModuleApi):
    """The trail, read only."""

    datamodel = TrailInterface(Event)
    resource_name = "trail"
    rights_title = _l("Journal")
    list_columns = [
        "seq", "at", "actor", "door", "op", "record", "record_id", "entity_id", "changes",
    ]
    show_columns = list_columns
    add_columns = ["seq"]
    edit_columns = ["seq"]
    search_columns = ["seq", "actor", "op", "record", "record_id", "entity_id"]
    order_columns = ["seq"]
    base_order = ("seq", "desc")
    exclude_route_methods = {"post", "put", "delete", "info"}

    def pre_get(self, data: dict[str, Any]) -> None:
        """Personal values in their places, as far as they are there."""
        self._reveal({data["id"]: data["result"]})

    def pre_get_list(self, data: dict[str, Any]) -> None:
        """As ``pre_get``."""
        self._reveal(dict(zip(data["ids"], data["result"], strict=True)))

    def _reveal(self, rows: dict[int, dict[str, Any]]) -> None:
        session = db.session()
        events = events_by_numbers(session, list(rows))
        for seq, said in personal.reveal(session, events).items():
            if "changes" in rows[seq]:
                rows[seq]["changes"] = canonical(said)


class OpenApi(FabOpenApi):
    """The description of all resources; it holds no data, so anybody may read it."""

    rights_title = _l("Description de l’API")
    allow_browser_login = False


def register(app: Flask, appbuilder: Any) -> None:
    """Add the framework's pages."""
    for key, label, icon, order, folded in (
        ("Settings", _l("Réglages"), "settings", 90, True),
        ("Tools", _l("Outils"), "tool", 80, False),
        ("Security", _l("Administration"), "settings", 95, True),
    ):
        actions.menu_group(appbuilder, key, label, icon, order=order, folded=folded)
    appbuilder.add_view(
        PartnerView, "Partners", label=_l("Fournisseurs"), icon="truck", category="Settings"
    )
    appbuilder.add_view(
        ServiceView, "Services", label=_l("Services"), icon="sitemap", category="Settings"
    )
    appbuilder.add_view(
        EntityView, "Entities", label=_l("Entités"), icon="building-community", category="Settings"
    )
    appbuilder.add_api(OpenApi)
    for api in (EntityApi, ServiceApi, PartnerApi, TrailApi, CommandApi):
        appbuilder.add_api(api)

    document_pages.register(appbuilder)
    job_pages.register(appbuilder)
    backup_pages.register()
    seal_pages.register(appbuilder)
    inbox_pages.register(appbuilder)
    saved_view_pages.register(appbuilder)
    import_pages.register(app, appbuilder)
    home_tiles.register()
    service_pages.register_offers()
    setting_pages.register(appbuilder)
    db.session.remove()
