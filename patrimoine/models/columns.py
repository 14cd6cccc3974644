"""What several tables of the register share: types of columns, constraints, places."""

from typing import Any, ClassVar

from sqlalchemy import ForeignKeyConstraint, String

from base.basics.i18n import _l
from base.store.together import Lot
from patrimoine.domain.places import Place

#: Where assets are, by the id of the asset; ``patrimoine.queries.places`` reads it.
PLACES: Lot[Place] = Lot()


def ordered_text(length: int) -> String:
    """Text compared byte by byte on both engines, so that ranges of paths and keys agree."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def of_same_entity(column: str, table: str = "patrimoine_asset") -> ForeignKeyConstraint:
    """A key to a row of the same authority; the ORM relation joins on the one column."""
    return ForeignKeyConstraint([column, "entity_id"], [f"{table}.id", f"{table}.entity_id"])


class Placed:
    """A record of an asset, ``asset_id``: it says where that is."""

    __words__: ClassVar[dict[str, Any]] = {"place": _l("Lieu"), "located": _l("Bien et lieu")}
    #: Its own title does not say of which asset it is.
    __aside__: ClassVar[str] = "located"

    #: Where, for whoever reads no name of the asset beside it: a room names itself.
    place = PLACES.by("asset_id", lambda found: found.whole)
    #: Which asset, and where.
    located = PLACES.by("asset_id", lambda found: found.named)
    #: The address of the post, as far as it is known.
    postal = PLACES.by("asset_id", lambda found: found.address)
