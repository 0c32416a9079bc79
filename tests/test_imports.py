"""Import directions, lint, sizes, places: the rules that hold for the whole tree."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .tree import FOLDERS, ROOT, SOURCES, as_installed


def run(*command, cwd=ROOT):
    return subprocess.run([sys.executable, *command], cwd=cwd, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_import_contracts(tmp_path):
    done = run("-c", "from importlinter.cli import lint_imports_command as lint; lint()",
               "--config", str(ROOT / "pyproject.toml"), "--no-cache", cwd=as_installed(tmp_path))
    assert done.returncode == 0, done.stdout


def test_ruff():
    done = run("-m", "ruff", "check", "--no-cache", "cortigate", *FOLDERS, "tests", "setup.py")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_file(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") < 400, "a file is one idea, less than 400 lines"
    assert not re.search(r"#\s*noqa", text), "lint is obeyed, or the rule is not worth having"
    for at, line in enumerate(text.splitlines()):
        assert at == 0 or not line.startswith("# amaranth:"), "Amaranth reads the first line alone"
    imported, tree = set(), ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < 100, f"{node.name} has more than 100 lines"
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            imported.add(node.module.partition(".")[0])
    # `golden.spec` and `cortigate.golden.spec` would be two modules with two QFormat classes.
    assert not imported & {*FOLDERS, "tests"}, "import from cortigate.*, or relatively"
    if path.relative_to(ROOT).parts[0] not in ("scripts", "tests"):
        assert "cortigate" not in imported, "imports inside the packages are relative"


def test_tests_lie_where_what_they_test_lies():
    elsewhere = ["cosim"], ["external"]  # all hardware against all models; packages of others
    for path in SOURCES:
        first, *folders = path.relative_to(ROOT).parent.parts
        if first == "tests" and folders[:1] not in elsewhere:
            assert (ROOT / Path(*folders)).is_dir(), path


def test_scripts_are_executable():
    for path in [*(ROOT / "scripts").iterdir(), ROOT / ".ci" / "run"]:
        if path.is_file() and path.read_bytes().startswith(b"#!"):
            assert os.access(path, os.X_OK), path
