"""The README is short, and the words are plain ones."""

import ast
import re

import pytest

from ..tree import FOLDERS, ROOT

PAGES = ["README.md",
         *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").rglob("*.md")))]
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


def docstrings(node, name):
    """Pairs (name, docstring) of what is public in a module or class, itself included."""
    yield name, ast.get_docstring(node) or ""
    for one in ast.iter_child_nodes(node):
        if isinstance(one, ast.FunctionDef | ast.ClassDef) and not one.name.startswith("_"):
            yield from docstrings(one, f"{name}.{one.name}")


def test_docstrings_begin_with_a_noun_or_a_verb():
    assert list(docstrings(ast.parse('class A:\n    """What it is."""'), "m"))[1] == (
        "m.A", "What it is.")
    for folder in (*FOLDERS, "cortigate"):
        for path in (ROOT / folder).rglob("*.py"):
            for name, text in docstrings(ast.parse(path.read_text(encoding="utf-8")), path.stem):
                assert not text.lower().startswith("what "), (path, name)
