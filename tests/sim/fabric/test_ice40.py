"""iCE40 cells in the simulator against Yosys's models of the same, with random levels."""

import random

import pytest
from amaranth.hdl import unsigned
from amaranth.lib import wiring

from cortigate.boards.bitstream.circuit import Cell, Circuit
from cortigate.boards.bitstream.ice40.blocks import DEFAULTS, MAC16_SETTINGS, PINS, PLL_SETTINGS
from cortigate.sim.cells.family import family
from cortigate.sim.cells.stimulus import run_verilog
from cortigate.sim.fabric.ice40 import lower
from cortigate.sim.fabric.network import FabricNet
from cortigate.sim.fabric.run import respond
from cortigate.sim.simulator import missing

needs_icarus = pytest.mark.skipif(missing("icarus") is not None, reason="Icarus is missing")
PLACE = "X1/Y1/x"
CYCLES = 400


def one_cell(kind, settings, inputs, outputs):
    """`FabricNet` of a cell. Inputs: pin -> name outside or level; outputs: pin -> name outside."""
    pins = {pin: DEFAULTS.get(pin, 0) for pin in PINS.get(kind, ())} | {
        pin: level if isinstance(level, int) else ("outside", level)
        for pin, level in inputs.items() if pin != "PAD"}
    cells = {PLACE: Cell(kind, settings, pins)}
    for i, pin in enumerate(outputs):  # something hears each output
        cells[f"ear{i}"] = Cell("SB_GB", {"FOR_PAD_IN": 0},
                                {"USER_SIGNAL_TO_GLOBAL_BUFFER": (PLACE, pin)})
    network = FabricNet()
    lower(Circuit(cells, {}), network)
    for pin, name in inputs.items():
        if pin == "PAD":
            network.input(name, network.net((PLACE, "PAD")))
        elif not isinstance(name, int) and name not in network.inputs:
            network.input(name, network.net(("outside", name)))
    for pin, name in outputs.items():
        network.output(name, network.net((PLACE, pin)))
    return network


def check(kind, settings, inputs, outputs, instance, stimulus):
    """Both models wherever Yosys's is defined; returns how many values that were.

    The clock is the input `k`, which rises and falls while the others stand. What a cell shows
    before its first edge is not compared.
    """
    clocked = "k" in inputs.values()
    stimulus = [row | {"k": level} if clocked else row
                for row in stimulus for level in (0, 1, 0)]
    ports, widths = {}, {}
    for flow, names in ((wiring.In, inputs.values()), (wiring.Out, outputs.values())):
        for name in names:
            base, _, bit = str(name).rstrip("]").partition("[")
            if not isinstance(name, int):
                widths[base] = max(widths.get(base, 1), int(bit or 0) + 1)
                ports[base] = flow
    header = ", ".join(f"{'input' if flow is wiring.In else 'output'} [{widths[base] - 1}:0] {base}"
                       for base, flow in ports.items())
    text = f"module dut({header});\n{instance}\nendmodule\n"
    theirs = run_verilog(text + family("ice40").models(text), "dut",
                         {base: (flow, unsigned(widths[base])) for base, flow in ports.items()},
                         stimulus)
    ours = respond(one_cell(kind, settings, inputs, outputs), stimulus)
    compared = 0
    start = 3 if clocked else 0
    for cycle, (expected, seen) in enumerate(zip(theirs[start:], ours[start:], strict=True)):
        for name, value in expected.items():
            compared += value is not None
            assert value in (None, seen[name]), (cycle, name)
    return compared


def bus(pin, name, width):
    """Pins pin_0, pin_1, … -> name[0], name[1], …"""
    return {f"{pin}_{bit}": f"{name}[{bit}]" for bit in range(width)}


def levels(seed, **widths):
    """Random stimulus: name -> number of bits, or the share of ones of a single bit."""
    rng = random.Random(seed)
    return [{name: rng.getrandbits(width) if isinstance(width, int) else int(rng.random() < width)
             for name, width in widths.items()} for _ in range(CYCLES)]


@needs_icarus
@pytest.mark.parametrize("kind", ["", "E", "SR", "R", "SS", "S", "ESR", "ER", "ESS", "ES", "N",
                                  "NESR", "NES"])
def test_registers(kind):
    enabled = "E" in kind
    reset = kind.removeprefix("N").removeprefix("E")
    settings = {"NEG_CLK": int("N" in kind), "SET_NORESET": int(reset.endswith("S")),
                "ASYNC_SR": int(len(reset) == 1)}
    pins = [".C(k), .D(d), .Q(q)", *[".E(e)"] * enabled, *[f".{reset[-1:]}(s)"] * bool(reset)]
    widths = {"d": 1} | ({"e": 1} if enabled else {}) | ({"s": 0.3} if reset else {})
    compared = check("ICE40_FF", settings,
                     {"CLK": "k", "D": "d", "CEN": "e" if enabled else 1,
                      "SR": "s" if reset else 0}, {"Q": "q"},
                     f"SB_DFF{kind} dut({', '.join(pins)});", levels(1, **widths))
    assert compared > CYCLES // 2


@needs_icarus
def test_carry():
    check("ICE40_CARRY", {}, {"A": "x[0]", "B": "x[1]", "CI": "x[2]"}, {"CO": "co"},
          "SB_CARRY dut(.I0(x[0]), .I1(x[1]), .CI(x[2]), .CO(co));", levels(2, x=3))


RAM_PINS = (bus("RADDR", "ra", 11) | bus("WADDR", "wa", 11) | bus("WDATA", "wd", 16)
            | bus("MASK", "mask", 16)
            | {"RCLK": "k", "WCLK": "k", "RE": "re", "WE": "we", "RCLKE": "rce",
               "WCLKE": "wce"})


@needs_icarus
@pytest.mark.parametrize(("read_mode", "write_mode", "edges"),
                         [(0, 0, ""), (1, 0, ""), (0, 1, "NR"), (2, 3, "NW"), (3, 2, "NRNW"),
                          (1, 1, ""), (3, 3, "")])
def test_block_ram(read_mode, write_mode, edges):
    rng = random.Random(3)
    init = rng.getrandbits(4096)
    settings = {"READ_MODE": read_mode, "WRITE_MODE": write_mode, "NEG_CLK_R": int("NR" in edges),
                "NEG_CLK_W": int("NW" in edges), "INIT": init}
    contents = ", ".join(f".INIT_{i:X}(256'h{init >> 256 * i & (1 << 256) - 1:x})"
                         for i in range(16))
    clocks = ", ".join(f".{port}CLK{'N' if f'N{port}' in edges else ''}(k)" for port in "RW")
    stimulus = levels(4, ra=11, wa=11, wd=16, mask=16, re=0.8, we=0.6, rce=0.8, wce=0.8)
    for row in stimulus:  # few words, so that what was written is read
        row["ra"] &= 0x707
        row["wa"] &= 0x707
        if edges in ("", "NRNW"):  # never at the same time
            row["wa"] ^= (row["wa"] ^ row["ra"] ^ 1) & 1
    compared = check("ICESTORM_RAM", settings, RAM_PINS, bus("RDATA", "rd", 16),
                     f"SB_RAM40_4K{edges} #(.READ_MODE({read_mode}), .WRITE_MODE({write_mode}), "
                     f"{contents}) dut(.RDATA(rd), .RADDR(ra), .WADDR(wa), .WDATA(wd), "
                     f".MASK(mask), {clocks}, .RE(re), .WE(we), .RCLKE(rce), .WCLKE(wce));",
                     stimulus)
    assert compared > CYCLES // 2


@needs_icarus
def test_large_ram():
    inputs = (bus("ADDRESS", "a", 14) | bus("DATAIN", "d", 16) | bus("MASKWREN", "m", 4)
              | {"CLOCK": "k", "WREN": "w", "CHIPSELECT": "s", "POWEROFF": 1})
    stimulus = levels(5, a=14, d=16, m=4, w=0.5, s=0.9)
    for row in stimulus:
        row["a"] &= 0x2003
    compared = check("ICESTORM_SPRAM", {}, inputs, bus("DATAOUT", "q", 16),
                     "SB_SPRAM256KA dut(.CLOCK(k), .ADDRESS(a), .DATAIN(d), .MASKWREN(m), "
                     ".WREN(w), .CHIPSELECT(s), .STANDBY(1'b0), .SLEEP(1'b0), .POWEROFF(1'b1), "
                     ".DATAOUT(q));", stimulus)
    assert compared > CYCLES // 4


@needs_icarus
@pytest.mark.parametrize("given", [
    {"A_REG": 1, "B_REG": 1, "PIPELINE_16x16_MULT_REG2": 1, "A_SIGNED": 1, "B_SIGNED": 1},
    {"A_REG": 1, "A_SIGNED": 1}, {"B_REG": 1, "PIPELINE_16x16_MULT_REG2": 1}, {"B_SIGNED": 1}])
def test_multiplier(given):
    settings = dict.fromkeys(MAC16_SETTINGS, 0) | given | {"TOPOUTPUT_SELECT": 3,
                                                          "BOTOUTPUT_SELECT": 3}
    inputs = (bus("A", "a", 16) | bus("B", "b", 16)
              | {"CLK": "k", "CE": "ce", "AHOLD": "ah", "BHOLD": "bh", "IRSTTOP": "rt",
                 "IRSTBOT": "rb"})
    zero = ("CHOLD", "DHOLD", "ORSTTOP", "ORSTBOT", "OLOADTOP", "OLOADBOT", "ADDSUBTOP",
            "ADDSUBBOT", "OHOLDTOP", "OHOLDBOT", "CI", "ACCUMCI", "SIGNEXTIN", "C", "D")
    chosen = ", ".join(f".{name}({value})" for name, value in settings.items())
    compared = check("ICESTORM_DSP", settings, inputs, bus("O", "o", 32),
                     f"SB_MAC16 #({chosen}) dut(.CLK(k), .CE(ce), .A(a), .B(b), .AHOLD(ah), "
                     f".BHOLD(bh), .IRSTTOP(rt), .IRSTBOT(rb), .O(o), "
                     f"{', '.join(f'.{pin}(1{chr(39)}b0)' for pin in zero)});",
                     levels(6, a=16, b=16, ce=0.8, ah=0.2, bh=0.2, rt=0.1, rb=0.1))
    assert compared > CYCLES // 2


PAD_PINS = {"PAD": "pad", "D_OUT_0": "d", "OUTPUT_ENABLE": "oe", "CLOCK_ENABLE": "ce",
            "INPUT_CLK": "k", "OUTPUT_CLK": "k"}


@needs_icarus
@pytest.mark.parametrize(("kind", "falling"), [(0b000001, 0), (0b000000, 0), (0b000000, 1)])
def test_input_pad(kind, falling):
    settings = {"PIN_TYPE": kind, "INPUT_ENABLE": 1, "PULLUP": "none", "NEG_TRIGGER": falling}
    check("SB_IO", settings, PAD_PINS, {"D_IN_0": "q"},
          "wire p; assign p = pad; SB_IO "
          f"#(.PIN_TYPE(6'd{kind}), .NEG_TRIGGER({falling})) dut(.PACKAGE_PIN(p), "
          ".INPUT_CLK(k), .OUTPUT_CLK(k), .CLOCK_ENABLE(ce), .D_IN_0(q), .D_OUT_0(d), "
          ".D_OUT_1(1'b0), .OUTPUT_ENABLE(oe), .LATCH_INPUT_VALUE(1'b0));",
          levels(7, pad=1, d=1, oe=1, ce=0.7))


@needs_icarus
@pytest.mark.parametrize("kind", [0b011001, 0b101001, 0b010101, 0b011101, 0b100101])
def test_output_pad(kind):
    settings = {"PIN_TYPE": kind, "INPUT_ENABLE": 0, "PULLUP": "none", "NEG_TRIGGER": 0}
    inputs = {pin: name for pin, name in PAD_PINS.items() if pin != "PAD"}
    check("SB_IO", settings, inputs, {"PAD_OUT": "q"},
          "wire p; pullup(p); assign q = p; SB_IO "
          f"#(.PIN_TYPE(6'd{kind})) dut(.PACKAGE_PIN(p), .INPUT_CLK(k), .OUTPUT_CLK(k), "
          ".CLOCK_ENABLE(ce), .D_OUT_0(d), .D_OUT_1(1'b0), .OUTPUT_ENABLE(oe), "
          ".LATCH_INPUT_VALUE(1'b0));", levels(8, d=1, oe=1, ce=0.7))


def test_pll_and_buffer_are_wires():
    settings = dict.fromkeys(PLL_SETTINGS, 0) | {"PLLTYPE": 2}
    inputs = {"PACKAGEPIN": "in", "RESETB": 1}
    network = one_cell("ICESTORM_PLL", settings, inputs, {"PLLOUT_A": "out", "LOCK": "lock"})
    stimulus = levels(9, **{"in": 1})
    assert respond(network, stimulus) == [{"out": row["in"], "lock": 1} for row in stimulus]


@pytest.mark.parametrize(("kind", "settings", "inputs", "outputs", "said"), [
    ("ICESTORM_DSP", dict.fromkeys(MAC16_SETTINGS, 0), {}, {"O_0": "o"}, "TOPOUTPUT_SELECT 0"),
    ("ICESTORM_SPRAM", {}, {"POWEROFF": 0}, {}, "POWEROFF that is not 1"),
    ("ICESTORM_PLL", {}, {"RESETB": "r", "BYPASS": 0}, {}, "RESETB that is not 1"),
    ("SB_IO", {"PIN_TYPE": 0b110001, "NEG_TRIGGER": 0}, {}, {}, "PIN_TYPE 110001"),
    ("SB_IO", {"PIN_TYPE": 0b000011, "NEG_TRIGGER": 0}, {}, {"D_IN_0": "q"}, "latch"),
    ("SB_I2C", {}, {}, {}, "a SB_I2C")])
def test_what_has_no_model_is_refused_with_its_place(kind, settings, inputs, outputs, said):
    with pytest.raises(ValueError, match=f"{PLACE}: .*{said}"):
        one_cell(kind, settings, inputs, outputs)
