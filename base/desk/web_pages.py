"""The framework's own screens and resources: entities, services, partners."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask, abort
from flask_appbuilder.api.manager import OpenApi as FabOpenApi
from wtforms import validators

from base import records
from base.basics import clock
from base.basics.errors import InvalidInput
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.desk import (
    backup_pages,
    document_pages,
    home,
    home_tiles,
    inbox_pages,
    job_pages,
    saved_view_pages,
    seal_pages,
    service_pages,
    setting_pages,
)
from base.desk.imports import web as import_pages
from base.desk.job_pages import is_admin
from base.desk.service_pages import ServiceView
from base.face.api import ModuleApi
from base.face.api.card_api import CardApi, api_of
from base.face.api.command_api import CommandApi
from base.face.attached.chatter import events_by_numbers
from base.face.views import ScopedInterface, shell
from base.face.views.card_views import CardView, place, view_of
from base.rules.modules import actions
from base.rules.rights import entities, personal
from base.store.database import db
from base.store.history.trail import canonical
from base.store.models import Entity, Event
from base.upkeep.seals import periodic  # noqa: F401 - declares work

#: INSEE codes of communes, and what is said of others.
_INSEE, _INSEE_SAID = r"^([0-9]{5}|2[AB][0-9]{3})$", _l("Cinq chiffres : 10323, 2A004.")


class EntityView(CardView, card=records.ENTITY):
    """Authorities."""

    made_by = ("admin",)
    validators_columns = {
        "insee": [
            validators.Optional(),
            validators.Regexp(_INSEE, message=_INSEE_SAID),
        ],
    }

    def create(self, session: Session, values: dict[str, Any]) -> Entity:
        """A new authority, empty."""
        return _new_entity(session, _with_parent_id(values))

    def update(self, session: Session, row: Entity, values: dict[str, Any]) -> None:
        """Change an authority; it stands below no authority that stands below it."""
        entities.change(session, row, _with_parent_id(values))


def _with_parent_id(values: dict[str, Any]) -> dict[str, Any]:
    parent = values.pop("parent", None)
    return {**values, "parent_id": parent.id if parent is not None else None}


def _new_entity(session: Session, values: dict[str, Any]) -> Entity:
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


PartnerView = view_of(records.PARTNER, made_by=("finance",))


class EntityApi(CardApi, card=records.ENTITY):
    """Authorities."""

    def create(self, session: Session, values: dict[str, Any]) -> Entity:
        """A new authority, empty."""
        _check_insee(values)
        return _new_entity(session, values)

    def update(self, session: Session, row: Entity, values: dict[str, Any]) -> None:
        """Change an authority; it stands below no authority that stands below it."""
        _check_insee(values)
        entities.change(session, row, values)


def _check_insee(values: dict[str, Any]) -> None:
    """The INSEE code as the form asks for it."""
    if values.get("insee") and not re.fullmatch(_INSEE, values["insee"]):
        raise InvalidInput.at("insee", str(_INSEE_SAID))


class TrailApi(ModuleApi):
    """The trail, read only."""

    datamodel = ScopedInterface(Event)
    resource_name = "trail"
    rights_title = _l("Journal")
    list_columns = "seq at actor door op record record_id entity_id changes".split()
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


class ServiceApi(CardApi, card=records.SERVICE):
    """Departments, which people call services."""


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
    place(appbuilder, PartnerView, ServiceView, EntityView)
    appbuilder.add_api(OpenApi)
    for api in (EntityApi, ServiceApi, api_of(records.PARTNER), TrailApi, CommandApi):
        appbuilder.add_api(api)

    document_pages.register(appbuilder)
    job_pages.register(appbuilder)
    backup_pages.register()
    seal_pages.register(appbuilder)
    inbox_pages.register(appbuilder)
    saved_view_pages.register(appbuilder)
    import_pages.register(app, appbuilder)
    home_tiles.register()
    shell.in_field_by(home.in_field)
    service_pages.register_offers()
    setting_pages.register(appbuilder)
    db.session.remove()
