"""Documents made from code: the catalogue's page, and the parts of the READMEs between markers."""

from collections.abc import Callable
from pathlib import Path

import click
from flask import Flask

from server.core.catalog.page import page
from server.core.catalog.schema1.catalog import SCHEMA_1
from server.settings import ROOT, SETTINGS

BEGIN, END = "<!-- settings: made by scripts/generate -->", "<!-- end of settings -->"


def register(app: Flask) -> None:
    app.cli.add_command(pages)


@click.command()
def pages() -> None:
    """Write every document that is made from code."""
    for path, made in generated(ROOT).items():
        path.write_text(made, encoding="utf-8")
        click.echo(path.relative_to(ROOT))


def generated(root: Path) -> dict[Path, str]:
    """{file: what it should hold now}."""
    languages: dict[str, Callable[[], str]] = {"README.md": _settings_en, "README.zh-CN.md": _settings_zh}
    readmes = {
        root / name: _between((root / name).read_text(encoding="utf-8"), make()) for name, make in languages.items()
    }
    return readmes | {root / "server/core/catalog/CATALOG.md": page(SCHEMA_1)}


def _between(text: str, made: str) -> str:
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{made}{END}{after}"


def _settings_en() -> str:
    return _table(("setting", "default", "what it does"), [s.words for s in SETTINGS])


def _settings_zh() -> str:
    return _table(("设置", "默认值", "作用"), [s.zh for s in SETTINGS])


def _table(head: tuple[str, str, str], words: list[str]) -> str:
    rows = [
        f"| `{s.name}` | {f'`{s.default}`' if s.default else ''} | {w} |\n"
        for s, w in zip(SETTINGS, words, strict=True)
    ]
    return f"| {' | '.join(head)} |\n|---|---|---|\n" + "".join(rows)
