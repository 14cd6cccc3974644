"""What is searched of this module: assets, by all that they are known by."""

from __future__ import annotations

from base.basics.i18n import _l
from base.engine.search import searchable
from patrimoine import domain
from patrimoine.models import Asset


def _shown(row: Asset) -> tuple[str, str]:
    detail = f"{row.code} · {domain.Kind(row.kind).word}"
    if row.archived_on is not None:
        detail += f" · {domain.AssetStatus(row.status).word}"
    return row.name, detail


# ``search_text`` holds code, name, brand, model and serial number, and what the kind adds:
# address, plate, cadastral number, identifier of the register of buildings.
searchable(
    "as",
    Asset,
    ("search_text",),
    page="AssetView.show",
    title=_l("Biens"),
    order=10,
    icon=lambda row: domain.Kind(row.kind).icon,
    shown=_shown,
)
