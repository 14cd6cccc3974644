"""The categories that come with the product, brought in by key, again and again without harm."""

from __future__ import annotations

import csv
from pathlib import Path

from sqlalchemy import select

from base.basics.sessions import Session
from patrimoine import domain
from patrimoine.models import Category

SOURCE = Path(__file__).parent / "data" / "categories.csv"


def load(session: Session) -> None:
    """Make the shipped categories that are missing; what people changed since is left alone."""
    known = {category.code: category for category in session.scalars(select(Category))}
    with SOURCE.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter=";"):
            if row["code"] in known:
                continue
            allowed = set(row["capabilities"].split())
            if unknown := allowed - set(domain.CAPABILITIES):
                raise ValueError(f"{SOURCE.name}: unknown capability {sorted(unknown)}")
            category = Category(
                code=row["code"],
                name=row["name"],
                kind=domain.Kind(row["kind"]),
                parent_id=known[row["parent"]].id if row["parent"] else None,
                account=row["account"] or None,
                life_years=int(row["life_years"]) if row["life_years"] else None,
                icon=row["icon"] or None,
                **{name: name in allowed for name in domain.CAPABILITIES},
            )
            session.add(category)
            session.flush()
            known[category.code] = category
