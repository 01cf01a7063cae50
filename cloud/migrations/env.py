"""Alembic's entry: migrates the connection it is given, in batch mode, since SQLite cannot alter most things in
place."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    render_as_batch=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
