"""The workflow of issues as a table: actions, states, who, and what may be queued on a phone."""

from dataclasses import dataclass

OPEN = ("submitted", "accepted", "filed", "dispatched", "handling")
REPORTER = "reporter"  # stands for whoever reported the issue
LEVELS = ("grid", "community", "street", "district", "city")
LEVEL_OF_ROLE = {"CC": "community", "CL": "community", "SD": "street", "SL": "street", "DO": "district",
                 "CO": "city"}


@dataclass(frozen=True, slots=True)
class Action:
    """One step. `to` None: the state stays. `available` False: declared, refused until its pages exist.
    `wish`: who may not do it may ask; the office applies it as its own step."""

    name: str
    zh: str
    en: str
    frm: tuple[str, ...]
    to: str | None
    who: tuple[str, ...]
    offline: bool = False
    needs: tuple[str, ...] = ()
    own_level: bool = False  # only the office whose level the issue stands at
    wish: tuple[str, ...] = ()
    available: bool = True


ACTIONS: dict[str, Action] = {a.name: a for a in (
    Action("submit", "上报", "Report", ("draft",), "submitted", ("GW", "GL", "CC", "CL", "SD"), True),
    Action("self_handle", "即办即结", "Fixed on the spot", ("draft", "submitted"), "handled", ("GW", "GL"), True,
           ("text",)),
    Action("accept", "受理", "Accept", ("submitted",), "accepted", ("CC", "CL", "SD", "DO", "CO"), own_level=True),
    Action("ask_more", "退回补充", "Ask for more", ("submitted",), "returned", ("CC", "CL", "SD", "DO"), False,
           ("reason",), True),
    Action("resubmit", "补充上报", "Report again", ("returned",), "submitted", (REPORTER,), True, ("text",)),
    Action("reject", "不予受理", "Do not accept", ("submitted", "accepted"), "rejected", ("CC", "CL", "SD", "DO"),
           False, ("reason", "text"), True),
    Action("appeal", "申诉", "Appeal", ("rejected",), "submitted", (REPORTER,), True, ("text",)),
    Action("merge", "并案", "Merge", ("submitted", "accepted", "filed"), "merged", ("CC", "SD", "DO"),
           available=False),
    Action("file", "立案", "File", ("accepted",), "filed", ("CC", "CL", "SD", "DO"), own_level=True),
    Action("dispatch", "派遣", "Dispatch", ("filed",), "dispatched", ("CC", "CL", "SD", "DO", "CO"),
           needs=("unit|handler",), own_level=True),
    Action("send_back", "退回派遣", "Send back", ("dispatched",), "filed", ("DH",), False, ("reason",)),
    Action("take", "接单", "Take", ("dispatched",), "handling", ("DH", "GW", "GL", "CC"), True),
    Action("report_done", "处置反馈", "Report done", ("dispatched", "handling", "on_hold"), "handled",
           ("DH", "GW", "GL", "CC"), True, ("text",)),
    Action("extend", "延期", "Extend", ("handling",), None, ("SD", "SL", "DO"), available=False),
    Action("hold", "挂账", "Put on hold", ("dispatched", "handling"), "on_hold", ("SL", "DO"), True, ("reason",),
           wish=("DH",)),
    Action("resume", "恢复", "Resume", ("on_hold",), "handling", ("SD", "SL", "DO")),
    Action("verify_ok", "核查通过", "Checked", ("handled",), "closed", ("GW", "GL", "CC", "CL"), True),
    Action("verify_fail", "返工", "Not done", ("handled",), "handling", ("GW", "GL", "CC", "CL"), True, ("reason",)),
    Action("close", "结案", "Close", ("handled",), "closed", ("SD", "SL", "DO")),
    Action("evaluate", "评价", "Rate", ("closed",), "evaluated", ("RS",), available=False),
    Action("reopen", "重开", "Reopen", ("closed", "evaluated"), "handling", (REPORTER, "GW", "GL", "CC", "CL"), True,
           ("reason",)),
    Action("escalate", "上报上级", "Pass upwards", OPEN, "submitted", ("GW", "GL", "CC", "CL", "SD", "DO"), True,
           ("reason",)),
    Action("delegate", "下派", "Pass down", ("accepted", "filed"), "submitted", ("CO", "DO", "SD"), available=False),
    Action("supervise", "督办", "Supervise", OPEN, None, ("SV", "DO", "SL"), available=False),
    Action("whistle", "吹哨", "Call up", ("accepted", "filed", "dispatched", "handling"), None, ("SD", "SL"),
           available=False),
    Action("to_case", "转调解", "To mediation", ("accepted", "filed"), "handling", ("CC", "MD"), available=False),
    Action("void", "作废", "Withdraw", ("draft", "submitted"), "void", (REPORTER,), True, ("reason",)),
)}

TERMINAL = frozenset({"rejected", "merged", "evaluated", "void"})
# While in these states the units and the handler that an issue was given to hold it on their phones.
WITH_HANDLERS = frozenset({"dispatched", "handling", "on_hold", "handled"})
