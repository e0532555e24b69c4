"""The command line of `scripts/bench`."""

import argparse
import json
import sqlite3
import sys

import psycopg

from tests import postgres
from tests.bench import report
from tests.bench.run import run
from tests.bench.sites import Size

SMALL = Size(records=40, grids=2, edits=20, devices=4, each=2, changed=4, growth=(4,), photos=2, pixels=(200, 150))


def main() -> None:
    options = _options()
    size = SMALL if options.small else Size(growth=(100, 1_000) if options.full else (100,))
    kind = "sqlite" if options.sqlite else "postgresql"

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    with postgres.server(fsync="on", full_page_writes="on", shared_buffers="512MB", max_wal_size="8GB") as server:
        result = run(kind, server, size, options.rounds, options.works, say)
        about = report.machine(_database(kind, server))
    print(json.dumps(report.as_json(result, about)) if options.json else report.markdown(result, about))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="The work W1 to W6 against the least that does it."
    )
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each work, product and ref in turn (5)")
    parser.add_argument("--works", default="123456", help="which, e.g. 13 (123456)")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite instead of PostgreSQL")
    parser.add_argument("--full", action="store_true", help="W5 with a million records too (needs some 10 GB of disk)")
    parser.add_argument("--small", action="store_true", help="tiny sizes: whether it runs, not how fast")
    parser.add_argument("--json", action="store_true", help="every round as JSON instead of a table")
    return parser.parse_args()


def _database(kind: str, server: str) -> str:
    if kind == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    with psycopg.connect(server) as conn:
        return f"PostgreSQL {conn.info.server_version // 10_000}.{conn.info.server_version % 10_000}"


if __name__ == "__main__":
    main()
