"""A board of the user's own: a Python file that defines BOARD."""

import pytest

from cortigate.boards.board import BoardSpec, board
from cortigate.boards.flow import flow
from cortigate.golden.spec import preset
from cortigate.hdl.top import Top

OWN = '''
from dataclasses import replace

from cortigate.boards.colorlight import BOARDS

BOARD = replace(BOARDS[0], name="mine", clock_hz=50_000_000)
'''


def written(folder, text):
    path = folder / "my_board.py"
    path.write_text(text)
    return str(path)


def test_a_file_is_a_board(tmp_path):
    mine = board(written(tmp_path, OWN))
    assert isinstance(mine, BoardSpec) and (mine.name, mine.clock_hz) == ("mine", 50_000_000)
    files = flow(mine, Top(preset("tiny"), mine.clock_hz, mine.baud)).files
    assert 'SITE "P3"' in files["mine.lpf"]


def test_its_options_reach_the_tools(tmp_path):
    mine = board(written(tmp_path, OWN.replace(
        "name=", "options={'synthesis': '-dff', 'nextpnr_opts': '--threads 1'}, name=")))
    steps = flow(mine, Top(preset("tiny"), mine.clock_hz, mine.baud))
    assert "synth_ecp5 -abc9 -dff -top mine" in steps.files["mine.ys"]
    assert "--threads" in steps.placement(1)


@pytest.mark.parametrize("text, message", [
    ("x = 1", "my_board.py does not define BOARD: it must be a cortigate.boards.board.BoardSpec"),
    ("BOARD = 3", "my_board.py defines BOARD as 3: it must be"),
    ("def", "my_board.py is not Python: line 1"),
    ("import nothing_of_the_kind", "my_board.py failed: ModuleNotFoundError"),
    (OWN.replace("name=", "options={'synth_opts': '-abc9'}, name="),
     r"my_board.py failed: ValueError: options of mine must be among .*, not 'synth_opts', which"),
    (OWN.replace("name=", "options={'icepack_opts': '-s'}, name="), "not 'icepack_opts'"),
    (OWN.replace("name=", "options={'synthesis': ['-abc9']}, name="),
     "my_board.py failed: TypeError: options must be a dictionary of strings to strings, not"),
    ("BOARD = undefined", "my_board.py failed: NameError: name 'undefined'"),
    ("assert 1 == 2", "my_board.py failed: AssertionError"),
    ("raise SystemExit(0)", "my_board.py failed: SystemExit: 0"),
    ("class Own(Exception): pass\nraise Own('mine')", "my_board.py failed: Own: mine"),
])
def test_what_is_wrong_with_a_file(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        board(written(tmp_path, text))


def test_no_such_file(tmp_path):
    with pytest.raises(ValueError, match="there is no file .*missing.py: it must be Python and "):
        board(str(tmp_path / "missing.py"))
