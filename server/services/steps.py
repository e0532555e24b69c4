"""Taking a step of an issue's workflow as part of a change, and leaving its trace."""

from dataclasses import dataclass, field
from typing import Any

from server.core.catalog.records import RecordType
from server.core.sync.change import Change, InvalidChange
from server.core.sync.values import UUID, InvalidValue, text_of
from server.core.workflow.transitions import Result, Step, step
from server.services.context import Context
from server.services.draft import Draft, Standing
from server.services.verdicts import parked, quarantined
from server.services.writing import make

_REFUSALS = {
    Result.FORBIDDEN: lambda m: quarantined("forbidden", m),
    Result.INVALID: lambda m: quarantined("invalid", m),
    Result.WISH: lambda m: parked("needs_office", m),
    Result.PARK: lambda m: parked("illegal_transition", m),
}


@dataclass(slots=True)
class StepOutcome:
    """`sets` derived fields to write; `merged_as` when the step became a comment, evidence, or nothing."""

    sets: dict[str, Any] = field(default_factory=dict)
    merged_as: str | None = None
    message: dict[str, Any] | None = None
    frm: str | None = None
    args: dict[str, Any] = field(default_factory=dict)
    action: str | None = None

    def status(self, otherwise: str) -> tuple[str, str | None]:
        return ("merged", self.merged_as) if self.merged_as else (otherwise, None)

    def leave_trace(self, ctx: Context, draft: Draft, issue: Standing, change: Change) -> None:
        """One `issue_step` for a step taken; a comment for one that came too late, or brought only words."""
        if self.action is None or (self.merged_as == "same" and not self._words()):
            return
        if self.merged_as is None:
            make(ctx, draft, "issue_step", issue.scope, self._step(ctx, issue, change), change=change)
            return
        kind = "evidence" if self.merged_as == "as_evidence" else "late"
        words = self._words() or self.action
        make(
            ctx,
            draft,
            "comment",
            issue.scope,
            {"about": issue.id, "kind": kind, "action": self.action, "text": words, "written_by": ctx.user},
            change=change,
        )

    def _words(self) -> Any:
        return self.args.get("text") or self.args.get("reason")

    def _step(self, ctx: Context, issue: Standing, change: Change) -> dict[str, Any]:
        return {
            "issue": issue.id,
            "action": self.action,
            "from_state": self.frm,
            "to_state": issue.data.get("state"),
            "actor": ctx.user,
            "role": ctx.actor.role if ctx.actor else "system",
            "at_device": change.at,
            "at_server": ctx.at,
            "reason_code": self.args.get("reason"),
            "text": self.args.get("text"),
            "unit": self.args.get("unit"),
        }


def take_step(
    ctx: Context,
    rtype: RecordType,
    change: Change,
    before: dict[str, Any],
    merged: dict[str, Any],
    chain: tuple[str, ...],
) -> StepOutcome:
    """What the change's transition does. Raises Refused or InvalidChange.

    `before`: the stored data (empty for a create); `merged`: with this change's other fields.
    """
    if not rtype.workflow:
        if change.transition is not None:
            raise InvalidChange("no_workflow", "transition")
        return StepOutcome()
    born = {} if before else {"state": "draft", "reporter": ctx.user, "source": _source(ctx)}
    if change.transition is None:
        return StepOutcome(sets=born)
    transition = {"action": change.transition["action"], "args": _readable(change.transition.get("args"))}
    taken: Step = step(merged | born, transition, ctx.who(chain), ctx.now)
    if taken.result in _REFUSALS:
        raise _REFUSALS[taken.result](taken.message)
    outcome = StepOutcome(
        born | taken.sets, None, taken.message, before.get("state") or "draft", transition["args"], transition["action"]
    )
    if taken.result is not Result.APPLY:
        outcome.merged_as = str(taken.result)
    return outcome


def _source(ctx: Context) -> str:
    return {"device": "worker", "desk": "office"}.get(ctx.source, ctx.source)


def _readable(args: Any) -> dict[str, Any]:
    """The arguments of a step: texts, references, and lists of references."""
    if args is None:
        return {}
    if not isinstance(args, dict):
        raise InvalidChange("bad_args", "transition")
    return {name: _argument(name, value) for name, value in args.items() if value is not None}


def _argument(name: str, value: Any) -> Any:
    if name in ("unit", "handler"):
        if not isinstance(value, str) or not UUID.match(value):
            raise InvalidChange("not_reference", name)
        return value
    if name == "co_units":
        if not isinstance(value, list) or not all(isinstance(v, str) and UUID.match(v) for v in value):
            raise InvalidChange("not_reference", name)
        return sorted(set(value))
    try:
        plain = text_of(value)
    except InvalidValue as error:
        raise InvalidChange(error.code, name) from None
    if plain is not None and len(plain.encode()) > 4096:
        raise InvalidChange("too_long", name)
    return plain
