"""Python in the pages runs, and says what it says it would."""

import re
import shlex
from importlib.util import find_spec

import pytest

from cortigate.boards.board import board
from cortigate.boards.design_file import DesignFile
from cortigate.golden.datasets import Columns, read_table
from cortigate.scripts.cli import main
from cortigate.scripts.commands.boards import described, facts_of

from ..tree import ROOT

DOCS = ROOT / "docs"
PAGES = sorted(str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")
               if "```python\n" in path.read_text(encoding="utf-8"))
# Blocks of these classes show what needs a simulator, or a package of the reader's own.
NOT_RUN = {"needs-simulator", "needs-package"}


def blocks(page):
    """Python of a page, in order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return [block.partition("\n```")[0] for block in text.split("```python\n")[1:]]


@pytest.mark.parametrize("page", PAGES)
def test_they_run_in_order(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "page"}
    for block in blocks(page):
        exec(compile(block, page, "exec"), names)


def test_there_are_some():
    assert {"start.md", "memory.md", "using/checkpoints.md", "tutorials/own-data.md",
            "tutorials/own-rule.md", "tutorials/waveforms.md",
            "using/designs.md"} <= set(PAGES)


def test_a_block_that_is_not_run_says_why():
    for path in DOCS.rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        for found in re.findall(r"```\{code-block\} python\n:class: (\S+)\n", text):
            assert found in NOT_RUN, path
        assert text.count("{code-block} python") == len(re.findall(
            r"```\{code-block\} python\n:class: ", text)), path


def test_designs_in_the_page_are_designs():
    text = (DOCS / "using" / "designs.md").read_text(encoding="utf-8")
    texts = [block.partition("\n```")[0] for block in text.split("```toml\n")[1:]]
    found = [DesignFile.parse(one).design for one in texts]
    assert [design.state.words for design in found] == ["Q4.12", "Q4.10", "Q4.8"]
    assert [design.margin_shift for design in found] == [None, None, 1]
    with pytest.raises(ValueError) as caught:
        DesignFile.parse(texts[1].replace("\nlanes = 8", "\nlanes = 300"), "my.toml")
    assert f"cortigate: {caught.value}\n" in text


def test_own_data_says_how_many_flowers_are_right(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in blocks("tutorials/own-data.md"):
        exec(compile(block, "own-data.md", "exec"), names)
    assert read_table("flowers.csv", Columns(("species",))).inputs.shape == (150, 4)
    share = int(re.search(r"(\d+)% of unseen flowers are right", capsys.readouterr().out)[1])
    assert share >= 85


def test_the_page_of_own_data_says_what_the_commands_say(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    page = "using/own-data.md"
    exec(compile(blocks(page)[0], page, "exec"), {})
    lines = (tmp_path / "flowers.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "new.csv").write_text("".join(lines[::30]), encoding="utf-8")
    texts = [block.partition("\n```")[0] for block in
             (DOCS / page).read_text(encoding="utf-8").split("```text\n")[1:]]
    train, result, predict, gap, _, resume = texts  # _: onto a board
    for command in (train, predict, resume):
        monkeypatch.setattr("sys.argv", ["cortigate", *shlex.split(command)[1:]])
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code, command
        if command == train:
            said = capsys.readouterr().out.splitlines()
            assert [line for line in said if not line.startswith("learning ")] == (
                result.splitlines())
    assert (tmp_path / "kinds.csv").read_text(encoding="utf-8").count("\n") == 1 + 5
    lines[11] = ",".join([*lines[11].split(",")[:3], "", "setosa\n"])
    (tmp_path / "flowers.csv").write_text("".join(lines), encoding="utf-8")
    with pytest.raises(ValueError) as caught:
        read_table("flowers.csv", Columns(("species",)))
    assert f"cortigate: {caught.value}" == gap


def test_the_page_of_sweeps_says_what_the_command_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    page = "using/sweep.md"
    exec(compile(blocks(page)[0], page, "exec"), {})
    text = (DOCS / page).read_text(encoding="utf-8")
    [toml] = [block.partition("\n```")[0] for block in text.split("```toml\n")[1:]]
    command, result, mistake, stored = [block.partition("\n```")[0] for block in
                                        text.split("\n```text\n")[1:]]
    (tmp_path / "flowers.toml").write_text(toml, encoding="utf-8")
    words = shlex.split(command)
    assert words[-2] == "--jobs"
    monkeypatch.setattr("sys.argv", ["cortigate", *words[1:-1], "1"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    said = capsys.readouterr().out.splitlines()
    assert [line.rstrip() for line in said if not line.startswith("runs ")] == result.splitlines()
    if find_spec("optuna") is not None:
        the_study_of_the_page(stored, text, monkeypatch, capsys)
    monkeypatch.setattr("sys.argv", ["cortigate", *words[1:-1], "1"])
    (tmp_path / "flowers.toml").write_text(toml.replace("16-8", "16+8"), encoding="utf-8")
    with pytest.raises(SystemExit):
        main()
    assert capsys.readouterr().err == f"{mistake}\n"


def the_study_of_the_page(command, text, monkeypatch, capsys):
    """Its command and its Python, after the sweep."""
    monkeypatch.setattr("sys.argv", ["cortigate", *shlex.split(command)[1:]])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    capsys.readouterr()
    [code] = [block.partition("\n```")[0] for block in text.split(":class: needs-package\n")[1:]]
    exec(compile(code, "sweep.md", "exec"), {})
    assert capsys.readouterr().out == (
        "1.0 {'rule': 'ghost', 'hidden_layer_sizes': '16-8', 'epochs': 30}\n")


def test_the_own_board_is_a_board(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    [block] = blocks("tutorials/own-board.md")
    (tmp_path / "my_board.py").write_text(block, encoding="utf-8")
    entry = board("my_board.py")
    lines = "\n".join(described(entry, facts_of(entry, None, 64), 64))
    assert "87.5 MHz from 25 MHz at P3" in lines and "in H18, out J17" in lines
    assert entry.design("pal")[0] == "pal-deep"
