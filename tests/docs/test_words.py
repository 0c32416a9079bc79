"""The README is short, and the words are plain ones."""

import re

import pytest

from cortigate.scripts.cli import Commands

from ..tree import FOLDERS, ROOT

PAGES = ["README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))]
# Phrases of no native speaker: what stands for "this many", and "cannot" in two words.
STUMBLES = re.compile(r"\bso many\b|\bcan not\b", re.IGNORECASE)


def test_the_readme_is_a_screen_and_a_half():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.split()) <= 1500


@pytest.mark.parametrize("name", PAGES)
def test_links_of_files_lead_somewhere(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if not re.match(r"https?:", target):
            assert (ROOT / name).parent.joinpath(target).exists(), target


@pytest.mark.parametrize("name", PAGES)
def test_pages_have_no_stumbles(name):
    assert not STUMBLES.findall((ROOT / name).read_text(encoding="utf-8"))


def test_sources_have_no_stumbles():
    assert STUMBLES.search("as so many words") and STUMBLES.search("It can not")
    for folder in (*FOLDERS, "cortigate"):
        for path in (ROOT / folder).rglob("*.py"):
            found = STUMBLES.search(path.read_text(encoding="utf-8"))
            assert not found, (path, found)


def test_no_help_begins_with_what():
    for words, function in Commands.functions():
        assert not (function.__doc__ or "").startswith("What "), words
