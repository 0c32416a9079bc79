"""Cells of ECP5 circuits, lowered, against the Verilog models of the cells they come from."""

import random

import pytest
from amaranth.hdl import unsigned
from amaranth.lib.wiring import In, Out

from cortigate.boards.bitstream.circuit import Cell, Circuit
from cortigate.boards.bitstream.ecp5 import cells
from cortigate.sim.cells import family
from cortigate.sim.cells.stimulus import run_verilog
from cortigate.sim.fabric.ecp5 import lower
from cortigate.sim.fabric.network import FabricNet
from cortigate.sim.fabric.run import respond
from cortigate.sim.simulator import missing

verilog = pytest.mark.skipif(missing("icarus") is not None, reason=missing("icarus") or "")
CYCLES = 300


def heard(pins):
    return {pin: ("outside", pin) for pin in pins}


def lowered(placed, pins, outputs):
    """Answers of cells to a stimulus; `pins` come from outside, `outputs` are (place, pin)."""
    sinks = {f"sink {number}": Cell("LUT", {"INIT": 2, "K": 1}, {"I0": source})
             for number, source in enumerate(outputs.values())}
    network = FabricNet()
    lower(Circuit(placed | sinks, {}), network)
    for pin in pins:
        network.input(pin, network.net(("outside", pin)))
    for name, source in outputs.items():
        network.output(name, network.net(source))
    return lambda stimulus: respond(network, stimulus)


def drawn(rng, pins, rare=()):
    for _ in range(CYCLES):
        yield {pin: int(rng.random() < (0.1 if pin in rare else 0.5)) for pin in pins}


def modelled(name, inputs, outputs, clocks, parameters, stimulus, prelude=""):
    """Answers of a Verilog model; a pin of `clocks` is the clock."""
    pins = ", ".join([f".{pin}(clk)" for pin in clocks]
                     + [f".{pin}({pin})" for pin in (*inputs, *outputs)])
    ports = ", ".join(["input clk", *(f"input {pin}" for pin in inputs),
                       *(f"output {pin}" for pin in outputs)])
    text = ", ".join(f".{key}({value})" for key, value in parameters.items())
    body = f"module dut({ports});\n{name} #({text}) tried ({pins});\nendmodule\n"
    text = body + family("ecp5").models(body)
    shapes = {pin: (In, unsigned(1)) for pin in inputs} | {
        pin: (Out, unsigned(1)) for pin in outputs}
    return run_verilog(text, "dut", shapes, stimulus)


def agree(ours, theirs, least):
    """Where the model is defined both are equal, and it is defined often enough."""
    defined = 0
    for cycle, (mine, model) in enumerate(zip(ours, theirs, strict=True)):
        for pin, value in model.items():
            if value is not None:
                defined += 1
                assert mine[pin] == value, (cycle, pin)
    assert defined >= least * len(theirs) * len(theirs[0])


@verilog
@pytest.mark.parametrize("inject", ["YES", "NO"])
@pytest.mark.parametrize("bits", [0x96AA, 0x5A0F, 0xFFFF, 0x3C81])
def test_carry_chain(bits, inject):
    rng = random.Random(bits)
    pins = ["A0", "B0", "C0", "D0", "A1", "B1", "C1", "D1", "CIN"]
    other = bits ^ 0x6C93
    low = cells.carry(bits, [("outside", f"{pin}0") for pin in "ABCD"], ("outside", "CIN"), inject)
    high = cells.carry(other, [("outside", f"{pin}1") for pin in "ABCD"], ("low", "FCO"), inject)
    outputs = {"S0": ("low", "F"), "S1": ("high", "F"), "COUT": ("high", "FCO")}
    stimulus = list(drawn(rng, pins))
    theirs = modelled("CCU2C", pins, outputs, [], {
        "INIT0": f"16'd{bits}", "INIT1": f"16'd{other}", "INJECT1_0": f'"{inject}"',
        "INJECT1_1": f'"{inject}"'}, stimulus)
    agree(lowered({"low": low, "high": high}, pins, outputs)(stimulus), theirs, 1)


@verilog
@pytest.mark.parametrize("regset", ["SET", "RESET"])
@pytest.mark.parametrize("srmode", ["ASYNC", "LSR_OVER_CE"])
@pytest.mark.parametrize("inverted", [False, True])
def test_register(regset, srmode, inverted):
    rng, pins = random.Random(f"{regset}{srmode}{inverted}"), ["CE", "LSR", "DI"]
    settings = {"REGSET": regset, "SD": "1", "GSR": "DISABLED", "LSRMODE": "LSR",
                "SRMODE": srmode}
    muxes = {f"{pin}MUX": "INV" if inverted else pin for pin in ("CE", "LSR")} | {"CLKMUX": "CLK"}
    cell = cells.register(settings | muxes, ("outside", "DI"), {
        "CLK": ("outside", "clk"), "CE": ("outside", "CE"), "LSR": ("outside", "LSR")})
    stimulus = list(drawn(rng, pins))
    theirs = modelled("TRELLIS_FF", pins, ["Q"], ["CLK"],
                      {key: f'"{value}"' for key, value in (settings | muxes).items()}, stimulus)
    run = lowered({"cell": cell}, [*pins, "clk"], {"Q": ("cell", "Q")})
    agree(run(stimulus), theirs, 1)


def test_distributed_memory_reads_what_was_written():
    rng, contents = random.Random(1), 0xB3C5
    pins = {pin: ("outside", pin) for pin in cells.DPRAM_PINS} | {"WCK": ("outside", "clk")}
    cell = cells.dpram(contents, dict(pins), {"WREMUX": "INV", "WCKMUX": "WCK"})
    names = [pin for pin in cells.DPRAM_PINS if pin != "WCK"]
    stimulus = list(drawn(rng, names))
    answers = lowered({"cell": cell}, [*names, "clk"], {"F": ("cell", "F")})(stimulus)
    for row, answer in zip(stimulus, answers, strict=True):
        read = row["A"] | row["B"] << 1 | row["C"] << 2 | row["D"] << 3
        write = row["WAD3"] | row["WAD1"] << 1 | row["WAD2"] << 2 | row["WAD0"] << 3
        assert answer["F"] == contents >> read & 1
        if not row["WRE"]:
            contents = contents & ~(1 << write) | row["WD"] << write


RAMS = [
    # Widths, modes after a write, output registers, chip selects.
    (18, 18, "NORMAL", "WRITETHROUGH", "NOREG", "OUTREG", "0b101", "0b000"),
    (9, 18, "READBEFOREWRITE", "NORMAL", "OUTREG", "NOREG", "0b000", "0b110"),
    (4, 2, "WRITETHROUGH", "READBEFOREWRITE", "NOREG", "NOREG", "0b000", "0b000"),
    (1, 9, "NORMAL", "NORMAL", "OUTREG", "OUTREG", "0b111", "0b001"),
    (36, 36, "NORMAL", "NORMAL", "NOREG", "OUTREG", "0b000", "0b000"),
    (36, 9, "NORMAL", "NORMAL", "NOREG", "NOREG", "0b000", "0b000"),
]


@verilog
@pytest.mark.parametrize("case", RAMS)
def test_block_ram(case):
    a, b, mode_a, mode_b, register_a, register_b, select_a, select_b = case
    rng, wide = random.Random(f"{case}"), a == 36
    pins = ([f"AD{port}{bit}" for port in "AB" for bit in range(14)]
            + [f"DI{port}{bit}" for port in "AB" for bit in range(18)]
            + [f"{name}{port}" for port in "AB" for name in ("CE", "OCE", "WE", "RST")]
            + [f"CS{port}{bit}" for port in "AB" for bit in range(3)])
    contents = rng.getrandbits(18432)
    settings = {"WID": 3, "CONTENTS": contents, "RESETMODE": "SYNC", "REGMODE_A": register_a,
                "REGMODE_B": register_b, "CLKAMUX": "CLKA", "CLKBMUX": "CLKB",
                "CSDECODE_A": int(select_a, 0), "CSDECODE_B": int(select_b, 0)}
    shared = {"DATA_WIDTH_A": a, "DATA_WIDTH_B": b, "RESETMODE": '"SYNC"',
              "REGMODE_A": f'"{register_a}"', "REGMODE_B": f'"{register_b}"',
              "WRITEMODE_A": f'"{mode_a}"', "WRITEMODE_B": f'"{mode_b}"',
              "CSDECODE_A": f'"{select_a}"', "CSDECODE_B": f'"{select_b}"'}
    for index in range(64):
        words = [contents >> 18 * (16 * index + word) & 0x3FFFF for word in range(16)]
        value = sum(word << 20 * place for place, word in enumerate(words))
        shared[f"INITVAL_{index:02X}"] = f"320'h{value:x}"
    settings |= {"DATA_WIDTH_R": str(b)} if wide else {
        "DATA_WIDTH_A": str(a), "DATA_WIDTH_B": str(b), "WRITEMODE_A": mode_a,
        "WRITEMODE_B": mode_b}
    stimulus = []
    for row in drawn(rng, pins, rare=("RSTA", "RSTB")):
        # Few addresses, so that words are read again; selected more often than not.
        row |= {f"AD{port}{bit}": 0 for port in "AB" for bit in range(7, 14)}
        for port, select in (("A", select_a), ("B", select_b)):
            if rng.random() < 0.7:
                row |= {f"CS{port}{bit}": int(select, 0) >> bit & 1 for bit in range(3)}
        row |= {"CEA": 1, "WEA": 1, "WEB": 0, "CEB": 1} if wide else {}
        stimulus.append(row)
    widths = {"A": 0 if wide else a, "B": min(b, 18)}
    outputs = {f"DO{port}{bit}": ("cell", f"DO{port}{bit}") for port, width in widths.items()
               for bit in range(width)}
    if b == 36:
        outputs |= {f"DOA{bit}": ("cell", f"DOA{bit}") for bit in range(18)}
    kind = "PDPW16KD" if wide else "DP16KD"
    cell = Cell(kind, settings, heard(pins) | {"CLKA": ("outside", "clk"),
                                               "CLKB": ("outside", "clk")})
    theirs = modelled("DP16KD", pins, outputs, ["CLKA", "CLKB"], shared, stimulus)
    agree(lowered({"cell": cell}, [*pins, "clk"], outputs)(stimulus), theirs, 0.3)


@verilog
@pytest.mark.parametrize(("first", "second", "middle", "last"), [
    ("NONE", "NONE", "NONE", "NONE"), ("CLK0", "CLK1", "NONE", "CLK0"),
    ("CLK2", "NONE", "CLK3", "NONE")])
def test_multiplier(first, second, middle, last):
    rng = random.Random(f"{first}{second}{middle}{last}")
    pins = ([f"{name}{bit}" for name in "AB" for bit in range(18)]
            + ["SIGNEDA", "SIGNEDB"]
            + [f"{name}{bit}" for name in ("CE", "RST") for bit in range(4)])
    chosen = {"REG_INPUTA_CLK": first, "REG_INPUTB_CLK": second, "REG_PIPELINE_CLK": middle,
              "REG_OUTPUT_CLK": last, "REG_INPUTA_CE": "CE1", "REG_INPUTB_RST": "RST2",
              "REG_PIPELINE_CE": "CE3", "SOURCEB_MODE": "B_SHIFT", "RESETMODE": "SYNC"}
    rest = {"REG_INPUTA_RST": "RST0", "REG_INPUTB_CE": "CE0", "REG_PIPELINE_RST": "RST0",
            **{f"CLK{bit}MUX": f"CLK{bit}" for bit in range(4)}}
    clocks = [f"CLK{bit}" for bit in range(4)]
    cell = Cell("MULT18X18D", chosen | rest, heard(pins) | {"SOURCEA": 0, "SOURCEB": 0}
                | dict.fromkeys(clocks, ("outside", "clk")))
    outputs = {f"P{bit}": ("cell", f"P{bit}") for bit in range(36)}
    stimulus = [row | {"SOURCEA": 0, "SOURCEB": 0}
                for row in drawn(rng, pins, rare=[f"RST{bit}" for bit in range(4)])]
    theirs = modelled("MULT18X18D", [*pins, "SOURCEA", "SOURCEB"], outputs, clocks,
                      {key: f'"{value}"' for key, value in chosen.items()}, stimulus)
    ours = lowered({"cell": cell}, [*pins, "clk"], outputs)(
        [{pin: value for pin, value in row.items() if not pin.startswith("SOURCE")}
         for row in stimulus])
    agree(ours, theirs, 1)


def test_the_other_operand_of_a_chain_is_nothing():
    pins = [f"{name}{bit}" for name in "AB" for bit in range(18)]
    settings = {f"REG_{name}_CLK": "NONE" for name in ("INPUTA", "INPUTB", "PIPELINE", "OUTPUT")}
    cell = Cell("MULT18X18D", settings | {"SOURCEB_MODE": "B_SHIFT", "RESETMODE": "SYNC"},
                heard(pins) | {"SIGNEDA": 0, "SIGNEDB": 0, "SOURCEA": ("outside", "S"),
                               "SOURCEB": 0})
    run = lowered({"cell": cell}, [*pins, "S"], {f"P{bit}": ("cell", f"P{bit}")
                                                 for bit in range(36)})
    full = dict.fromkeys(pins, 1)
    shown = [sum(value << int(pin[1:]) for pin, value in row.items())
             for row in run([full | {"S": 0}, full | {"S": 1}])]
    assert shown == [(2**18 - 1) ** 2, 0]


@pytest.mark.parametrize(("cell", "words"), [
    (Cell("ALU54B", {}, {}), "X1/Y1/Z: a ALU54B has no model"),
    (Cell("DCCA", {"MODE": "DCCA"}, {"CLKI": 0, "CE": ("X1/Y1/Z", "CLKO")}), "can be stopped"),
    (Cell("TRELLIS_FF", {"LSRMODE": "PRLD"}, {}), "PRLD"),
])
def test_what_has_no_model_is_refused(cell, words):
    with pytest.raises(ValueError, match=words):
        lower(Circuit({"X1/Y1/Z": cell}, {}), FabricNet())


def test_pads():
    made = {
        "in": Cell("TRELLIS_IO", {"DIRECTION": "INPUT"}, {"I": 0, "T": 1}),
        "out": Cell("TRELLIS_IO", {"DIRECTION": "OUTPUT"}, {"I": ("in", "O"), "T": ("in", "O")}),
        "low": Cell("TRELLIS_IO", {"DIRECTION": "OUTPUT"}, {"I": ("in", "O"), "T": 0})}
    network = FabricNet()
    lower(Circuit(made, {}), network)
    network.input("given", network.net(("in", "PAD")))
    for place in ("out", "low"):
        network.output(place, network.net((place, "PAD_OUT")))
    assert respond(network, [{"given": 0}, {"given": 1}]) == [
        {"out": 0, "low": 0}, {"out": 1, "low": 1}]
