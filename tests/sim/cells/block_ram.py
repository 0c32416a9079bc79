"""A block RAM of 18 kbit in Python, by the makers' user guides, to hold the Verilog models to."""

from dataclasses import dataclass

from amaranth.hdl import unsigned
from amaranth.lib.wiring import In, Out

from cortigate.sim.cells import family
from cortigate.sim.cells.stimulus import run_verilog

NAMES = ("address", "data", "write", "enable", "out_enable", "reset")


@dataclass
class Port:
    """One port: bits of a word, what a write shows (0 nothing, 1 new, 2 old), output register."""

    width: int
    mode: int = 0
    registered: bool = False
    writes: bool = True


class BlockRam:
    """Two ports on 2048 bytes of 8 or 9 bits; None is an undefined bit or word.

    Parameters
    ----------
    ports : pair of Port
    contents : dict
        (Byte, bit) -> 0 or 1.
    byte : int
        Bits of a byte.
    blocks : bool
        Reset blocks a write.
    asynchronous : bool
        Reset acts at once.
    """

    def __init__(self, ports, contents, *, byte=9, blocks=False, asynchronous=False):
        self.ports, self.bits, self.byte = ports, dict(contents), byte
        self.blocks, self.asynchronous = blocks, asynchronous
        self.latches, self.shown = [0, 0], [0, 0]

    def place(self, width, address):
        """(Byte, bit) of every bit of the word at an address, which counts 8 bits in each byte."""
        if width < 8:
            first = address // width * width
            return [divmod(first + i, 8) for i in range(width)]
        size = width // self.byte
        first = address // 8 // size * size
        return [(first + i // self.byte, i % self.byte) for i in range(width)]

    def outputs(self, inputs):
        """What the ports show before the edge."""
        for p, given in enumerate(inputs):
            if self.asynchronous and given["reset"]:
                self.latches[p] = self.shown[p] = 0
        return [self.shown[p] if port.registered else self.latches[p]
                for p, port in enumerate(self.ports)]

    def edge(self, inputs):
        """A clock edge of both ports."""
        before, written, read = dict(self.bits), [set(), set()], [None, None]
        for p, (port, given) in enumerate(zip(self.ports, inputs, strict=True)):
            if not given["enable"]:
                continue
            places = self.place(port.width, given["address"])
            writes = given["write"] and not (given["reset"] and self.blocks)
            old = [before[at] for at in places]
            new = list(old)
            if writes:
                for i in range(port.width):
                    if port.width < 2 * self.byte or given["address"] >> i // self.byte & 1:
                        self.bits[places[i]] = new[i] = given["data"] >> i & 1
                        written[p].add(places[i][0])
            if not writes or port.mode:
                read[p] = new if writes and port.mode == 1 else old, {b for b, _ in places}
        for byte in written[0] & written[1]:
            self.bits |= {(byte, i): None for i in range(9)}
        for p, given in enumerate(inputs):
            if given["out_enable"]:
                self.shown[p] = self.latches[p]
            if read[p]:
                word, touched = read[p]
                undefined = None in word or touched & written[1 - p]
                self.latches[p] = None if undefined else sum(b << i for i, b in enumerate(word))
            if given["reset"]:
                self.latches[p] = self.shown[p] = 0


def drawn_inputs(rng, ports, cycles=500):
    """Inputs of both ports in every cycle, at few addresses, so that they often meet."""
    places = [rng.randrange(1 << 14) // 64 * 64 for _ in range(3)]
    return [[{
        "address": rng.choice(places) + rng.randrange(64), "data": rng.getrandbits(port.width),
        "write": int(port.writes and rng.random() < 0.4), "enable": int(rng.random() < 0.8),
        "out_enable": int(rng.random() < 0.8), "reset": int(rng.random() < 0.04),
    } for port in ports] for _ in range(cycles)]


def wrapper(body, width, outputs):
    """Verilog of a module `dut` with the inputs of two ports a and b, and `outputs` of them."""
    bits = {"address": 14, "data": width}
    inputs = ", ".join(f"input [{bits.get(name, 1) - 1}:0] {name}_{side}"
                       for side in "ab" for name in NAMES)
    outs = ", ".join(f"output [{width - 1}:0] {name}" for name in outputs)
    return f"module dut (input clk, {inputs}, {outs});\n{body}\nendmodule\n"


def check(text, width, outputs, inputs, model, family_name):
    """Run a `wrapper` under Icarus and compare its outputs with the model in every cycle.

    Returns how many words were compared that were neither zero nor undefined.
    """
    bits = {"address": 14, "data": width}
    ports = {f"{name}_{side}": (In, unsigned(bits.get(name, 1))) for side in "ab" for name in NAMES}
    ports |= {name: (Out, unsigned(width)) for name in outputs}
    rows = [{f"{name}_{side}": value for side, given in zip("ab", pair, strict=True)
             for name, value in given.items()} for pair in inputs]
    seen = run_verilog(text + family(family_name).models(text), "dut", ports, rows)
    told = 0
    for cycle, pair in enumerate(inputs):
        want = dict(zip(("out_a", "out_b"), model.outputs(pair), strict=True))
        for name in outputs:
            assert seen[cycle][name] == want[name], f"cycle {cycle}: {name}"
            told += bool(want[name])
        model.edge(pair)
    return told
