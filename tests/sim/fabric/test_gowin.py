"""Gowin cells in the simulator against Verilog models of the same, with random levels."""

import random

import pytest
from amaranth.hdl import unsigned
from amaranth.lib import wiring

from cortigate.boards.bitstream.circuit import Cell, Circuit
from cortigate.boards.bitstream.gowin import memory, multiplier
from cortigate.boards.bitstream.gowin.carry import MODES
from cortigate.sim.cells.family import family
from cortigate.sim.cells.stimulus import run_verilog
from cortigate.sim.fabric.gowin import lower
from cortigate.sim.fabric.network import FabricNet
from cortigate.sim.fabric.run import respond
from cortigate.sim.simulator import missing

needs_icarus = pytest.mark.skipif(missing("icarus") is not None, reason="Icarus is missing")
PLACE = "X1Y1/x"
CYCLES = 400


def bus(pin, name, width, first=0):
    """Pins pin0, pin1, … -> name[0], name[1], …"""
    return {f"{pin}{bit}": f"{name}[{first + bit}]" for bit in range(width)}


def one_cell(kind, settings, inputs, outputs):
    """`FabricNet` of a cell. Inputs: pin -> name outside or level; outputs: pin -> name outside."""
    pins = {pin: level if isinstance(level, int) else ("outside", level)
            for pin, level in inputs.items()}
    ears = {f"ear{number}": (PLACE, pin) for number, pin in enumerate(outputs)}
    network = FabricNet()
    lower(Circuit({PLACE: Cell(kind, settings, pins),
                   "ears": Cell("CONFIGURATION", {}, ears | {"GSRI": 1})}, {}), network)
    for name in inputs.values():
        if not isinstance(name, int) and name not in network.inputs:
            network.input(name, network.net(("outside", name)))
    for pin, name in outputs.items():
        network.output(name, network.net((PLACE, pin)))
    return network


def check(kind, settings, inputs, outputs, instance, stimulus, *, filled=0):
    """Both models wherever the Verilog one is defined; returns how many values that were.

    The clock is the input `k`, which rises and falls while the others stand. What a cell shows in
    the first `filled` cycles is not compared.
    """
    clocked = "k" in inputs.values()
    stimulus = [row | {"k": level} if clocked else row
                for row in stimulus for level in ((0, 1, 0) if clocked else (0,))]
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
    theirs = run_verilog(text + family("gowin").models(text), "dut",
                         {base: (flow, unsigned(widths[base])) for base, flow in ports.items()},
                         stimulus)
    ours = respond(one_cell(kind, settings, inputs, outputs), stimulus)
    compared = 0
    for cycle, (expected, seen) in enumerate(zip(theirs, ours, strict=True)):
        if cycle < 3 * filled:
            continue
        for name, value in expected.items():
            compared += value is not None
            assert value in (None, seen[name]), (cycle, name)
    return compared


@needs_icarus
@pytest.mark.parametrize("mode", [mode for mode in MODES if mode.isdecimal()])
def test_carry(mode):
    stimulus = [{"i": number} for number in range(16)]
    pins = {"I0": "i[0]", "I1": "i[1]", "I2": 1, "I3": "i[2]", "CIN": "i[3]"}
    assert check("ALU", {"TABLE": MODES[mode]}, pins, {"SUM": "s", "COUT": "c"},
                 f"ALU #(.ALU_MODE({mode})) alu(.SUM(s), .COUT(c), .I0(i[0]), .I1(i[1]), "
                 ".I3(i[2]), .CIN(i[3]));", stimulus) == 32


@needs_icarus
def test_selector():
    assert check("MUX2", {}, {"I0": "i[0]", "I1": "i[1]", "S0": "i[2]"}, {"O": "o"},
                 "MUX2 mux(.O(o), .I0(i[0]), .I1(i[1]), .S0(i[2]));",
                 [{"i": number} for number in range(8)]) == 8


@needs_icarus
@pytest.mark.parametrize("name", ["DFF", "DFFE", "DFFSE", "DFFRE", "DFFPE", "DFFCE", "DFFNRE",
                                  "DFFN", "DFFNP"])
def test_register(name):
    kind = name.strip("DEFN")
    pin, reset, value = {"": (None, "none", 0), "S": ("SET", "sync", 1), "R": ("RESET", "sync", 0),
                         "P": ("PRESET", "async", 1), "C": ("CLEAR", "async", 0)}[kind]
    settings = {"EDGE": "falling" if name[3:4] == "N" else "rising", "RESET": reset,
                "VALUE": value, "INIT": value}
    enabled = name.endswith("E")
    rng = random.Random(name)
    stimulus = [{"d": rng.getrandbits(1)} | ({"e": rng.getrandbits(1)} if enabled else {})
                | ({"r": rng.random() < 0.2} if pin else {}) for _ in range(CYCLES)]
    text = f"{name} register(.Q(q), .D(d), .CLK(k){', .CE(e)' if enabled else ''}"
    text += f", .{pin}(r));" if pin else ");"
    assert check("DFF", settings, {"D": "d", "CLK": "k", "CE": "e" if enabled else 1,
                                   "RESET": "r" if pin else 0}, {"Q": "q"}, text,
                 stimulus, filled=2) > CYCLES


@needs_icarus
def test_small_ram():
    rng = random.Random(2)
    first = {f"INIT_{bit}": rng.getrandbits(16) for bit in range(4)}
    pins = {"CLK": "k", "CE": 1, "WRE": "w", **bus("DI", "d", 4), **bus("WAD", "wa", 4),
            **{f"RAD{n}_{bit}": f"ra[{n}]" for n in range(4) for bit in range(4)}}
    stimulus = [{"w": rng.getrandbits(1), "d": rng.getrandbits(4), "wa": rng.getrandbits(4),
                 "ra": rng.getrandbits(4)} for _ in range(CYCLES)]
    parameters = ", ".join(f".{name}(16'd{value})" for name, value in first.items())
    assert check("RAM16SDP4", first, pins, bus("DO", "q", 4),
                 f"RAM16SDP4 #({parameters}) ram(.DO(q), .DI(d), .WAD(wa), .RAD(ra), .WRE(w), "
                 ".CLK(k));", stimulus) > CYCLES


def ram_parameters(first, nine):
    """Contents as parameters of a primitive, from the bits of a block."""
    bits = [first >> n & 1 for n in range(18432) if nine or n % 9 != 8]
    row = 288 if nine else 256
    return "".join(
        f", .INIT_RAM_{number:02X}({row}'h"
        f"{sum(bit << n for n, bit in enumerate(bits[row * number:row * (number + 1)])):x})"
        for number in range(64))


def settings_of(kind, parameters, nine, pins):
    """Settings of a block RAM as of a placed cell."""
    cell = {"type": kind, "attributes": {"BSRAM_SUBTYPE": "X9" if nine else ""},
            "parameters": {name: value if isinstance(value, str) else format(value, "032b")
                           for name, value in parameters.items()}}
    return memory.settings_of(cell, lambda pin: isinstance(pins.get(pin), int))[0]


def addresses(rng, count=8):
    return rng.sample(range(512), count)


@needs_icarus
@pytest.mark.parametrize(("width", "mode", "registered"), [
    (1, 0, 0), (2, 1, 1), (4, 2, 0), (9, 1, 0), (18, 0, 1), (18, 2, 0), (16, 1, 0), (8, 0, 0)])
def test_block_ram_with_two_ports(width, mode, registered):
    """DPB and DPX9B, both ports alike; they never touch the same byte in one cycle."""
    rng, nine = random.Random(width), width in (9, 18)
    first = sum(rng.getrandbits(1) << n for n in range(18432) if nine or n % 9 != 8)
    data = 18 if nine else 16
    pins, outputs = {}, {}
    for port, letter in (("A", "a"), ("B", "b")):
        pins |= {f"CLK{port}": "k", f"CE{port}": f"ce{letter}", f"OCE{port}": f"oce{letter}",
                 f"RESET{port}": f"r{letter}", f"WRE{port}": f"w{letter}",
                 **bus(f"AD{port}", f"ad{letter}", 14), **bus(f"BLKSEL{port}", f"s{letter}", 3)}
        places = [bit for bit in range(18) if nine or bit % 9 != 8]
        pins |= {f"DI{port}{bit}": 0 for bit in range(18)}
        for n, bit in enumerate(places[:data]):
            pins[f"DI{port}{bit}"] = f"di{letter}[{n}]"
            if n < width:
                outputs[f"DO{port}{bit}"] = f"do{letter}[{n}]"
    parameters = {"BIT_WIDTH_0": width, "BIT_WIDTH_1": width, "READ_MODE0": registered,
                  "READ_MODE1": registered, "WRITE_MODE0": mode, "WRITE_MODE1": mode,
                  "BLK_SEL_0": "101", "BLK_SEL_1": "010", "RESET_MODE": "SYNC"}
    places, stimulus = addresses(rng), []
    for _ in range(CYCLES):
        row = {}
        for letter, place, block in zip("ab", rng.sample(places, 2), (5, 2), strict=True):
            row |= {f"ad{letter}": place << 4 | rng.getrandbits(4),
                    f"di{letter}": rng.getrandbits(data), f"w{letter}": rng.getrandbits(1),
                    f"ce{letter}": rng.random() < 0.8,
                    f"oce{letter}": rng.random() < 0.8, f"r{letter}": rng.random() < 0.1,
                    f"s{letter}": block if rng.random() < 0.9 else rng.getrandbits(3)}
        stimulus.append(row)
    chosen = ", ".join(f".{name}({repr(value).replace(chr(39), chr(34))})"
                       if name == "RESET_MODE" else
                       f".{name}({len(value)}'b{value})" if isinstance(value, str) else
                       f".{name}({value})" for name, value in parameters.items())
    ports = ", ".join(f".CLK{p}(k), .CE{p}(ce{q}), .OCE{p}(oce{q}), .RESET{p}(r{q}), "
                      f".WRE{p}(w{q}), .AD{p}(ad{q}), .DI{p}(di{q}), .BLKSEL{p}(s{q}), "
                      f".DO{p}(all_{q})"
                      for p, q in (("A", "a"), ("B", "b")))
    kind = "DPX9B" if nine else "DPB"
    text = (f"wire [{data - 1}:0] all_a, all_b; assign doa = all_a; assign dob = all_b;\n"
            f"{kind} #({chosen}{ram_parameters(first, nine)}) ram({ports});")
    settings = settings_of("DP", parameters, nine, pins) | {"INIT": first}
    assert check("BSRAM", settings, pins, outputs, text, stimulus, filled=12) > CYCLES


@needs_icarus
@pytest.mark.parametrize(("write", "read", "registered"), [(36, 36, 0), (36, 36, 1), (18, 36, 0),
                                                          (36, 9, 0), (9, 9, 1), (4, 36, 0)])
def test_block_ram_that_reads_elsewhere_than_it_writes(write, read, registered):
    """SDPX9B; nothing is read where it is written in the same cycle."""
    rng = random.Random(write + read)
    first = sum(rng.getrandbits(1) << n for n in range(18432) if min(write, read) > 8 or n % 9 < 8)
    # With 18 bits and fewer the read data are those of port B, as nextpnr connects them.
    pins = {"CLKA": "k", "CEA": "cea", "OCEA": 0, "RESETA": 0, "WREA": 1, "CLKB": "k",
            "CEB": "ceb", "OCEB": "oce", "RESETB": "r", "WREB": int(read == 36),
            **bus("ADA", "ada", 14), **bus("ADB", "adb", 14), **bus("DIA", "di", 18),
            **bus("DIB", "di", 18, 18), **{f"BLKSEL{p}{n}": 0 for p in "AB" for n in range(3)}}
    outputs = (bus("DOA", "o", 18) | bus("DOB", "o", 18, 18) if read == 36
               else bus("DOB", "o", read))
    parameters = {"BIT_WIDTH_0": write, "BIT_WIDTH_1": read, "READ_MODE": registered,
                  "BLK_SEL_0": "000", "BLK_SEL_1": "000", "RESET_MODE": "SYNC"}
    places, stimulus = addresses(rng), []
    for _ in range(CYCLES):
        ours, theirs = rng.sample(places, 2)
        stimulus.append({"ada": ours << 5 & 0x3fff | rng.getrandbits(4), "di": rng.getrandbits(36),
                         "adb": theirs << 5 & 0x3fff, "cea": rng.random() < 0.7,
                         "ceb": rng.random() < 0.8, "oce": rng.random() < 0.8,
                         "r": rng.random() < 0.1})
    chosen = (f".BIT_WIDTH_0({write}), .BIT_WIDTH_1({read}), .READ_MODE({registered}), "
              '.RESET_MODE("SYNC")')
    text = (f"wire [35:0] all; assign o = all;\nSDPX9B #({chosen}{ram_parameters(first, True)}) "
            "ram(.CLKA(k), .CEA(cea), .CLKB(k), .CEB(ceb), .OCE(oce), .RESETA(1'b0), .RESETB(r), "
            ".ADA(ada), .ADB(adb), .DI(di), .BLKSELA(3'd0), .BLKSELB(3'd0), .DO(all));")
    settings = settings_of("SDP", parameters, True, pins) | {"INIT": first}
    assert check("BSRAM", settings, pins, outputs, text, [
        row for row in stimulus], filled=12) > CYCLES


@needs_icarus
@pytest.mark.parametrize("seed", range(6))
def test_multiplier(seed):
    rng = random.Random(seed)
    settings = {name: rng.getrandbits(1) for name in multiplier.REGISTERS} | {
        "SOA_REG": 0, "ASHIFT": 0, "BSHIFT": 0, "CLK": 0, "CE": 0, "RESET": 0,
        "SYNC": rng.getrandbits(1)}
    pins = {**bus("A", "a", 18), **bus("B", "b", 18), "ASIGN": "sa", "BSIGN": "sb", "ASEL": 0,
            "BSEL": 0, "CLK": "k", "CE": "e", "RESET": "r"}
    stimulus = [{"a": rng.getrandbits(18), "b": rng.getrandbits(18), "sa": rng.getrandbits(1),
                 "sb": rng.getrandbits(1), "e": rng.random() < 0.8, "r": rng.random() < 0.1}
                for _ in range(CYCLES)]
    chosen = ", ".join(f".{name}(1'b{settings[name]})" for name in multiplier.REGISTERS)
    mode = "SYNC" if settings["SYNC"] else "ASYNC"
    assert check("MULT18X18", settings, pins, bus("DOUT", "p", 36),
                 f'MULT18X18 #({chosen}, .MULT_RESET_MODE("{mode}")) block(.A(a), .B(b), '
                 ".SIA(18'd0), .SIB(18'd0), .ASIGN(sa), .BSIGN(sb), .ASEL(1'b0), .BSEL(1'b0), "
                 ".CE(e), .CLK(k), .RESET(r), .DOUT(p));", stimulus, filled=4) > CYCLES
