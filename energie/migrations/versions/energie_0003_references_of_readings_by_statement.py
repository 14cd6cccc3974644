"""On PostgreSQL, check what readings refer to once a statement instead of once a row.

A foreign key asks the parent table once for each row: twice as long as the million rows
themselves. The triggers ask once for each different parent of a statement.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "energie_0003"
down_revision = "energie_0002"
branch_labels = None
depends_on = None

#: Table → column → parent.
REFERENCES = {
    "energie_reading": {"series_id": "energie_series", "batch_id": "energie_reading_batch"},
    "energie_reading_history": {
        "series_id": "energie_series",
        "batch_id": "energie_reading_batch",
        "superseded_by_id": "energie_reading_batch",
    },
}


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def upgrade() -> None:
    """Put the triggers in the place of the foreign keys."""
    if not _is_postgresql():
        return
    for table, columns in REFERENCES.items():
        known = sa.inspect(op.get_bind()).get_foreign_keys(table)
        names = {key["constrained_columns"][0]: str(key["name"]) for key in known}
        checks = []
        for column, parent in columns.items():
            op.drop_constraint(op.f(names[column]), table, type_="foreignkey")
            checks.append(
                f"IF EXISTS (SELECT 1 FROM (SELECT DISTINCT {column} AS id FROM fresh) f "
                f"WHERE NOT EXISTS (SELECT 1 FROM {parent} p WHERE p.id = f.id)) THEN "
                f"RAISE foreign_key_violation USING MESSAGE = '{table}.{column}'; END IF; "
            )
            op.execute(
                f"CREATE OR REPLACE FUNCTION {table}_keeps_{column}() RETURNS trigger AS $$ BEGIN "
                f"IF EXISTS (SELECT 1 FROM {table} r WHERE r.{column} = OLD.id) THEN "
                f"RAISE foreign_key_violation USING MESSAGE = '{table}.{column}'; END IF; "
                "RETURN OLD; END $$ LANGUAGE plpgsql"
            )
            op.execute(
                f"CREATE TRIGGER {table}_keeps_{column} BEFORE DELETE ON {parent} "
                f"FOR EACH ROW EXECUTE FUNCTION {table}_keeps_{column}()"
            )
        op.execute(
            f"CREATE OR REPLACE FUNCTION {table}_parents() RETURNS trigger AS $$ BEGIN {''.join(checks)}"
            "RETURN NULL; END $$ LANGUAGE plpgsql"
        )
        op.execute(
            f"CREATE TRIGGER {table}_parents AFTER INSERT ON {table} "
            "REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT "
            f"EXECUTE FUNCTION {table}_parents()"
        )


def downgrade() -> None:
    """Bring the foreign keys back."""
    if not _is_postgresql():
        return
    for table, columns in REFERENCES.items():
        op.execute(f"DROP TRIGGER {table}_parents ON {table}")
        op.execute(f"DROP FUNCTION {table}_parents()")
        for column, parent in columns.items():
            op.execute(f"DROP TRIGGER {table}_keeps_{column} ON {parent}")
            op.execute(f"DROP FUNCTION {table}_keeps_{column}()")
            op.create_foreign_key(None, table, parent, [column], ["id"])
