"""The simulator's elements against their definitions, written again in Python."""

import itertools
import random
import subprocess

import pytest

from cortigate.sim.compiling import compiler
from cortigate.sim.fabric.network import MODES, FabricNet
from cortigate.sim.fabric.program import SimulationError, program
from cortigate.sim.fabric.run import respond

pytestmark = pytest.mark.skipif(compiler() is None, reason="there is no C++ compiler")


def pins(network, name, width):
    """Nets of an input of several bits."""
    nets = [network.fresh() for _ in range(width)]
    for i, net in enumerate(nets):
        network.input(f"{name}[{i}]", net)
    return nets


def pin(network, name):
    net = network.fresh()
    network.input(name, net)
    return net


def shown(network, name, width):
    """Nets of an output of several bits, to be driven."""
    nets = [network.fresh() for _ in range(width)]
    for i, net in enumerate(nets):
        network.output(f"{name}[{i}]", net)
    return nets


def register(network, name, data, clock, **options):
    out = network.fresh()
    network.register(out, data, clock, **options)
    network.output(name, out)
    return out


@pytest.mark.parametrize("inputs", range(9))
def test_tables(inputs):
    draw, network = random.Random(inputs), FabricNet()
    nets, table = pins(network, "i", inputs), draw.getrandbits(1 << inputs)
    (out,) = shown(network, "o", 1)
    network.table(out, table, nets)
    # A constant and the same net twice.
    (other,) = shown(network, "p", 1)
    mixed = [1, nets[-1], 0, nets[-1]] if nets else [1, 0, 1, 0]
    network.table(other, 0b1011_0110_0101_1101, mixed)
    stimulus = [{"i": draw.getrandbits(inputs)} if nets else {} for _ in range(200)]
    for row, seen in zip(stimulus, respond(network, stimulus), strict=True):
        top = row.get("i", 0) >> max(inputs - 1, 0) & 1
        index = 1 | 10 * top if nets else 0b0101
        assert seen == {"o": table >> row.get("i", 0) & 1, "p": 0b1011_0110_0101_1101 >> index & 1}


@pytest.mark.parametrize("options", list(itertools.product([0, 1], repeat=5)))
def test_registers(options):
    falling, asynchronous, value, initial, enable_over_reset = options
    draw, network = random.Random(str(options)), FabricNet()
    names = ("c", "d", "e", "r")
    nets = [pin(network, name) for name in names]
    register(network, "q", nets[1], nets[0], enable=nets[2], reset=nets[3], falling=falling,
             asynchronous=asynchronous, value=value, initial=initial,
             enable_over_reset=enable_over_reset)
    register(network, "plain", nets[1], nets[0])
    stimulus = [{name: draw.randint(0, 1) for name in names} for _ in range(400)]
    q, plain, clock = initial, 0, 0
    for row, seen in zip(stimulus, respond(network, stimulus), strict=True):
        c, d, e, r = (row[name] for name in names)
        if asynchronous and r:
            q = value
        if c != clock and c != falling:
            if r and not asynchronous and (e or not enable_over_reset):
                q = value
            elif e and not (asynchronous and r):
                q = d
        if c > clock:
            plain = d
        clock = c
        assert seen == {"q": q, "plain": plain}


def test_the_clock_of_a_cycle_rises_after_its_inputs():
    network = FabricNet()
    clk, d = pin(network, "clk"), pin(network, "d")
    first = register(network, "first", d, clk)
    # Through buffers and a gate the same edge comes in the same step; the other half a cycle later.
    gated, buffered = network.fresh(), network.fresh()
    network.wire(buffered, clk)
    network.table(gated, 0b1000, [buffered, 1])
    second = register(network, "second", first, gated)
    register(network, "third", second, clk, falling=True)
    seen = respond(network, [{"d": 1}, {}, {}, {}])
    assert [tuple(row.values()) for row in seen] == [(0, 0, 0), (1, 0, 0), (0, 1, 1), (0, 0, 0)]


def test_a_clock_that_a_register_makes():
    network = FabricNet()
    clk, d = pin(network, "clk"), pin(network, "d")
    half, inverted = network.fresh(), network.fresh()
    network.table(inverted, 0b01, [half])
    network.register(half, inverted, clk)
    data = register(network, "data", d, clk)
    # Rises together with the change of `data`, and takes what was there before.
    register(network, "q", data, half)
    draw = random.Random(3)
    stimulus = [{"d": draw.randint(0, 1)} for _ in range(50)]
    rows = respond(network, stimulus)
    for cycle in range(2, 50):
        taken = (cycle - 1) // 2 * 2 - 1  # `half` rose at the end of this cycle's successor
        assert rows[cycle]["q"] == (stimulus[taken]["d"] if taken >= 0 else 0)


def test_glitches_are_no_edges_and_what_was_first_is_none():
    network = FabricNet()
    a, one = pin(network, "a"), 1
    late, pulse, low = network.fresh(), network.fresh(), network.fresh()
    network.table(late, 0b01, [a])
    network.table(pulse, 0b1000, [a, late])  # never 1 but while `late` follows
    network.table(low, 0b01, [a])            # 1 from the first
    register(network, "glitch", one, pulse)
    register(network, "first", one, low)
    assert respond(network, [{"a": 1}, {"a": 1}]) == [{"glitch": 0, "first": 0}] * 2
    assert respond(network, [{"a": 1}, {"a": 0}])[1] == {"glitch": 0, "first": 1}


def number(word, width, signed):
    return word - (1 << width) if signed and word >> (width - 1) else word


@pytest.mark.parametrize(("a", "b", "out"), [(1, 1, 2), (9, 9, 18), (18, 18, 36), (16, 3, 10),
                                             (36, 28, 64), (64, 64, 64)])
def test_products(a, b, out):
    draw, network = random.Random(a), FabricNet()
    operands = pins(network, "a", a), pins(network, "b", b)
    signs = pin(network, "sa"), pin(network, "sb")
    network.product(shown(network, "o", out), *operands, *signs)
    stimulus = [{"a": draw.getrandbits(a), "b": draw.getrandbits(b), "sa": draw.randint(0, 1),
                 "sb": draw.randint(0, 1)} for _ in range(300)]
    for row, seen in zip(stimulus, respond(network, stimulus), strict=True):
        product = number(row["a"], a, row["sa"]) * number(row["b"], b, row["sb"])
        assert seen["o"] == product % (1 << out)


class Memory:
    """A memory by its definition: a list of bits, and ports as `FabricNet.port` has them."""

    def __init__(self, size, contents, ports):
        self.bits = [contents >> i & 1 for i in range(size)]
        self.ports = ports
        self.out = [[0] * len(port["outputs"]) for port in ports]

    def place(self, levels, port, offset):
        return offset + sum(stride for net, stride in port["address"] if levels[net])

    def edge(self, levels, edges):
        """What all ports do whose clock has one: `edges` holds (clock, falling)."""
        old, written = list(self.bits), {}
        firing = [i for i, port in enumerate(self.ports) if not port["asynchronous"]
                  and (port["clock"], port["falling"]) in edges]
        for i in firing:
            port = self.ports[i]
            for data, offset, write in port["inputs"]:
                if levels[port["enable"]] and levels[write]:
                    place = self.place(levels, port, offset)
                    self.bits[place] = levels[data]
                    written.setdefault(place, {})[i] = levels[data]
        for i in firing:
            port = self.ports[i]
            writes = any(i in writers for writers in written.values())
            for k, (_, offset) in enumerate(port["outputs"]):
                place = self.place(levels, port, offset)
                if levels[port["reset"]]:
                    self.out[i][k] = 0
                elif levels[port["enable"]] and not (writes and port["mode"] == "hold"):
                    if i in written.get(place, {}):
                        new = port["mode"] == "new"
                        self.out[i][k] = written[place][i] if new else old[place]
                    else:
                        self.out[i][k] = old[place] ^ (place in written)

    def level(self, levels, i, k):
        port = self.ports[i]
        if port["asynchronous"]:
            return self.bits[self.place(levels, port, port["outputs"][k][1])]
        return self.out[i][k]


def two_ports(draw, network, mode, clocks):
    """A memory of 16 words of 4 bits: two ports that read and write, one that follows."""
    ports = []
    for i, clock in enumerate(clocks):
        address = list(zip(pins(network, f"a{i}", 4), (4, 8, 16, 32), strict=True))
        low, high = pin(network, f"wl{i}"), pin(network, f"wh{i}")
        data = list(zip(pins(network, f"d{i}", 4), range(4), (low, low, high, high), strict=True))
        order = draw.sample(range(4), 4) if i else range(4)
        outputs = list(zip(shown(network, f"q{i}", 4), order, strict=True))
        ports.append(network.port(clock=clock, address=address, inputs=data, outputs=outputs,
                                  enable=pin(network, f"e{i}"), reset=pin(network, f"r{i}"),
                                  falling=bool(i and clock == clocks[0]), mode=mode))
    address = list(zip(pins(network, "a2", 3), (8, 16, 32), strict=True))
    ports.append(network.port(clock=0, address=address, asynchronous=True,
                              outputs=list(zip(shown(network, "q2", 8), range(16, 24),
                                               strict=True))))
    return ports


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("clocks", ["two", "one", "both edges"])
def test_memories_that_ports_share(mode, clocks):
    draw, network = random.Random(mode + clocks), FabricNet()
    nets = [pin(network, "c0"), pin(network, "c1")]
    ports = two_ports(draw, network, mode, nets if clocks == "two" else nets[:1] * 2)
    if clocks == "one":
        ports[1]["falling"] = False
    contents = draw.getrandbits(80)
    network.memory(80, contents, ports)
    memory, before = Memory(80, contents, ports), [0, 0]
    names = [name for name in network.inputs if name not in ("c0", "c1")]
    row, stimulus = dict.fromkeys(["c0", "c1", *names], 0), []
    for _ in range(1500):
        # Seldom anything but the clock, so that edges at which nothing is new are among them.
        row = {name: draw.randint(0, 1) if draw.random() < (0.7 if name[0] == "c" else 0.15)
               else level for name, level in row.items()}
        stimulus.append(row)
    widths = {}
    for name in network.inputs:
        widths.setdefault(name.partition("[")[0], []).append(name)
    seen = respond(network, [{name: sum(row[p] << i for i, p in enumerate(parts))
                              for name, parts in widths.items()} for row in stimulus])
    for row, found in zip(stimulus, seen, strict=True):
        levels = {network.inputs[name]: level for name, level in row.items()} | {0: 0, 1: 1}
        clock = [row["c0"], row["c1"]]
        edges = {(net, now < then) for net, now, then in zip(nets, clock, before, strict=True)
                 if now != then}
        before = clock
        memory.edge(levels, edges)
        for i, width in enumerate((4, 4, 8)):
            assert found[f"q{i}"] == sum(memory.level(levels, i, k) << k for k in range(width))


@pytest.mark.parametrize("size", [16, 64, 128])
def test_words_of_small_memories(size):
    """As LUTs hold them: a bit each, written together, read without a clock; 70 bits wide, of
    which the last 30 are written elsewhere, and of these the last 10 not always."""
    draw, network = random.Random(size), FabricNet()
    clk, write, enable = (pin(network, name) for name in ("clk", "w", "e"))
    bits = size.bit_length() - 1
    to, of, other = (pins(network, name, bits) for name in ("to", "of", "other"))
    data, out = pins(network, "d", 70), shown(network, "q", 70)
    first = [draw.getrandbits(size) for _ in range(70)]
    for i in range(70):
        strides = [1 << k for k in range(bits)]
        network.memory(size, first[i], [
            network.port(clock=clk,
                         address=list(zip(to if i < 40 else other, strides, strict=True)),
                         inputs=[(data[i], 0, write)], enable=1 if i < 60 else enable),
            network.port(clock=0, address=list(zip(of, strides, strict=True)),
                         outputs=[(out[i], 0)], asynchronous=True)])
    stimulus = [{"w": draw.randint(0, 1), "e": draw.randint(0, 1), "d": draw.getrandbits(70),
                 **{name: draw.randrange(size) for name in ("to", "of", "other")}}
                for _ in range(300)]
    words = [[first[i] >> place & 1 for i in range(70)] for place in range(size)]
    for row, seen in zip(stimulus, respond(network, stimulus), strict=True):
        assert seen["q"] == sum(bit << i for i, bit in enumerate(words[row["of"]]))
        if row["w"]:
            data = [row["d"] >> i & 1 for i in range(70)]
            words[row["to"]][:40] = data[:40]
            words[row["other"]][40:60] = data[40:60]
            if row["e"]:
                words[row["other"]][60:] = data[60:]


def test_loops_that_come_to_rest():
    network = FabricNet()
    s, r = pin(network, "s"), pin(network, "r")
    q, n = shown(network, "q", 1)[0], network.fresh()
    network.table(q, 0b0001, [r, n])
    network.table(n, 0b0001, [s, q])
    rows = respond(network, [{"s": 1}, {}, {"r": 1}, {}, {"s": 1}, {}])
    assert [row["q"] for row in rows] == [1, 1, 0, 0, 1, 1]


@pytest.mark.parametrize("kind", ["table", "ring", "register"])
def test_what_does_not_settle_is_told_with_its_place(kind):
    network = FabricNet()
    go = pin(network, "go")
    a, b, c = (network.net((f"X{i}", "O")) for i in range(3))
    if kind == "table":
        network.table(a, 0b0100, [a, go])
        network.wire(b, a)
        network.wire(c, a)
    elif kind == "ring":
        network.table(a, 0b0100, [c, go])
        network.table(b, 0b0110, [a, 0])
        network.table(c, 0b1000, [b, 1])
    else:  # each edge makes the next one
        network.table(c, 0b1001_0110, [a, b, go])
        for net, falling in ((a, False), (b, True)):
            inverted = network.fresh()
            network.table(inverted, 0b01, [net])
            network.register(net, inverted, c, falling=falling)
    network.output("o", a)
    assert respond(network, [{}]) == [{"o": 0}]
    with pytest.raises(SimulationError, match=r"does not settle at net \d+ \(X[0-2] O\)"):
        respond(network, [{}, {"go": 1}])


GOOD = "nets 4\ninput a 2\noutput b 3\ntable 3 1 1 2\nend\n"


@pytest.mark.parametrize(("old", "new", "said"), [
    ("nets 4", "nots 4", "line 1: the first line must be"),
    ("nets 4", "nets 1", "line 1: \"1\" must be a number in 2"),
    ("a 2", "a x", "line 2: \"x\" must be a number in 0 .. 3"),
    ("a 2", "a 4", "line 2: \"4\" must be a number in 0 .. 3"),
    ("a 2", "a 2 2", "line 2: too many words"),
    ("table 3 1", "table 2 1", r"line 4: net 2 is driven twice"),
    ("input a 2\n", "", r"line 3: net 2 is driven by nothing"),
    ("table 3 1 1 2", "table 3 1 1", "line 4: the line ends too early"),
    ("table 3 1 1 2", "table 3 4 1 2", "line 4: a number must have at most 2 bits"),
    ("table 3 1", "table 3 z", "line 4: \"z\" must be a hexadecimal number"),
    ("table", "tables", "line 4: unknown element \"tables\""),
    ("end\n", "", "line 5: the text ends too early"),
    ("table 3 1 1 2", "table 3 2 1 3", "net 3 is a wire that drives itself"),
    ("table 3 1 1 2", "memory 4 0 1\nport 0 0 1 0 1 0 1 2 3 0 1 3 1",
     "line 5: a port reaches bit 4 of a memory of 4"),
    ("table 3 1 1 2", "memory 4 0 1\nport 0 0 1 0 1 0 1 2 1 1 2 0 1 1 3 1",
     "line 5: an asynchronous port must not write"),
])
def test_texts_that_are_no_network(tmp_path, old, new, said):
    file, rows = tmp_path / "network.txt", tmp_path / "rows.txt"
    rows.write_text("0\n1\n")

    def run(text):
        file.write_text(text)
        return subprocess.run([program(), file, "batch", rows], capture_output=True, text=True,
                              check=False)

    assert run(GOOD).stdout == "1\n0\n"
    assert old in GOOD
    done = run(GOOD.replace(old, new))
    assert done.returncode == 2
    assert said in done.stderr


def test_stimuli_that_fit_no_pins():
    network = FabricNet()
    pins(network, "a", 3)
    with pytest.raises(ValueError, match=r"stimulus must name inputs \(a\), not b"):
        respond(network, [{"b": 1}])
    with pytest.raises(ValueError, match="a must fit into 3 bits, not be 8"):
        respond(network, [{"a": 8}])
    network.output("o", network.net(("X1", "Q")))
    with pytest.raises(ValueError, match="nothing drives X1 Q"):
        respond(network, [{"a": 7}])
