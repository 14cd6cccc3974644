"""Constraints that several tables of this module share."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint


def known(column: str, values: type[StrEnum]) -> CheckConstraint:
    """The column holds one of the enumeration's values, whoever writes it."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} in ({listed})", name=f"{column}_known")


def of_work_order() -> ForeignKeyConstraint:
    """A line belongs to the authority of its work order."""
    return ForeignKeyConstraint(
        ["work_order_id", "entity_id"],
        ["interventions_work_order.id", "interventions_work_order.entity_id"],
    )
