"""The models of multipliers that Yosys ships none of, each alone against a model in Python."""

import random

import pytest
from amaranth.hdl import unsigned
from amaranth.lib.wiring import In, Out

from cortigate.sim.cells import family
from cortigate.sim.cells.stimulus import run_verilog
from cortigate.sim.compiling import CompileError
from cortigate.sim.simulator import missing

pytestmark = pytest.mark.skipif(missing("icarus") is not None, reason=missing("icarus") or "")

CYCLES = 400
CORNERS = (0, 1, (1 << 17) - 1, 1 << 17, (1 << 18) - 1)


def value(bits, is_signed):
    return bits - (1 << 18) if is_signed and bits >> 17 else bits


class Register:
    """A register, or a wire where it is absent."""

    def __init__(self, present, enable, reset, asynchronous):
        self.present, self.enable, self.reset = present, enable, reset
        self.asynchronous, self.held, self.next = asynchronous, 0, 0

    def show(self, given, new):
        """What it shows in a cycle in which `new` stands at its input."""
        if not self.present:
            return new
        if given["rst"] >> self.reset & 1:
            self.next = 0
            if self.asynchronous:
                self.held = 0
        else:
            self.next = new if given["ce"] >> self.enable & 1 else self.held
        return self.held

    def edge(self):
        self.held = self.next


def operand(rng):
    return rng.choice(CORNERS) if rng.random() < 0.2 else rng.getrandbits(18)


def drawn_inputs(rng):
    """Signs and sources change seldom, so that products of every kind get through."""
    signs = source = 0
    for _ in range(CYCLES):
        if rng.random() < 0.1:
            signs, source = rng.getrandbits(2), rng.getrandbits(2)
        yield {"a": operand(rng), "b": operand(rng), "shift_a": operand(rng),
               "shift_b": operand(rng), "signs": signs, "source": source,
               "ce": rng.getrandbits(4) | rng.getrandbits(4),
               "rst": rng.getrandbits(4) & rng.getrandbits(4) & rng.getrandbits(4)}


INPUTS = {"a": 18, "b": 18, "shift_a": 18, "shift_b": 18, "signs": 2, "source": 2, "ce": 4,
          "rst": 4}
OUTPUTS = {"p": 36, "next_a": 18, "next_b": 18}


def run(instance, inputs, name):
    head = ", ".join([f"input [{bits - 1}:0] {port}" for port, bits in INPUTS.items()]
                     + [f"output [{bits - 1}:0] {port}" for port, bits in OUTPUTS.items()])
    text = f"module dut (input clk, {head});\n{instance}\nendmodule\n"
    ports = {n: (In, unsigned(b)) for n, b in INPUTS.items()}
    ports |= {n: (Out, unsigned(b)) for n, b in OUTPUTS.items()}
    return run_verilog(text + family(name).models(text), "dut", ports, inputs)


def scalar(pin, name, bits=18):
    return ", ".join(f".{pin}{i}({name}[{i}])" for i in range(bits))


@pytest.mark.parametrize("seed", range(16))
def test_mult18x18d(seed):
    """Every combination of registers, clocked by any clock, enabled and reset by any signal."""
    rng = random.Random(seed)
    reset = rng.choice(["SYNC", "ASYNC"])
    parameters, registers = {"RESETMODE": f'"{reset}"'}, {}
    for i, place in enumerate(("INPUTA", "INPUTB", "PIPELINE", "OUTPUT")):
        present, enable, clear = seed >> i & 1, rng.randrange(4), rng.randrange(4)
        registers[place] = Register(present, enable, clear, reset == "ASYNC")
        parameters |= {f"REG_{place}_CLK": f'"CLK{rng.randrange(4)}"' if present else '"NONE"',
                       f"REG_{place}_CE": f'"CE{enable}"', f"REG_{place}_RST": f'"RST{clear}"'}
    chosen = ", ".join(f".{key}({text})" for key, text in parameters.items())
    pins = [scalar("A", "a"), scalar("B", "b"), scalar("SRIA", "shift_a"),
            scalar("SRIB", "shift_b"), scalar("P", "p", 36), scalar("SROA", "next_a"),
            scalar("SROB", "next_b"), scalar("CE", "ce", 4), scalar("RST", "rst", 4),
            ", ".join(f".CLK{i}(clk)" for i in range(4)),
            ".SIGNEDA(signs[0]), .SIGNEDB(signs[1]), .SOURCEA(source[0]), .SOURCEB(source[1])"]
    inputs = list(drawn_inputs(rng))
    seen = run(f"MULT18X18D #({chosen}) cell_0 ({', '.join(pins)});", inputs, "ecp5")
    for cycle, given in enumerate(inputs):
        # Operands with their signs; a register that was reset holds an unsigned zero.
        a = registers["INPUTA"].show(given, given["shift_a" if given["source"] & 1 else "a"]
                                     | (given["signs"] & 1) << 18)
        b = registers["INPUTB"].show(given, given["shift_b" if given["source"] & 2 else "b"]
                                     | (given["signs"] >> 1) << 18)
        mask = (1 << 18) - 1
        product = value(a & mask, a >> 18) * value(b & mask, b >> 18)
        middle = registers["PIPELINE"].show(given, product)
        p = registers["OUTPUT"].show(given, middle)
        want = {"p": p & (1 << 36) - 1, "next_a": a & mask, "next_b": b & mask}
        assert seen[cycle] == want, f"cycle {cycle}"
        for register in registers.values():
            register.edge()


@pytest.mark.parametrize("seed", range(16))
def test_gowin_mult18x18(seed):
    rng = random.Random(seed)
    reset = rng.choice(["SYNC", "ASYNC"])
    flags = {"AREG": seed & 1, "BREG": seed >> 1 & 1, "PIPE_REG": seed >> 2 & 1,
             "OUT_REG": seed >> 3 & 1, "ASIGN_REG": rng.getrandbits(1),
             "BSIGN_REG": rng.getrandbits(1), "SOA_REG": rng.getrandbits(1)}
    registers = {name: Register(flag, 0, 0, reset == "ASYNC") for name, flag in flags.items()}
    chosen = ", ".join(f".{name}(1'b{flag})" for name, flag in flags.items())
    pins = (".A(a), .B(b), .SIA(shift_a), .SIB(shift_b), .ASIGN(signs[0]), .BSIGN(signs[1]), "
            ".ASEL(source[0]), .BSEL(source[1]), .CE(ce[0]), .CLK(clk), .RESET(rst[0]), "
            ".DOUT(p), .SOA(next_a), .SOB(next_b)")
    inputs = list(drawn_inputs(rng))
    seen = run(f'MULT18X18 #({chosen}, .MULT_RESET_MODE("{reset}")) cell_0 ({pins});', inputs,
               "gowin")
    for cycle, given in enumerate(inputs):
        a = registers["AREG"].show(given, given["shift_a" if given["source"] & 1 else "a"])
        b = registers["BREG"].show(given, given["shift_b" if given["source"] & 2 else "b"])
        product = (value(a, registers["ASIGN_REG"].show(given, given["signs"] & 1))
                   * value(b, registers["BSIGN_REG"].show(given, given["signs"] >> 1)))
        p = registers["OUT_REG"].show(given, registers["PIPE_REG"].show(given, product))
        next_a = registers["SOA_REG"].show(given, a)
        want = {"p": p & (1 << 36) - 1, "next_a": next_a, "next_b": b}
        assert seen[cycle] == want, f"cycle {cycle}"
        for register in registers.values():
            register.edge()


@pytest.mark.parametrize("seed", range(8))
def test_gw5a_mult27x36(seed):
    """Every combination of registers at A, B and behind the product, and before the output."""
    rng = random.Random(seed)
    places = ["AREG", "BREG", "PREG", "OREG"]
    present = [True, True, True, False] if seed == 0 else [rng.random() < 0.6 for _ in places]
    numbers = {place: rng.randrange(2) for place in places}
    registers = {place: Register(there, numbers[place], numbers[place], False)
                 for place, there in zip(places, present, strict=True)}
    chosen = ", ".join(
        f'.{place}_CLK("{"CLK0" if there else "BYPASS"}"), .{place}_CE("CE{numbers[place]}"), '
        f'.{place}_RESET("RESET{numbers[place]}")'
        for place, there in zip(places, present, strict=True))
    inputs = list(drawn_inputs(rng))
    for given in inputs:  # A and B beyond 18 bits
        given["high_a"], given["high_b"] = rng.getrandbits(9), rng.getrandbits(18)
    text = (f"module dut (input clk, input [17:0] a, b, input [8:0] high_a, input [17:0] high_b, "
            f"input [3:0] ce, rst, output [62:0] p);\nMULT27X36 #({chosen}) cell_0 (.DOUT(p), "
            ".A({high_a, a}), .B({high_b, b}), .D(26'd0), .CLK({1'b0, clk}), .CE(ce[1:0]), "
            ".RESET(rst[1:0]), .PSEL(1'b0), .PADDSUB(1'b0));\nendmodule\n")
    sizes = {"a": 18, "b": 18, "high_a": 9, "high_b": 18, "ce": 4, "rst": 4}
    ports = {name: (In, unsigned(bits)) for name, bits in sizes.items()} | {
        "p": (Out, unsigned(63))}
    seen = run_verilog(text + family("gw5a").models(text), "dut", ports, [
        {name: given[name] for name in sizes} for given in inputs])
    for cycle, given in enumerate(inputs):
        a = registers["AREG"].show(given, given["a"] | given["high_a"] << 18)
        b = registers["BREG"].show(given, given["b"] | given["high_b"] << 18)
        product = (a - (a >> 26 << 27)) * (b - (b >> 35 << 36))
        p = registers["OREG"].show(given, registers["PREG"].show(given, product))
        assert seen[cycle] == {"p": p & (1 << 63) - 1}, f"cycle {cycle}"
        for register in registers.values():
            register.edge()


def test_what_has_no_model_ends_the_simulation():
    with pytest.raises(CompileError, match="this configuration has no model"):
        run('MULT18X18D #(.MULT_BYPASS("ENABLED")) cell_0 (.A0(a[0]));', [{}] * 3, "ecp5")
    with pytest.raises(CompileError, match="this configuration has no model"):
        run('MULT27X36 #(.P_SEL(1\'b1)) cell_0 (.A({9\'d0, a}));', [{}] * 3, "gw5a")
