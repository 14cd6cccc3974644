"""Column types and constraints that several tables of the register share."""

from sqlalchemy import ForeignKeyConstraint, String


def ordered_text(length: int) -> String:
    """Text compared byte by byte on both engines, so that ranges of paths and keys agree."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def of_same_entity(column: str, table: str = "patrimoine_asset") -> ForeignKeyConstraint:
    """A key to a row of the same authority; the ORM relation joins on the one column."""
    return ForeignKeyConstraint([column, "entity_id"], [f"{table}.id", f"{table}.entity_id"])
