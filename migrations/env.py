"""Runs the migrations on the database that the settings name, or on the one the caller passes.

`config.attributes["connection"]` (open, inside a transaction of the caller's) wins over `["url"]`, which wins
over DATABASE_URL and DATA_DIR.
"""

from alembic import context
from sqlalchemy import create_engine, pool

from server.adapters.storage.tables import metadata
from server.config import Config


def run(connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = context.config.attributes.get("url") or Config.from_env().database_url
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as opened:
        run(opened)
    engine.dispose()
