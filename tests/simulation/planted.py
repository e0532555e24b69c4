"""Faults built in on purpose. The simulator must find every one of them: FOUND_BY says on which seed it does.

Those of the server are patches here; those of the client are options of pwa/tests/driver/sim_*.ts.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import orjson
from sqlalchemy import text

from server.adapters.storage import feeds, ledger
from server.adapters.storage.database import writing
from server.core.sync import merge
from server.core.workflow import transitions
from server.services import batch, context, hello, pull, push, releasing, snapshot, store, timelines
from server.services.failpoints import failpoint
from server.services.transactions import read

CLIENT = (
    "cursor_before_rows", "journal_not_kept", "outbox_purged_on_revoke", "purge_by_home_scope", "sweep_takes_pending",
    "lost_answer_is_done", "short_snapshot_is_whole",
)  # fmt: skip
Patches = Iterator[Any]


def no_ledger_look_up() -> Patches:
    forgetful = text(str(ledger._INSERT) + " ON CONFLICT DO NOTHING")
    yield patch.object(ledger, "find", lambda _conn, _keys: {})
    yield patch.object(ledger, "_INSERT", forgetful)


def verdict_dropped() -> Patches:
    real = push._verdicts
    yield patch.object(push, "_verdicts", lambda *a: real(*a)[:-1] or real(*a))


def last_writer_wins() -> Patches:
    yield patch.object(merge, "_race", lambda out, _rule, name, typed, _own: merge._write(out, name, typed.to))


def no_leave_rows() -> Patches:
    real = store._enter

    def enter(ctx: Any, found: Any, scope: str, standing: Any, old: Any, live: bool, why: Any) -> None:
        if live or why == "deleted":
            real(ctx, found, scope, standing, old, live, why)

    yield patch.object(store, "_enter", enter)


def _never_back(*given: Any) -> int | None:
    try:
        return REAL_PLACE(*given)
    except pull.WentBack:
        return 0 if given[4].head == 0 else int(given[4].head)


def _one_scope_only(*given: Any) -> int | None:
    try:
        return REAL_PLACE(*given)
    except pull.WentBack:
        return None


REAL_PLACE = pull.place


def _placing(how: Callable[..., Any]) -> Patches:
    for module in (pull, hello, snapshot):
        yield patch.object(module, "place", how)
    yield patch.object(hello, "_check_ack", lambda *_given: None)


def no_mark_check() -> Patches:
    yield from _placing(_never_back)


def fork_handled_per_scope() -> Patches:
    yield from _placing(_one_scope_only)


def batch_fails_whole() -> Patches:
    yield patch.object(batch, "_groups", lambda items: [items] if items else [])


def groups_taken_apart() -> Patches:
    yield patch.object(batch, "_groups", lambda items: [[item] for item in items])


def own_edit_is_a_stranger() -> Patches:
    """Whatever was written since the author looked races with him, his own earlier edits too."""
    real = batch.judge

    def judging(ctx: Any, draft: Any, change: Any) -> Any:
        standing = draft.get(change.record)
        if standing is not None and change.op == "update" and standing.rev != change.base_rev:
            unseen = {name: replace(typed, frm="?") for name, typed in change.set.items()}
            change = replace(change, set=unseen)
        return real(ctx, draft, change)

    yield patch.object(batch, "judge", judging)


def stranger_is_own() -> Patches:
    yield patch.object(context.Context, "is_own", lambda _self, _writer: True)


class _Everything(set[str]):
    def __contains__(self, _scope: object) -> bool:
        return True


def ended_grants_still_read() -> Patches:
    yield patch.object(pull, "may_read", lambda *_given: _Everything())


def answered_before_the_commit() -> Patches:
    """Every fourth push is answered, and then its transaction is rolled back."""
    count = [0]

    @contextlib.contextmanager
    def write(world: Any, name: str) -> Iterator[Any]:
        count[0] += 1
        with writing(world.engine.connect()) as conn, conn.begin() as transaction:
            yield conn
            failpoint(f"{name}.before_commit")
            if count[0] % 4 == 0:
                transaction.rollback()
            else:
                transaction.commit()

    yield patch.object(push, "write", write)


def head_read_after_the_rows() -> Patches:
    real = pull._page

    def page(world: Any, conn: Any, timeline: str, scope: str, cursor: Any, head: Any, budget: Any) -> bytes:
        made = orjson.loads(real(world, conn, timeline, scope, cursor, head, budget))
        if made.get("more") is False:
            with read(world) as later:
                now = feeds.heads(later, {scope: 0}).get(scope, pull.NOTHING)
                made["cursor"] = pull.make_cursor(world, later, timeline, scope, now.head, now)
        return orjson.dumps(made)

    yield patch.object(pull, "_page", page)


def cursor_from_the_end_of_a_snapshot() -> Patches:
    real = snapshot.snapshot

    def late(world: Any, actor: Any, scope: str, cursor: Any, after: Any) -> Iterator[bytes]:
        lines = b"".join(real(world, actor, scope, cursor, after)).splitlines(keepends=True)
        with read(world) as conn:
            now = feeds.heads(conn, {scope: 0}).get(scope, pull.NOTHING)
            fresh = pull.make_cursor(world, conn, timelines.current(conn), scope, now.head, now)
        yield orjson.dumps(orjson.loads(lines[0]) | {"cursor": fresh}) + b"\n"
        yield from lines[1:]

    yield patch.object(snapshot, "snapshot", late)


def parked_and_not_listed() -> Patches:
    yield patch.object(releasing, "park", lambda *_given: None)


def digest_forgets_removals() -> Patches:
    real = store._enter

    def enter(ctx: Any, found: Any, scope: str, standing: Any, old: Any, live: bool, why: Any) -> None:
        real(ctx, found, scope, standing, old if live else None, live, why)

    yield patch.object(store, "_enter", enter)


def every_step_is_legal() -> Patches:
    def changed(action: Any, data: Any, transition: Any, who: Any, _state: str, now: Any) -> Any:
        return transitions.Step(transitions.Result.APPLY, transitions._sets(action, data, transition["args"], who, now))

    yield patch.object(transitions, "_changed_state", changed)


SERVER: dict[str, Callable[[], Patches]] = {
    made.__name__: made
    for made in (
        no_ledger_look_up, verdict_dropped, last_writer_wins, no_leave_rows, no_mark_check, fork_handled_per_scope,
        batch_fails_whole, groups_taken_apart, own_edit_is_a_stranger, stranger_is_own, ended_grants_still_read,
        answered_before_the_commit, head_read_after_the_rows, cursor_from_the_end_of_a_snapshot,
        parked_and_not_listed, digest_forgets_removals, every_step_is_legal,
    )
}  # fmt: skip
BUGS = (*SERVER, *CLIENT)


@contextlib.contextmanager
def planted(bug: str) -> Iterator[tuple[str, ...]]:
    """The bug is there inside the context; gives the names that the client has to know."""
    with contextlib.ExitStack() as stack:
        for one in SERVER[bug]() if bug in SERVER else ():
            stack.enter_context(one)
        yield (bug,) if bug in CLIENT else ()
