"""What commands print, and where it cannot be printed or drawn."""

import io
import sys

import pytest
from matplotlib.figure import Figure
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.table import Table

from cortigate.scripts.console import new_console, print_anything
from cortigate.scripts.insights.drawing import Drawing, check_picture, save_figure
from cortigate.scripts.progress import Bars, preparing


def test_in_a_pipe_a_table_has_its_full_width(monkeypatch, capsys):
    monkeypatch.delenv("COLUMNS", raising=False)
    table = Table()
    table.add_row(*["x" * 100] * 3)
    new_console().print(table)
    assert "x" * 100 in capsys.readouterr().out


def test_names_with_brackets_are_printed_as_they_are(capsys):
    new_console().print("[/].png :smile: [bold]")
    assert capsys.readouterr().out == "[/].png :smile: [bold]\n"


@pytest.mark.parametrize("encoding", ["latin-1", "cp437", "ascii"])
def test_what_an_encoding_lacks_is_replaced(monkeypatch, encoding):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    print_anything()
    new_console().print("… \udcff")
    print("… 3")
    stream.flush()
    assert stream.buffer.getvalue().endswith(b"? 3\n")


def test_off_a_terminal_bars_are_plain_lines(capsys):
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Bars(*columns, console=new_console()) as bars:
        task = bars.add_task("learning", total=20)
        for done in range(21):
            bars.update(task, completed=done)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"learning {done}/20" for done in range(2, 21, 2)]


@pytest.mark.parametrize("terminal", [False, True])
def test_what_is_prepared_is_said_before_it_is(terminal):
    stream = io.StringIO()
    with preparing(new_console(file=stream, force_terminal=terminal, width=60),
                   "board on /dev/ttyUSB0 [a]"):
        said = stream.getvalue()
    assert terminal or said == "preparing: board on /dev/ttyUSB0 [a]\n"
    assert "preparing: board on" in stream.getvalue()  # a terminal is drawn on some times a second


def test_on_a_terminal_they_are_drawn():
    stream = io.StringIO()
    with Bars(console=new_console(file=stream, force_terminal=True, width=60)) as bars:
        bars.add_task("learning", total=20, completed=20)
    assert "━" in stream.getvalue() and "100%" in stream.getvalue()


def test_a_picture_that_fails_is_a_warning(capsys):
    with Drawing() as drawing:
        raise ZeroDivisionError("out of ink\nand more")
    assert drawing.failed
    assert capsys.readouterr().err == ("WARNING: the picture failed (ZeroDivisionError: out of "
                                       "ink); the results are printed above\n")
    with Drawing() as drawing:
        pass
    assert not drawing.failed
    with pytest.raises(KeyboardInterrupt), Drawing():
        raise KeyboardInterrupt


def test_a_picture_is_there_whole_or_not_at_all(tmp_path):
    path = tmp_path / "picture.svg"
    path.write_text("the old one")
    figure = Figure()
    figure.savefig = lambda *_, **__: 1 / 0
    with Drawing():
        save_figure(figure, path)
    assert path.read_text() == "the old one"
    save_figure(Figure(), path)
    assert path.read_text().startswith("<?xml")
    for wrong in (tmp_path / "picture.bmp", tmp_path / "missing" / "picture.png"):
        with pytest.raises(ValueError, match=r"with the ending \.pdf or \.png or \.svg in a "):
            check_picture(wrong)
