"""Pins: the line in rests high, what must not be left open is held, bitstreams are compressed."""

import re
from dataclasses import replace

import pytest
from amaranth.build import Attrs, Pins, Resource
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from cortigate.boards.board import BOARDS, board
from cortigate.boards.build import build
from cortigate.boards.flow import flow
from cortigate.boards.pins import pins_of, uart, with_pins
from cortigate.boards.tools import BuildError
from cortigate.golden.spec import preset


class Wire(wiring.Component):
    """The line out is the line in."""

    rx: In(1, init=1)
    tx: Out(1, init=1)
    busy: Out(1)

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.tx.eq(self.rx)
        return m


def flow_of(target):
    return flow(target, Wire())


@pytest.mark.parametrize("name", [name for name in BOARDS if board(name).usb is None])
def test_an_open_line_in_is_at_rest(name):
    steps = flow_of(board(name))
    constraints = steps.files[steps.constraints]
    family = board(name).chip.family.name
    if family == "ice40":
        (cell,) = re.findall(r"cell .SB_IO [^\n]*\n((?:    .*\n)*?    connect .PACKAGE_PIN "
                             r".uart_0__rx__io.*\n)", steps.files[f"{steps.name}.il"])
        assert "parameter \\PULLUP 1" in cell
    else:
        told = [line for line in constraints.splitlines() if '"uart_0__rx__io"' in line]
        assert any({"ecp5": "PULLMODE=UP", "gowin": "PULL_MODE=UP",
                    "gw5a": "PULL_MODE=UP"}[family] in line
                   for line in told)


@pytest.mark.parametrize("name, d_p, d_n, pullup", [
    ("ulx3s-25f-usb", "D15", "E15", "B12"), ("orangecrab-25f-usb", "N1", "M2", "N2")])
def test_usb_pins_have_no_resistors_of_the_chip(name, d_p, d_n, pullup):
    target = board(name)
    assert {part: pin.name for part, pin in pins_of(target, "usb").items()} == {
        "d_p": d_p, "d_n": d_n, "pullup": pullup}
    steps = flow(target, target.core(preset("tiny")))
    constraints = steps.files[steps.constraints]
    for part, pin in (("d_p", d_p), ("d_n", d_n), ("pullup", pullup)):
        assert f'LOCATE COMP "usb_0__{part}__io" SITE "{pin}"' in constraints
        assert f'IOBUF PORT "usb_0__{part}__io" PULLMODE=NONE IO_TYPE=LVCMOS33' in constraints
    assert "uart" not in constraints
    # What others made without our promise about collisions keeps its bypasses.
    assert "%d" in steps.files[f"{steps.name}.ys"] and f"\\{steps.name}.core.usb_port.heard" in (
        steps.files[f"{steps.name}.il"])


@pytest.mark.parametrize("name", ["icebreaker", "colorlight-i5", "tang-nano-9k", "tang-primer-25k"])
def test_a_pin_that_the_package_lacks_is_told_before_synthesis(name, tmp_path):
    target, lines = board(name), []
    lamp = Resource("led", 0, Pins("Z99", dir="o"), Attrs(IO_TYPE="LVCMOS33"))
    wrong = replace(target, platform=with_pins(target.platform, lamp))
    with pytest.raises(BuildError, match=f"^led#0 of {name} is at the pin Z99, which "
                                         f"{target.chip.name} does not have in the platform's"):
        build(wrong, preset("tiny"), tmp_path / "out", log=lines.append)
    assert lines == [] and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name, resource, pin", [
    ("upduino", "flash_select", "16"), ("ulx3s-12f", "wifi_gpio0", "L2"),
    ("ulx3s-85f", "wifi_gpio0", "L2")])
def test_pins_are_held_at_a_level(name, resource, pin):
    target = board(name)
    for level in (target.held[resource], 1 - target.held[resource]):
        steps = flow_of(replace(target, held={resource: level}))
        located = re.findall(rf'(?:set_io|COMP) "?{resource}_0__io"? (?:SITE )?"?(\w+)',
                             steps.files[steps.constraints])
        assert located == [pin]
        module = steps.files[f"{steps.name}.il"].partition(f"module \\{steps.name}.{resource}")[2]
        driven = re.search(r"connect .(?:o.1|D_OUT_0) 1'([01])", module)
        assert driven[1] == str(level)
    assert target.held[resource] == 1


def test_nothing_is_held_where_nothing_is_named():
    steps = flow_of(replace(board("ulx3s-25f"), held={}))
    assert "wifi_gpio0" not in steps.files[steps.constraints]


@pytest.mark.parametrize("name", ["colorlight-i5", "colorlight-i9"])
def test_bitstreams_of_receiver_cards_are_compressed(name):
    assert "--compress" in flow_of(board(name)).packing(1)


@pytest.mark.parametrize("name, line_in, line_out", [
    ("upduino", "15", "14"), ("ulx3s-85f", "M1", "L4"), ("colorlight-i5", "H18", "J17"),
    ("orangecrab-25f", "N17", "M18"), ("ecpix5-45f", "R26", "R24"), ("icebreaker", "6", "9"),
    ("icebreaker-bitsy", "47", "44"), ("tang-nano-20k", "70", "69"),
    ("tang-primer-25k", "B3", "C3"), ("tang-mega-138k", "N16", "P15")])
def test_uart_pins(name, line_in, line_out):
    assert {part: pins_of(board(name), "uart")[part].name for part in ("rx", "tx")} == {
        "rx": line_in, "tx": line_out}


def test_a_resource_takes_the_place_of_its_like():
    target = board("icebreaker")
    names = [(one.name, one.number) for one in target.platform.resources]
    changed = with_pins(target.platform, uart("2", "46", target.chip.family, IO_STANDARD="SB_X"),
                        Resource("spare", 0, Pins("47", dir="o"), Attrs(IO_STANDARD="SB_X")))
    assert {(one.name, one.number) for one in changed.resources} == {*names, ("spare", 0)}
    assert len(changed.resources) == len(names) + 1
    mine = replace(target, platform=changed)
    assert pins_of(mine, "uart") == {"rx": ("2", False), "tx": ("46", False)}
    assert pins_of(mine, "spare") == {"": ("47", False)} and f"{pins_of(mine, 'spare')['']}" == "47"
    assert pins_of(target, "uart")["rx"].name == "6"
