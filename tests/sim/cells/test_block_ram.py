"""The models of block RAMs that Yosys ships none of, each alone against a model in Python."""

import random

import pytest

from cortigate.sim.simulator import missing

from ...campaign import some
from .block_ram import BlockRam, Port, check, drawn_inputs, wrapper

pytestmark = pytest.mark.skipif(missing("icarus") is not None, reason=missing("icarus") or "")

MODES = ("NORMAL", "WRITETHROUGH", "READBEFOREWRITE")


def scalar(pin, name, first=0, bits=18):
    """Connections of the scalar pins of a vector."""
    return ", ".join(f".{pin}{i}({name}[{first + i}])" for i in range(bits))


def instance(cell, parameters, pins):
    chosen = ", ".join(f".{name}({value})" for name, value in parameters.items())
    return f"{cell} #({chosen}) ram ({', '.join(pins)});"


@pytest.mark.parametrize("seed", some(range(25), every=2))
def test_dp16kd(seed):
    """Every pair of widths; write modes, registers, chip selects and resets by chance."""
    rng = random.Random(seed)
    widths = [1, 2, 4, 9, 18]
    ports = [Port(width, rng.randrange(3), rng.random() < 0.5)
             for width in (widths[seed % 5], widths[seed // 5])]
    reset, init = rng.choice(["SYNC", "ASYNC"]), [rng.getrandbits(320) for _ in range(64)]
    parameters = {f"INITVAL_{i:02X}": f"320'h{row:x}" for i, row in enumerate(init)}
    parameters["RESETMODE"] = f'"{reset}"'
    pins, body = [], ""
    for side, name, port in zip("ab", "AB", ports, strict=True):
        decoded = rng.randrange(8)
        parameters |= {f"DATA_WIDTH_{name}": port.width,
                       f"REGMODE_{name}": '"OUTREG"' if port.registered else '"NOREG"',
                       f"WRITEMODE_{name}": f'"{MODES[port.mode]}"',
                       f"CSDECODE_{name}": f'"0b{decoded:03b}"'}
        # Port a is disabled by its clock enable, port b by its chip select.
        body += f"wire [2:0] cs_{side} = 3'd{decoded}"
        body += ";\n" if name == "A" else f" ^ (enable_b ? 0 : {rng.randrange(1, 8)});\n"
        pins += [scalar(f"DI{name}", f"data_{side}"), scalar(f"AD{name}", f"address_{side}", 0, 14),
                 scalar(f"DO{name}", f"out_{side}"), scalar(f"CS{name}", f"cs_{side}", 0, 3),
                 f".CLK{name}(clk), .OCE{name}(out_enable_{side}), .WE{name}(write_{side})",
                 f".RST{name}(reset_{side}), .CE{name}({'enable_a' if name == 'A' else 1})"]
    text = wrapper(body + instance("DP16KD", parameters, pins), 18, ["out_a", "out_b"])
    contents = {(32 * i + 2 * j + k // 9, k % 9): row >> 20 * j + k & 1
                for i, row in enumerate(init) for j in range(16) for k in range(18)}
    model = BlockRam(ports, contents, blocks=reset == "SYNC", asynchronous=reset == "ASYNC")
    assert check(text, 18, ["out_a", "out_b"], drawn_inputs(rng, ports), model, "ecp5") > 100


@pytest.mark.parametrize("width", [4, 9, 18, 36])
@pytest.mark.parametrize("registered", [False, True])
def test_dp16kd_with_words_of_36_bits(width, registered):
    """Written through the data pins of both ports, read through the outputs of both."""
    rng = random.Random(width)
    ports = [Port(36), Port(width, 0, registered, False)]
    parameters = {"DATA_WIDTH_A": 36, "DATA_WIDTH_B": width,
                  "REGMODE_B": '"OUTREG"' if registered else '"NOREG"'}
    pins = [scalar("DIA", "data_a"), scalar("DIB", "data_a", 18), scalar("DOA", "low"),
            scalar("DOB", "high"), scalar("ADA", "address_a", 0, 14),
            scalar("ADB", "address_b", 0, 14), ".CLKA(clk), .CLKB(clk), .CEA(enable_a)",
            ".CEB(enable_b), .WEA(write_a), .WEB(1'b0), .OCEA(1'b0), .OCEB(out_enable_b)",
            ".RSTA(1'b0), .RSTB(reset_b)", *(f".CS{side}{i}(1'b0)" for side in "AB"
                                             for i in range(3))]
    body = "wire [17:0] low, high;\nassign out_b = "
    body += "{high, low};\n" if width == 36 else "high;\n"
    inputs = drawn_inputs(rng, ports)
    for pair in inputs:
        pair[0]["reset"] = 0
    text = wrapper(body + instance("DP16KD", parameters, pins), 36, ["out_b"])
    model = BlockRam(ports, {(b, i): 0 for b in range(2048) for i in range(9)}, blocks=True)
    assert check(text, 36, ["out_b"], inputs, model, "ecp5") > 100


def test_dp16kd_with_a_port_at_the_falling_edge():
    """It reads what was written half a cycle before, and nothing is undefined."""
    pins = [scalar("DIA", "data_a"), scalar("ADA", "address_a", 0, 14), scalar("DOB", "out_b"),
            scalar("ADB", "address_b", 0, 14),
            ".CLKA(clk), .CLKB(clk), .CEA(1'b1), .CEB(1'b1), .WEA(1'b1), .WEB(1'b0), .OCEA(1'b0)",
            ".OCEB(1'b0), .RSTA(1'b0), .RSTB(1'b0)",
            *(f".CS{side}{i}(1'b0)" for side in "AB" for i in range(3))]
    body = instance("DP16KD", {"CLKBMUX": '"INV"'}, pins)
    inputs = [[{"address": 16 * 9 + 3, "data": 1000 + i}, {"address": 16 * 9}] for i in range(20)]

    class Late:
        value = None  # the clock's first value is an edge for one that is inverted

        def outputs(self, pair):
            return [None, self.value]

        def edge(self, pair):
            self.value = pair[0]["data"]

    assert check(wrapper(body, 18, ["out_b"]), 18, ["out_b"], inputs, Late(), "ecp5") == 19


def gowin(name, ports, reset):
    """(Parameters, pins, outputs) of one of Gowin's block RAMs behind ports a and b."""
    select = "(enable_{0} ? 3'd5 : 3'd4)"
    parameters = {"RESET_MODE": f'"{reset}"'}
    if name.startswith("SP"):
        return parameters | {
            "BIT_WIDTH": ports[0].width, "READ_MODE": int(ports[0].registered),
            "WRITE_MODE": ports[0].mode, "BLK_SEL": 5,
        }, [".CLK(clk), .CE(1'b1), .OCE(out_enable_a), .RESET(reset_a), .WRE(write_a)",
            ".AD(address_a), .DI(data_a), .DO(out_a)", f".BLKSEL({select.format('a')})"], ["out_a"]
    parameters |= {"BIT_WIDTH_0": ports[0].width, "BIT_WIDTH_1": ports[1].width,
                   "BLK_SEL_0": 5, "BLK_SEL_1": 5}
    pins = [".CLKA(clk), .CLKB(clk), .RESETA(reset_a), .RESETB(reset_b), .CEB(1'b1)",
            ".ADA(address_a), .ADB(address_b)", f".BLKSELA({select.format('a')})",
            f".BLKSELB({select.format('b')})"]
    if name.startswith("SDP"):
        return parameters | {"READ_MODE": int(ports[1].registered)}, [
            *pins, ".CEA(write_a), .OCE(out_enable_b), .DI(data_a), .DO(out_b)"], ["out_b"]
    for p in range(2):
        parameters |= {f"READ_MODE{p}": int(ports[p].registered), f"WRITE_MODE{p}": ports[p].mode}
    return parameters, [
        *pins, ".CEA(1'b1), .WREA(write_a), .WREB(write_b), .OCEA(out_enable_a)",
        ".OCEB(out_enable_b), .DIA(data_a), .DIB(data_b), .DOA(out_a), .DOB(out_b)",
    ], ["out_a", "out_b"]


@pytest.mark.parametrize("name, seed", some(
    ["SDPB", "SDPX9B", "SP", "SPX9", "DPB", "DPX9B"], range(4), every=2))
def test_gowin_block_ram(name, seed):
    rng = random.Random(seed)
    byte = 9 if "9" in name else 8
    widths = ([1, 2, 4] if byte == 8 else []) + [byte, 2 * byte]
    widths += [] if name.startswith("DP") else [4 * byte]
    ports = [Port(widths[(seed + shift) % len(widths)], rng.randrange(3), rng.random() < 0.5)
             for shift in (0, seed // 2 + 1)]
    if name.startswith("SDP"):
        ports = [Port(ports[0].width), Port(ports[1].width, 0, ports[1].registered, False)]
    reset = ("SYNC", "ASYNC")[seed % 2]
    init = [rng.getrandbits(32 * byte) for _ in range(64)]
    parameters, pins, outputs = gowin(name, ports, reset)
    parameters |= {f"INIT_RAM_{i:02X}": f"{32 * byte}'h{row:x}" for i, row in enumerate(init)}
    inputs = drawn_inputs(rng, ports)
    for pair in inputs:
        if name.startswith("SDP"):  # clock enable is this port's only way to write
            pair[0]["enable"] &= pair[0]["write"]
        if name.startswith("SP"):  # has no other port
            pair[1]["enable"] = 0
    width = (2 if name.startswith("DP") else 4) * byte
    text = wrapper(instance(name, parameters, pins), width, outputs)
    contents = {(32 * i + j, k): row >> byte * j + k & 1 for i, row in enumerate(init)
                for j in range(32) for k in range(byte)}
    model = BlockRam(ports, contents, byte=byte, asynchronous=reset == "ASYNC")
    assert check(text, width, outputs, inputs, model, "gowin") > 100
