"""What is searched of this module: assets, by all that they are known by."""

from __future__ import annotations

from base.basics.i18n import _l
from base.engine.jobs import enqueue
from base.engine.search import Around, searchable
from patrimoine import domain
from patrimoine.models import Asset
from patrimoine.queries import insides

#: The job of ``patrimoine.jobs`` that writes anew the words of what is in an asset.
REBUILD_INSIDE = "patrimoine.search_inside"


def _shown(row: Asset) -> tuple[str, str]:
    detail = " · ".join(filter(None, (row.code, domain.kind_beside(row.kind, row.name))))
    if row.archived_on is not None:
        detail += f" · {domain.shown_state(row.status, row.archived_on).word}"
    return row.name, detail


# ``search_text`` holds code, name, brand, model and serial number, and what the kind adds:
# address, plate, cadastral number, identifier of the register of buildings. A boiler is found by
# the name of its school too.
searchable(
    "as",
    Asset,
    ("search_text",),
    page="AssetView.show",
    title=_l("Biens"),
    order=10,
    icon=lambda row: domain.Kind(row.kind).icon,
    shown=_shown,
    around=Around(
        "ap",
        ("name", "parent_id"),
        texts=insides.names_above,
        inside=insides.inside,
        later=lambda session, outer: enqueue(session, REBUILD_INSIDE, {"ids": [*outer]}),
    ),
)
