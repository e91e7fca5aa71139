"""Runs migrations on the connection that `pbrt_geo.registry.migrate` hands over."""

from alembic import context

from pbrt_geo.registry.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
