"""Two circuits side by side: a difference is told from the first byte on, wherever it is."""

import pytest

from cortigate.boards.bitstream.circuit import Cell, Circuit
from cortigate.sim.fabric.network import FabricNet
from cortigate.sim.fabric.run import respond
from cortigate.sim.fabric.twins import add_twin
from cortigate.sim.simulator import compiler

pytestmark = pytest.mark.skipif(compiler() is None, reason="there is no C++ compiler")

# A register takes rx through a table; another counts what the first shows.
XOR = 0b0110
CIRCUIT = {"table": 0b10, "first": 0, "count": XOR, "pad": 0b10}
RX = [1, 1, 1, 1, 0, 1, 0, 0, 1, 1]


def circuit(**change):
    kinds = CIRCUIT | change
    rx, first, count = ("rx", "PAD"), ("first", "Q"), ("count", "Q")
    cells = {"table": Cell("LUT", {"INIT": kinds["table"]}, {"0": rx}),
             "first": Cell("FF", {"INITIAL": kinds["first"]}, {"D": ("table", "O")}),
             "sum": Cell("LUT", {"INIT": kinds["count"]}, {"0": first, "1": count}),
             "count": Cell("FF", {"INITIAL": 0}, {"D": ("sum", "O")}),
             "tx": Cell("PAD", {"INIT": kinds["pad"]}, {"0": count})}
    return Circuit(cells, {"1": "rx", "2": "tx"})


def lower(given, network):
    for place, cell in given.cells.items():
        if cell.kind == "FF":
            network.register(network.net((place, "Q")), network.net(cell.inputs["D"]), 2,
                             initial=cell.settings["INITIAL"])
        else:
            pin = "PAD_OUT" if cell.kind == "PAD" else "O"
            network.table(network.net((place, pin)), cell.settings["INIT"],
                          [network.net(source) for source in cell.inputs.values()])


def told(twin, mine=None):
    """Level of the difference in each cycle."""
    network, mine = FabricNet(), mine or circuit()
    network.input("clk", network.fresh())
    lower(mine, network)
    rx = network.net(("rx", "PAD"))
    network.input("rx", rx)
    network.output("differs", add_twin(network, mine, twin, lower, {("rx", "PAD")}, rx))
    return [row["differs"] for row in respond(network, [{"rx": level} for level in RX])]


def test_equal_circuits_never_differ():
    assert told(circuit()) == [0] * len(RX)


@pytest.mark.parametrize("change, first", [
    ({"pad": 0b01}, 4),  # the output is another, which counts from the first 0 on the line
    ({"table": 0b11}, 5),  # the first register shows it one cycle after the 0
    ({"count": 0b1110}, 5),  # the second register stays, where it should turn
])
def test_a_difference_stays(change, first):
    assert told(circuit(**change)) == [0] * first + [1] * (len(RX) - first)


def test_a_difference_that_is_over_before_the_first_byte_does_not_count():
    assert told(circuit(first=1))[:5] == [0, 0, 0, 0, 1]  # it has been counted
    copies = {"count": 0b1010}  # the second register takes what the first shows
    assert told(circuit(**copies, first=1), circuit(**copies)) == [0] * len(RX)


def test_a_twin_that_does_not_hear_is_refused():
    with pytest.raises(ValueError, match="rx is not heard"):
        deaf = circuit()
        deaf.cells["table"].inputs["0"] = 1
        told(deaf)
