"""Row rules and roles of the framework's own tables."""

from __future__ import annotations

from typing import Any

from base.models import Entity, Event, Message, Partner, SavedView, Service, Setting, UserEntity
from base.rules import by_entity, record_rule


@record_rule(Entity)
def _own_entities(scope: Any) -> Any:
    return Entity.id.in_(scope)


for _model in (Event, Message, Partner, SavedView, Service, Setting, UserEntity):
    by_entity(_model)

#: Roles as data: name -> [(view pattern, permission pattern)], anchored. The names are the keys.
ROLES = {
    "Lecteur": [
        (r"^(EntityView|ServiceView|PartnerView|EntityApi|ServiceApi|PartnerApi|TrailApi)$",
         r"^can_(list|show|get|info)$"),
        (r"^(Partners|Services|Tools)$", r"^menu_access$"),
    ],
    "Agent": [
        (r"^(EntityView|ServiceView|PartnerView|EntityApi|ServiceApi|PartnerApi)$",
         r"^can_(list|show|get|info)$"),
    ],
    "Responsable": [
        (r"^(PartnerView|PartnerApi)$", r"^can_.*$"),
        (r"^(EntityView|ServiceView|EntityApi|ServiceApi|TrailApi)$",
         r"^can_(list|show|get|info)$"),
        (r"^(Partners|Services|Tools)$", r"^menu_access$"),
    ],
    "Finances": [
        (r"^(PartnerView|PartnerApi)$", r"^can_.*$"),
        (r"^(EntityView|ServiceView|EntityApi|ServiceApi|TrailApi)$",
         r"^can_(list|show|get|info)$"),
        (r"^(Partners|Services|Tools)$", r"^menu_access$"),
    ],
}
