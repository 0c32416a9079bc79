"""Files for contributors and their tools: they parse, agree with the project, name what exists."""

import configparser
import os
import re
import subprocess
import sys
import tomllib
from importlib import metadata

import pytest
import yaml

from cortigate.scripts import cli

from .tree import FOLDERS, ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
YAML = [".pre-commit-config.yaml", "CITATION.cff",
        *(str(path.relative_to(ROOT)) for path in sorted((ROOT / ".github").rglob("*.yml")))]
PAGES = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").rglob("*.md"))]
TEXTS = ["README.md", "CONTRIBUTING.md", *PAGES, *YAML]
# A command, and words that may follow it.
WRITTEN = r"(?:\./scripts/run|`cortigate)((?: [a-z][a-z-]*)+)"


def parsed(name):
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def test_spelling():
    done = subprocess.run(
        [sys.executable, "-m", "codespell_lib", "cortigate", *FOLDERS, "docs", "tests", *TEXTS,
         "CHANGELOG.md", "pyproject.toml"], cwd=ROOT, text=True, check=False, capture_output=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", TEXTS)
def test_commands_that_are_named_exist(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for path in re.findall(r"\./(scripts/\w+)", text):
        assert os.access(ROOT / path, os.X_OK), path
    commands = [words for words, _ in cli.Commands.functions()]
    for line in re.findall(WRITTEN, text):
        words = tuple(line.split())
        assert any(words[:len(one)] == one for one in (*commands, ("experiment",))), line


@pytest.mark.parametrize("name", TEXTS)
def test_paths_that_are_named_exist(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for path in re.findall(rf"\b(?:{'|'.join((*FOLDERS, 'tests'))})/[\w/.-]*\w", text):
        assert (ROOT / path).exists(), path


def test_a_command_that_is_gone_would_be_found():
    assert re.findall(WRITTEN, "`./scripts/run experiment noise --seeds 2`, `cortigate fuzz`") == [
        " experiment noise", " fuzz"]


@pytest.mark.parametrize("name", YAML)
def test_yaml_parses(name):
    assert isinstance(parsed(name), dict)


def test_hooks_are_programs_of_the_tests():
    [local] = parsed(".pre-commit-config.yaml")["repos"]
    pinned = (ROOT / "requirements" / "test.txt").read_text(encoding="utf-8")
    assert {"ruff", "codespell", "end-of-file"} <= {hook["id"] for hook in local["hooks"]}
    for hook in local["hooks"]:
        if hook["language"] == "system":
            program = hook["entry"].split()[0].removeprefix(".venv/bin/")
            assert f"\n{program}==" in pinned and metadata.version(program)


def test_the_workflow_runs_the_tests_with_a_supported_python():
    [job] = parsed(".github/workflows/test.yml")["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == ["./scripts/test"]
    oldest = PROJECT["project"]["requires-python"].removeprefix(">=")
    assert job["strategy"]["matrix"]["python"][0] == oldest


def test_forms_ask_for_something():
    forms = [parsed(name) for name in YAML if "ISSUE_TEMPLATE" in name and "config" not in name]
    assert len(forms) == 2
    for form in forms:
        assert {"name", "description", "body"} <= set(form)
        assert any(field["validations"]["required"] for field in form["body"])
        assert all(field["attributes"]["label"] for field in form["body"])


def test_the_citation_is_of_this_version():
    citation, project = parsed("CITATION.cff"), PROJECT["project"]
    assert citation["cff-version"] == "1.2.0" and citation["type"] == "software"
    assert [citation["title"], citation["version"], citation["license"], citation["abstract"]] == [
        project["name"], project["version"], project["license"], project["description"]]
    assert citation["authors"] == project["authors"]
    assert citation["keywords"] == project["keywords"]


def test_the_editor_wraps_where_lint_complains():
    parser = configparser.ConfigParser()
    text = (ROOT / ".editorconfig").read_text(encoding="utf-8")
    parser.read_string("[top]\n" + text)
    assert parser["top"]["root"] == "true" and parser["*"]["insert_final_newline"] == "true"
    width = PROJECT["tool"]["ruff"]["line-length"]
    assert parser["*.{py,toml}"]["max_line_length"] == f"{width}"
