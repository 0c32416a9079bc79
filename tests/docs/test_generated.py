"""What pages take from the code is all there, and the committed header is the generated one."""

import re

import pytest

from cortigate.boards.board import BOARDS, board
from cortigate.boards.pins import pins_of
from cortigate.golden.spec import PRESETS, RULES, preset
from cortigate.golden.spec import link as spec
from cortigate.golden.spec.program import Program
from cortigate.golden.spec.rules.pal import PalRule
from cortigate.scripts.cli import Commands


@pytest.fixture(scope="module")
def part(documentation):
    from generators import part
    return part


def test_every_mark_has_its_part_and_the_reverse(documentation):
    from generators import MARK, PARTS
    named = {name for page in documentation.rglob("*.md")
             for name in MARK.findall(page.read_text(encoding="utf-8"))}
    assert named == set(PARTS)


def test_boards(part):
    text = part("boards")
    for name in BOARDS:
        entry = board(name)
        [section] = re.findall(rf"^### {name}\n(.*?)(?=^### |\Z)", text, re.M | re.S)
        pins = pins_of(entry, entry.usb or "uart")
        assert ("in {rx}, out {tx}" if entry.usb is None else "D+ {d_p}, D- {d_n}, pull-up "
                "{pullup}").format(**pins) in section
        assert f"{entry.clock_hz / 1e6:g} MHz" in section and entry.title in section
        for note in entry.notes:
            assert note in section


def test_commands(part):
    text = part("commands")
    for words, function in Commands.functions():
        [section] = re.findall(rf"^## {' '.join(words)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
        assert f"cortigate {' '.join(words)}" in section, function
    assert "\\[default" not in text.partition("## demo")[2].partition("## devices")[0]
    assert "| `--seed` | `0` |" in text


def test_protocol(part):
    for name, group in (("operations", spec.Operation), ("spaces", spec.Space),
                        ("statuses", spec.Status), ("registers", spec.Register),
                        ("registers", spec.Control)):
        for one in group:
            number = f"`0x{one:02X}`" if name == "operations" else f"{int(one)}"
            assert re.search(rf"\| `{one.name}` \| {number} \| ", part(name)), one
    assert f"version {spec.PROTOCOL_VERSION} " in part("operations")
    for title in ("Rate", "Session", "Sparse samples", "Streaming"):
        assert f"### {title}\n" in part("link")
    assert part("identity").endswith("clock in Hz u32.")


def test_registers_begin_as_the_hardware_does(part):
    """With two rates that differ, so that neither stands for the other."""
    design = PalRule.design((3, 2, 2))
    for one in spec.Register:
        said = re.search(rf"^\| `{one.name}` \| {int(one)} \| [^|]* \| ([^|]*) \| ",
                         part("registers"), re.M)[1]
        named = re.fullmatch(r"the rule's `(\w+)`", said)
        value = getattr(design.rule, named[1]) if named else int(said)
        assert value & 0xFFFFFFFF == spec.reset_value(design, one)


def test_every_meaning_is_said(part):
    for name in ("registers", "statuses", "spaces"):
        assert "|  |\n" not in part(name) + "\n"


def test_traces_are_a_conversation_that_a_board_understands(part):
    from generators.traces import DESIGN, conversation
    requests = [pair for _, pairs in conversation() for pair in pairs]
    assert all(answer[3] == spec.Status.OK or answer[0] <= 3 for _, answer in requests)
    first, second = requests[0][1], requests[1][1]
    assert b"CG" in first and len(second) > 5
    assert DESIGN.digest in f"{preset('tiny').digest}"
    assert requests[0][0].hex(" ") in part("traces").replace("\n       ", " ")


def test_programs(part):
    for rule in RULES:
        text = part(f"program of {rule}")
        name = re.search(r"`(tiny[\w-]*)`", text)[1]
        rows = re.findall(r"^\| (\d+) \| (\w+) ", text, re.M)
        assert [kind for _, kind in rows] == [
            step.operation.name for step in Program.of(preset(name)).steps]


def test_memory_and_presets(part):
    found = part("memory")
    assert re.search(r"\| W2, rows 0 .. 7 \| 260 \| 33 \| 8 × 33 \| last \|", found)
    for name, design in PRESETS.items():
        assert (f"`{design.digest}`" in part("presets")) is not name.startswith("tiny")


def test_every_port_of_the_core_is_listed_and_explained(part):
    from generators.core import ports_of
    table, _, said = part("core ports").partition("\n\n")
    listed = {name: (bits, direction) for name, bits, direction in re.findall(
        r"^\| `([\w.]+)` \| ([^|]+) \| (in|out) \| ", table, re.M)}
    assert ports_of(preset("digits")).items() <= listed.items()
    assert set(listed) == set().union(*(ports_of(design) for design in (
        preset("tiny"), preset("pal"), preset("tiny-microcircuit"),
        preset("tiny").replace(results=True))))
    for name in listed:
        assert f"`{name.partition('.')[0]}`" in said
    # The other way round: what is explained is there.
    begins = re.findall(r"^- (.*?):", said, re.M)
    explained = {name for names in begins for name in re.findall(r"`(\w+)`", names)}
    assert len(begins) > 10 and explained <= {name.partition(".")[0] for name in listed}
    assert listed["samples.ready"] == ("1", "out") and listed["host.read_data"][1] == "out"


def test_the_timeline_is_the_model_s(part):
    cycles = int(re.search(r": (\d+) cycles, in (\d+) of which", part("timeline"))[1])
    assert 300 < cycles < 900 and f">{cycles}</text>" in part("timeline")


def test_drawings_read_in_light_and_in_dark(part):
    for name in ("engine", "ladder", "timeline"):
        colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', part(name)))
        assert colours == {"currentColor", "none"}
