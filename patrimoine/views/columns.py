"""Words and looks of an asset's columns on screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import class_mapper
from wtforms import StringField, validators

from base.basics import clock, formats
from base.basics.i18n import _, _l
from base.store.choice import Sign
from base.store.history import trail, wording
from patrimoine import domain
from patrimoine.models import KIND_MODELS, Asset


def _typed(model: type, key: str, length: int, *, required: bool = False) -> StringField:
    """A field wider than its column: what is typed is cleaned before it is kept."""
    check = validators.InputRequired() if required else validators.Optional()
    label = wording.said_of(model, key).label
    return StringField(label, [check, validators.Length(max=length)])


def identifier_fields(model: type, own: Sequence[str]) -> dict[str, StringField]:
    """Fields for identifiers that people type with blanks and hyphens."""
    lengths = {"rnb_id": 24, "ban_address_id": 60, "plate": 20, "vin": 40, "insee": 10}
    found = {key: _typed(model, key, length) for key, length in lengths.items() if key in own}
    if "cadastral_id" in own:
        found["cadastral_id"] = _typed(model, "cadastral_id", 40, required=True)
    return found


def code_field() -> StringField:
    """The inventory number of a new asset: empty, the next one is given."""
    return StringField(
        wording.said_of(Asset, "code").label,
        [validators.Optional(), validators.Length(max=60)],
        description=_l("Vide : le prochain numéro est donné."),
    )


def late_inspection(row: Asset) -> list[Sign]:
    """The sign of an asset in use whose inspection was due before today; nothing else."""
    due = row.next_inspection_on
    if due is None or row.archived_on is not None or due >= clock.today():
        return []
    return [Sign(_("Contrôle en retard"), "calendar-event", "late")]


def _number(key: str, digits: int = 3) -> Any:
    def shown(row: Asset) -> str | None:
        value = getattr(row, key)
        return None if value is None else formats.number(round(value, digits))

    return shown


def all_formatters() -> dict[str, Any]:
    """What the list and the record show of each column, where it is not the value itself."""
    found: dict[str, Any] = {
        "plate": lambda row: domain.show_plate(row.plate) if row.plate else None,
        "rnb_id": lambda row: domain.show_rnb(row.rnb_id) if row.rnb_id else None,
    }
    for key in ("latitude", "longitude"):
        found[key] = _number(key, 6)
    kinds = [class_mapper(model) for model in KIND_MODELS.values()]
    for key in {column.key for kind in kinds for column in trail.tracked_columns(kind)}:
        if key.endswith("_m2") or key == "power_kw":
            found[key] = _number(key)
    return found


def counted(kind: domain.Kind, number: int) -> str:
    """How many of a kind, in words: 1 bâtiment, 12 bâtiments."""
    return f"{formats.number(number)} {kind.word_for(number).lower()}"
