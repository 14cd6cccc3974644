"""Who may do what to the register, and which rows: roles as data, one rule per model."""

from __future__ import annotations

from base.rules.rights.rules import by_entity
from base.store.history.trail import NOT_AUDITED
from base.store.triggers import append_only
from patrimoine.models import Asset, AssetMove, CostLine, FieldValue, Geometry, Tag, TagReport

for _model in (Asset, AssetMove, CostLine, FieldValue, Geometry, Tag, TagReport):
    by_entity(_model)

append_only(CostLine.__tablename__)

NOT_AUDITED.update(
    {
        "patrimoine_field_place": "its changes are written in the history of its field",
        "patrimoine_field_value": "its changes are written in the history of its record",
        "patrimoine_asset_move": "is the dated history of a tracked column of the asset",
        "patrimoine_geometry": "a change is noted on its asset with the area",
    }
)

_ASSETS = "^(Asset|Site|Building|Floor|Room|Parcel|Vehicle|Equipment|PersonalEquipment)(View|Api)$"
_READ = "^(can_list|can_show|can_get|can_info|can_export|can_map|menu_access)$"
#: At most 100 letters: FAB keeps the pattern in a column of that width.
_WRITE = "^can_(add|edit|post|put|move|archive|restore|fields|geometry|labels|tag|message)$"
_TAGS = "^(TagView|TagApi)$"
_REPORTS = "^TagReport(View|Api)$"
_COSTS = "^(CostLineView|CostLineApi)$"
_SETTINGS = "^(CategoryView|CategoryApi|FieldDefinitionView)$"
#: The action of a list has no prefix in FAB.
_LABELS = [_ASSETS, "^labels$"]


def _menu(*names: str) -> list[str]:
    return [f"^(Patrimoine|Assets|Map{''.join('|' + n for n in names)})$", "^menu_access$"]


#: Role -> (view pattern, permission pattern), both anchored.
ROLES = {
    "Agent": [
        [_ASSETS, _READ],
        [_ASSETS, "^(can_labels|can_tag|can_message)$"],
        _LABELS,
        [_TAGS, _READ],
        [_TAGS, "^can_link$"],
        [_REPORTS, _READ],
        ["^(MapView|PastView)$", "^can_.*$"],
        _menu("Tag reports"),
    ],
    "Responsable": [
        [_ASSETS, _READ],
        [_ASSETS, _WRITE],
        _LABELS,
        [_TAGS, "^(can_.*|menu_access)$"],
        [_REPORTS, "^(can_.*|menu_access)$"],
        [_COSTS, _READ],
        [_SETTINGS, _READ],
        ["^(MapView|PastView)$", "^can_.*$"],
        _menu("Tag reports", "Tags", "Cost lines", "Categories", "Fields"),
    ],
    "Finances": [
        [_ASSETS, _READ],
        [_ASSETS, "^(can_edit|can_put)$"],
        [_COSTS, "^(can_.*|menu_access)$"],
        [_SETTINGS, _READ],
        ["^(MapView|PastView)$", "^can_.*$"],
        _menu("Cost lines", "Categories"),
    ],
    "Lecteur": [
        [_ASSETS, _READ],
        [_TAGS, _READ],
        [_COSTS, _READ],
        [_SETTINGS, _READ],
        ["^(MapView|PastView)$", "^can_.*$"],
        _menu("Cost lines"),
    ],
}
