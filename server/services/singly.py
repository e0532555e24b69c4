"""The same batch, group by group: when a change cannot be judged or stored at all, it alone pays for it."""

import logging
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from server.core.sync.change import group_of
from server.services import batch as batches
from server.services.batch import Batch
from server.services.context import Context
from server.services.gather import open_context
from server.services.transactions import unavailable

log = logging.getLogger(__name__)


def run(ctx: Context, conn: Connection, raws: list[Any]) -> Batch:
    """Like `batch.run`, in savepoints; a group that fails is quarantined as `crashed`, with its payloads."""
    whole = Batch(ctx)
    for group in _groups(raws):
        part = _attempt(ctx, conn, group)
        whole.items += part.items
        whole.order += part.order
        whole.draft.absorb(part.draft)
    return whole


def _groups(raws: list[Any]) -> list[list[Any]]:
    """Consecutive changes of one group together, others alone."""
    groups: list[list[Any]] = []
    for raw in raws:
        name = group_of(raw)
        if groups and name is not None and group_of(groups[-1][0]) == name:
            groups[-1].append(raw)
        else:
            groups.append([raw])
    return groups


def _attempt(ctx: Context, conn: Connection, group: list[Any]) -> Batch:
    # A context each: what one group wrote, the next must read.
    fresh = _like(ctx, conn)
    try:
        with conn.begin_nested():
            return batches.run(fresh, conn, group)
    except Exception as error:
        if isinstance(error, DBAPIError) and unavailable(error):
            raise  # another transaction's doing: the whole is tried again
        log.error("a group of %s changes crashed: %s", len(group), type(error).__name__)
    return batches.run(_like(ctx, conn), conn, group, crashed=True)


def _like(ctx: Context, conn: Connection) -> Context:
    fresh = open_context(ctx.world, conn, ctx.actor, ctx.source)
    fresh.no_numbers = ctx.no_numbers
    return fresh
