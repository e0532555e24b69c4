"""Documents say what the code says now, and name nothing that is not there."""

import re

import pytest

from server.cli.pages import generated
from tests.databases import ROOT

READMES = ("README.md", "README.zh-CN.md")


def test_documents_made_from_code_are_fresh():
    stale = [path.name for path, made in generated(ROOT).items() if path.read_text(encoding="utf-8") != made]
    assert stale == [], "run ./scripts/generate"


@pytest.mark.parametrize("name", READMES)
def test_every_file_and_command_a_readme_names_is_there(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)|src=\"([^\"]+)\"", text)
    scripts = re.findall(r"\./(scripts/\w+)", text)
    named = [one for pair in links for one in pair if one] + scripts
    assert named
    assert [one for one in named if not (ROOT / one).exists()] == []


def test_both_readmes_have_the_same_commands():
    commands = [
        re.findall(r"`(flask [a-z-]+(?: [a-z-]+)?)", (ROOT / name).read_text(encoding="utf-8")) for name in READMES
    ]
    assert sorted(set(commands[0])) == sorted(set(commands[1]))
