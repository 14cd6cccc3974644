"""Run this module's migrations inside the transaction of ``migrate``."""

from alembic import context

a = context.config.attributes
context.configure(
    connection=a["connection"],
    target_metadata=a["metadata"],
    version_table=a["module"] + "_alembic_version",
    include_name=a["include_name"],
    include_object=a["include_object"],
    render_as_batch=False,
    compare_type=True,
    render_item=a["render_item"],
)
with context.begin_transaction():
    context.run_migrations()
