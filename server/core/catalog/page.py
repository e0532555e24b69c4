"""The catalogue as a page people read: what is kept on each record, how it merges, who may do what."""

from collections.abc import Iterable

from server.core.catalog.fields import Field
from server.core.catalog.records import Catalog, RecordType
from server.core.catalog.roles import PERMISSIONS, ROLES
from server.core.catalog.workflow import ACTIONS

HEAD = """# Catalogue, schema {schema}

Made from the code beside it by `scripts/generate`; edit that, not this.

Merge says what happens when two people changed the same value from the same start: with `review` the value that
stands stays and the office decides; with `incoming` the later arrival wins, with `current` the earlier one stays, and
the other one stands in the history. Privacy: 0 public, 1 internal, 2 personal, 3 sensitive.
"""


def page(catalog: Catalog) -> str:
    """The whole page, in Markdown."""
    types = (_record_type(t) for t in catalog.types.values())
    return "\n".join([HEAD.format(schema=catalog.schema), *types, _steps(), _roles()])


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', ' or ') for cell in line)} |\n" for line in lines)


def _record_type(t: RecordType) -> str:
    said = [
        f"under {', '.join(f'`{name}`' for name in t.parents)}" if t.parents else "",
        f"one each of {', '.join(f'`{name}`' for name in t.natural_key)}" if t.natural_key else "",
        "each time a record of its own, taken in late too" if t.append_only else "",
        "made by the server alone" if t.server_made else "",
    ]
    words = "; ".join(filter(None, said))
    head = f"## {t.zh} {t.en} · `{t.name}`\n\n" + (f"{words[0].upper()}{words[1:]}.\n\n" if words else "")
    columns = ("field", "中文", "English", "kind", "merge", "privacy", "more")
    return head + _table(columns, (_field(name, f) for name, f in t.fields.items()))


def _field(name: str, f: Field) -> list[str]:
    more = [
        "required" if f.required else "",
        f"→ `{f.target}`" if f.target else "",
        f"at most {f.max}" if f.max else "",
        f"same within {f.tolerance_m:g} m" if f.tolerance_m else "",
        f"checked as {f.check}" if f.check else "",
        ", ".join(f"`{code}` {c.zh} {c.en}" for code, c in f.codes.items()),
    ]
    return [f"`{name}`", f.zh, f.en, f.kind, f.merge, str(f.privacy.value), "; ".join(filter(None, more))]


def _steps() -> str:
    rows = (
        [
            f"`{a.name}`",
            a.zh,
            a.en,
            ", ".join(a.frm),
            a.to or "(stays)",
            ", ".join(a.who),
            "yes" if a.offline else "",
            ", ".join(a.needs),
            "" if a.available else "not yet",
        ]
        for a in ACTIONS.values()
    )
    head = "## 流程 Steps of an issue\n\nWho: short codes of the roles below; `reporter` is whoever reported it.\n\n"
    return head + _table(
        ("step", "中文", "English", "from", "to", "who", "without signal", "needs", "available"), rows
    )


def _roles() -> str:
    rows = (
        [
            f"`{r.name}`",
            r.code,
            r.zh,
            r.en,
            ", ".join(sorted(r.reads)),
            ", ".join(sorted(r.writes)),
            ", ".join(sorted(r.may)),
            "yes" if r.devices else "",
        ]
        for r in ROLES.values()
    )
    head = "## 角色 Roles\n\nWhat no role lists, nobody may do. A grant holds for its area and all below it.\n\n"
    meaning = "".join(f"- `{name}`: {words}\n" for name, words in PERMISSIONS.items())
    columns = ("role", "code", "中文", "English", "reads", "writes", "may", "on a phone")
    return head + _table(columns, rows) + "\n" + meaning
