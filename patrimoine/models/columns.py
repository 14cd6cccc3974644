"""What several tables of the register share: types of columns, constraints, places."""

from typing import Any

from sqlalchemy import ForeignKeyConstraint, String, event
from sqlalchemy.orm import Mapper

from base.basics.i18n import _l
from base.store.database import Model
from base.store.together import Lot
from patrimoine.domain.places import Place

_ASSET = "patrimoine_asset"
#: Where assets are, by the id of the asset; ``patrimoine.queries.places`` reads it.
PLACES: Lot[Place] = Lot()
#: What a record of an asset says of where that is.
_SAID = {
    # For whoever reads no name of the asset beside it: a room names itself.
    "place": PLACES.by("asset_id", lambda found: found.whole, on="rest"),
    # Which asset, and where.
    "located": PLACES.by("asset_id", lambda found: found.named),
    # The address of the post, as far as it is known.
    "postal": PLACES.by("asset_id", lambda found: found.address),
}
_WORDS = {"place": _l("Lieu"), "located": _l("Bien et lieu")}


def ordered_text(length: int) -> String:
    """Text compared byte by byte on both engines, so that ranges of paths and keys agree."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def of_same_entity(column: str, table: str = _ASSET) -> ForeignKeyConstraint:
    """A key to a row of the same authority; the ORM relation joins on the one column."""
    return ForeignKeyConstraint([column, "entity_id"], [f"{table}.id", f"{table}.entity_id"])


@event.listens_for(Model, "instrument_class", propagate=True)
def _say(mapper: Mapper[Any], model: Any) -> None:
    """Have whatever is of an asset, by ``asset_id``, say where that is: in every module, unasked.

    What a model says of itself under these names counts more.
    """
    table: Any = mapper.local_table
    if not any(
        key.parent.name == "asset_id" and key.target_fullname == f"{_ASSET}.id"
        for key in table.foreign_keys
    ):
        return
    for name, said in _SAID.items():
        if name not in table.c and not hasattr(model, name):
            setattr(model, name, said)
    PLACES.belongs(model, "asset_id")
    model.__words__ = _WORDS | vars(model).get("__words__", {})
    if not hasattr(model, "__aside__"):
        # Its own title does not say of which asset it is.
        model.__aside__ = "located"
