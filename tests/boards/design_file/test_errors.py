"""Files that describe no design: one line, with the place and what is allowed."""

import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cortigate.boards.design_file import DesignFile, text_of
from cortigate.boards.storage.lines import line_of
from cortigate.golden.spec import preset

HEAD = 'network = "64-32-10"\n'
GHOST = HEAD + 'rule = "ghost"\n'


@pytest.mark.parametrize("text, line, said", [
    ("", None, "must have a network, such as network = '64-32-10'"),
    (HEAD, None, "must have a rule, such as rule = '"),
    (GHOST + "x = 1", 3, "has no 'x', only data, network, rule, engine"),
    (GHOST + "\n[motor]\nx = 1", 4, "has no 'motor', only data, network, rule, engine"),
    (GHOST + "engine = 8", 3, r"engine must be a table, \[engine\], not 8"),
    (HEAD + 'rule = "hebb"', 2, "name among ghost, equilibrium, .*, not 'hebb'"),
    (HEAD + "[rule]\nsteps = 3", 2, "name among ghost, equilibrium, .*, not None"),
    (HEAD + "rule = 3", 2, "name among ghost, .*, not 3"),
    ('rule = "ghost"\n[network]\n', 2, "network must have layers, such as"),
    ('rule = "ghost"\nnetwork = "64-10"', 2, "must name 3 .. 8 layers"),
    ('rule = "ghost"\nnetwork = "64-x-10"', 2, "must look like 64-32-10, not '64-x-10'"),
    ('rule = "ghost"\nnetwork = [64, 32.5, 10]', 2, "layers must be a sequence of integers"),
    ('rule = "ghost"\n[network]\nlayers = [64,\n32, 1025,\n10]', 3, "1 .. 1024, not 1025"),
    ('rule = "ghost"\n[network]\nlayers = "5-4-2"\nhidden = "soft"', 4,
     "clip or relu, which are never negative, not soft"),
    ('rule = "ghost"\n[network]\nlayers = "5-4-2"\nhidden = "sigmoid"', 4,
     "hidden must be one of clip, relu, tanh, soft, linear, spike, not 'sigmoid'"),
    ('rule = "pal"\n[network]\nlayers = "5-4-256"', 3, "at most 255 classes"),
    (HEAD + '[rule]\nname = "ghost"\nmechanism = "C2"', 4, "one of C1, A-copy, A-sameR, N"),
    (HEAD + '[rule]\nname = "ghost"\nturns = 3', 4, "rule has no 'turns', only name, mechanism"),
    (HEAD + '[rule]\nname = "ghost"\nsteps = 3.0', 4, "steps must be an integer, not 3.0"),
    (HEAD + '[rule]\nname = "ghost"\nsteps = 0', 4, "steps must lie in 1 .. 255, not 0"),
    (HEAD + '[rule]\nname = "ghost"\nsteps = 1979-05-27', 4, "steps must be an integer"),
    (HEAD + '[rule]\nname = "equilibrium"\nsteps = 2\nshare_shift = 2', 5,
     "share_shift must be 1 where branches learn"),
    (HEAD + '[rule]\nname = "ghost"\nghost_rate_shift = "no"', 4, "an integer, .*or 'none'"),
    (HEAD + '[rule]\nname = "pal"\nsteps = 3\nfeedback_rate_shift = 16', 5,
     r"feedback_rate_shift must lie in 6 \.\. 9 where learning_rate_shift is 6, not 16$"),
    (HEAD + '[rule]\nname = "equilibrium"\nsteps = 3\nlearning_rate_shift = 12', 5,
     r"branch_rate_shift must lie in 12 \.\. 18 where learning_rate_shift is 12, not 9$"),
    (HEAD + '[rule]\nname = "pal"\n\nlearning_rate_shift = 15', 5,
     r"decay_shift must lie in 1 \.\. 20, not 22, which follows from learning_rate_shift$"),
    (GHOST + "[engine]\n\nlanes = 257 # few", 5, "lanes must lie in 1 .. 256, not 257"),
    (GHOST + "[engine]\nlanes = 9\nneuron_lanes = 2", 5, "neuron_lanes must divide the 9 lanes"),
    (GHOST + "[engine]\nlanes = 9\nlanes = 8", 5, "not TOML: Cannot overwrite a value"),
    (GHOST + '[engine]\nlanes = "8"', 4, "lanes must be an integer, not '8'"),
    (GHOST + "[engine]\ntransposed = 1", 4, "transposed must be True or False, not 1"),
    (GHOST + "[engine]\nweight = 14", 4, "weight must be a number format .* 'Q2.14', not 14"),
    (GHOST + '[engine]\nweight = "2.14"', 4, "stochastic.*, not '2.14'"),
    (GHOST + '[engine]\nweight = "Q2.30"', 4, "weight width must lie in 6 .. 24, not 32"),
    (GHOST + '[engine]\nrate = "Q2.9"\nstate = "Q4.8"', 5, "rate's 9 fraction bits, not Q4.8"),
    (GHOST + '[engine]\nweight_memory = "flash"', 4, "one of auto, block, distributed, single"),
    (GHOST + "[engine]\nname = 'lanes = 3'\nlanes = 0", 4, "engine has no 'name', only lanes"),
    ('data = 7\n' + GHOST, 1, "data must be 'digits' or a folder of idx files, not 7"),
    (GHOST + "[engine\n", 3, "it is not TOML"),
    (GHOST + "a = " + "9" * 900 + "z", 3, "it is not TOML"),
    (GHOST + "#" * 2000, 3, "at most 1024 characters"),
    (GHOST + "a = " + "[" * 1000 + "]" * 1000, 3, "at most 1024 characters"),
    (GHOST + "a = " + "[\n" * 2000 + "]" * 1000, None, "nested too deeply"),
    (GHOST + ".".join("a" * 500) + " = 1", 3, "has no 'a', only"),
])
def test_one_line_says_what_is_wrong_and_where(text, line, said):
    with pytest.raises(ValueError, match=said) as caught:
        DesignFile.parse(text, "my design.toml")
    message = str(caught.value)
    place = "my design.toml" if line is None else f"my design.toml, line {line}"
    assert message.startswith(f"{place}: ") and "\n" not in message and len(message) < 400


def test_lines_are_found_among_comments_texts_and_arrays():
    text = ('# lanes = 1\na = """\nlanes = 2\n[engine]\n"""\nb = [\n"lanes",\n]\n'
            '[engine] # lanes\nx = "lanes"\n"lanes" = 3\n[other.deep]\nlanes = 4\n')
    assert line_of(text, ("engine",)) == 9
    assert line_of(text, ("engine", "lanes")) == 11
    assert line_of(text, ("other", "deep", "lanes")) == 13
    assert line_of(text, ("engine", "x")) == 10
    assert line_of(text, ("engine", "no")) == 9  # the table's
    assert line_of(text, ("no",)) is None
    assert line_of('"\\u006canes" = 1', ("lanes",)) is None  # written so that no search finds it


TEXTS = [text_of(preset(name), "digits") for name in ("tiny", "pal", "mnist-small", "digits-relax")]
TEXTS.append(GHOST + "[engine]\nlanes = 4\n")
SCRAPS = st.sampled_from([
    "\n", " ", "#", "=", '"', "'", "[", "]", "[[", "{", "}", ".", ",", "\\", "\0", "\u00e9",
    "\ud800", "none", "true", "inf", "nan", "-1", "0x7f", "99999999999999999999", "1e400",
    "1979-05-27", "Q2.14", "[rule]", "name", "layers", "lanes", "\"\"\"", "'''", "data"])
SCRAPS |= st.text(max_size=3)


@st.composite
def damaged(draw):
    """The text of a design, with parts of it lost, twice, or replaced."""
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 4))):
        first = draw(st.integers(0, len(text)))
        last = min(len(text), first + draw(st.integers(0, 40)))
        middle = draw(st.sampled_from(["", text[first:last] * 2]) | SCRAPS)
        text = text[:first] + middle + text[last:]
    return text


@given(damaged())
def test_damage_is_one_line_or_another_design(text):
    try:
        found = DesignFile.parse(text)
    except ValueError as error:
        assert str(error).startswith("design.toml") and len(str(error).splitlines()) == 1
        return
    assert DesignFile.parse(text_of(found.design)).design == found.design


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-16")))
def test_bytes_of_any_kind(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("bytes") / "x.toml"
    path.write_bytes(data)
    with pytest.raises(ValueError) as caught:
        DesignFile.read(path)
    assert str(caught.value).startswith(str(path)) and "\n" not in str(caught.value)


def test_files_that_are_none(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "folder.toml").mkdir()
    with open(tmp_path / "huge.toml", "wb") as file:
        file.truncate(1 << 40)
    for name, said in (("pipe.toml", "is not the file of a design but a pipe"),
                       ("folder.toml", "a folder|Is a directory"),
                       ("huge.toml", "too large for the file of a design"),
                       ("none.toml", "No such file"), ("\0", "cannot be read")):
        with pytest.raises(ValueError, match=said):
            DesignFile.read(tmp_path / name)
    with pytest.raises(ValueError, match="is not the file of a design but a device"):
        DesignFile.read("/dev/zero")


def test_text_in_another_encoding_has_its_line(tmp_path):
    path = tmp_path / "x.toml"
    path.write_bytes(b"\n\n# \xe9\n")
    with pytest.raises(ValueError, match="x.toml, line 3: a TOML file must be UTF-8"):
        DesignFile.read(path)


@pytest.mark.parametrize("text", [
    "#lanes\n" * 4000, "lanes = 3 # lanes\n" * 1500, GHOST + "a = [\n" + '"lanes",\n' * 3000 + "]",
    "\n" * 32000 + "lanes = 3", ".".join("a" * 500) + " = 1\n" + "#a\n" * 8000])
def test_no_file_takes_long(text):
    began = time.process_time()
    with pytest.raises(ValueError):
        DesignFile.parse(text + "\n[engine]\nlanes = 300")
    assert time.process_time() - began < 5
