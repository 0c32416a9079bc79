"""Two circuits side by side: a difference is told from the first byte on, wherever it is."""

import pytest

from cortigate.boards.bitstream.circuit import Cell, Circuit
from cortigate.sim.compiling import compiler
from cortigate.sim.fabric.network import FabricNet
from cortigate.sim.fabric.run import respond
from cortigate.sim.fabric.twins import add_twin

pytestmark = pytest.mark.skipif(compiler() is None, reason="there is no C++ compiler")

# rx goes through a table into a memory of one word, and what that shows to the output. A register
# leads nowhere.
CIRCUIT = {"table": 0b10, "word": 0, "register": 0, "pad": 0b10}
RX = [1, 1, 1, 1, 0, 1, 0, 0, 1, 1]


def circuit(**change):
    kinds = CIRCUIT | change
    cells = {"table": Cell("LUT", {"INIT": kinds["table"]}, {"0": ("rx", "PAD")}),
             "word": Cell("RAM", {"INIT": kinds["word"]}, {"D": ("table", "O")}),
             "register": Cell("FF", {"INIT": kinds["register"]}, {"D": ("register", "O")}),
             "tx": Cell("PAD", {"INIT": kinds["pad"]}, {"0": ("word", "O")})}
    return Circuit(cells, {"1": "rx", "2": "tx"})


def lower(given, network):
    for place, cell in given.cells.items():
        inputs = [network.net(source) for source in cell.inputs.values()]
        out = network.net((place, "PAD_OUT" if cell.kind == "PAD" else "O"))
        if cell.kind == "FF":
            network.register(out, *inputs, network.inputs["clk"], initial=cell.settings["INIT"])
        elif cell.kind == "RAM":
            network.memory(1, cell.settings["INIT"], [network.port(
                clock=network.inputs["clk"], address=[], inputs=[(*inputs, 0, 1)],
                outputs=[(out, 0)], mode="old")])
        elif cell.kind == "ROM":
            network.memory(1, cell.settings["INIT"], [network.port(
                clock=0, asynchronous=True, address=[], outputs=[(out, 0)])])
        else:
            network.table(out, cell.settings["INIT"], inputs)


def told(twin, mine=None):
    """Level of the difference in each cycle."""
    network, mine = FabricNet(), mine or circuit()
    network.input("clk", network.fresh())
    lower(mine, network)
    rx = network.net(("rx", "PAD"))
    network.input("rx", rx)
    network.output("differs", add_twin(network, mine, twin, lower, {("rx", "PAD")}, rx))
    return [row["differs"] for row in respond(network, [{"rx": level} for level in RX])]


@pytest.mark.parametrize("change", [
    {}, {"register": 1},
    {"word": 1},  # it is over before the first 0 on the line
])
def test_what_arrives_nowhere_is_no_difference(change):
    assert told(circuit(**change)) == [0] * len(RX)


@pytest.mark.parametrize("change, first", [
    ({"pad": 0b01}, 4),  # with the first 0 on the line
    ({"pad": 0b11}, 6),  # where the output should show that 0
    ({"table": 0b11}, 6),  # where the memory should show it
])
def test_a_difference_stays(change, first):
    assert told(circuit(**change)) == [0] * first + [1] * (len(RX) - first)


def with_roms(*words):
    """An output that stays, and memories without a clock that lead nowhere."""
    given = circuit(pad=0b00)
    given.cells.update({f"rom{number}": Cell("ROM", {"INIT": word}, {})
                        for number, word in enumerate(words)})
    return given


def test_a_memory_need_not_arrive_at_an_output():
    assert told(circuit(pad=0b00, table=0b11), circuit(pad=0b00)) == [0] * 6 + [1] * 4


@pytest.mark.parametrize("place", [0, 1, 17, 39])
def test_any_of_many_memories_without_a_clock_is_compared(place):
    words = [number & 1 for number in range(40)]
    assert told(with_roms(*words), with_roms(*words)) == [0] * len(RX)
    other = [word ^ (number == place) for number, word in enumerate(words)]
    assert told(with_roms(*other), with_roms(*words)) == [0] * 4 + [1] * 6


def test_a_pad_that_only_one_drives_is_refused():
    more = circuit()
    more.cells["more"] = Cell("PAD", {"INIT": 0b10}, {"0": ("word", "O")})
    for twin, mine in ((more, circuit()), (circuit(), more)):
        with pytest.raises(ValueError, match="more is driven by one circuit alone"):
            told(twin, mine)


def test_a_twin_that_does_not_hear_is_refused():
    with pytest.raises(ValueError, match="rx is not heard"):
        deaf = circuit()
        deaf.cells["table"].inputs["0"] = 1
        told(deaf)
