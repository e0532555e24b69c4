"""Every migration goes up, down and up again, on both databases, and ends in the tables the code declares."""

import contextlib
import re
from collections.abc import Iterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect

from server.adapters.storage.tables import metadata
from tests.databases import ROOT, alembic_config, migrate


@contextlib.contextmanager
def connected(url: str) -> Iterator[Engine]:
    engine = create_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def schema(url: str) -> dict[str, list[str]]:
    """What a database holds: per table its columns, keys and indexes, as text that can be compared."""
    with connected(url) as engine:
        seen = inspect(engine)
        return {
            table: [
                *(f"{column['name']} {column['type']} {column['nullable']}" for column in seen.get_columns(table)),
                repr(seen.get_pk_constraint(table)["constrained_columns"]),
                *sorted(f"{index['name']} {index['column_names']}" for index in seen.get_indexes(table)),
                *sorted(f"{unique['column_names']}" for unique in seen.get_unique_constraints(table)),
            ]
            for table in seen.get_table_names()
            if table != "alembic_version"
        }


def test_every_step_goes_up_down_and_up_again(empty_database_url):
    revisions = list(ScriptDirectory.from_config(alembic_config(empty_database_url)).walk_revisions())[::-1]
    assert revisions
    before = schema(empty_database_url)
    for revision in revisions:
        migrate(empty_database_url, revision.revision)
        after = schema(empty_database_url)
        command.downgrade(alembic_config(empty_database_url), "-1")
        assert schema(empty_database_url) == before
        migrate(empty_database_url, revision.revision)
        assert schema(empty_database_url) == after
        assert after != before
        before = after


def test_the_migrated_tables_are_those_the_code_declares(database_url):
    with connected(database_url) as engine, engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@pytest.mark.parametrize("path", sorted((ROOT / "migrations" / "versions").glob("*.py")), ids=lambda path: path.name)
def test_a_migration_is_named_by_four_digits_and_what_it_does(path):
    assert re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", path.name)
    assert f'revision = "{path.name[:4]}"' in path.read_text()
