"""Two circuits side by side that hear the same, and a net that tells when they first differ."""

from ...boards.bitstream.circuit import Cell, Circuit
from .network import FabricNet

__all__ = ["add_twin"]

PREFIX = "twin/"
PAIRS = 4  # that one table compares
DIFFER = sum(1 << index for index in range(1 << 2 * PAIRS)
             if any(index >> 2 * pair & 1 != index >> 2 * pair + 1 & 1 for pair in range(PAIRS)))
ANY = (1 << (1 << 2 * PAIRS)) - 2
AND, FALLEN = 0b1000, 0b0100


def add_twin(network: FabricNet, circuit: Circuit, twin: Circuit, lower, heard, rx):
    """Add another circuit to a network, and a net that becomes 1 at the first difference.

    Compared are the words that memories show, where both circuits read them, and the levels that
    pads drive, from the first 0 on the line on: until then nothing from outside has any influence.
    A register may differ as long as that reaches neither.

    Parameters
    ----------
    network : FabricNet
        With `circuit` and its pads in it.
    circuit, twin : Circuit
    lower : callable
        Of the family: ``lower(circuit, network)``.
    heard : set of Source
        Pads of `circuit` that are driven from outside.
    rx : net
        The line, 1 at rest.

    Returns
    -------
    net
        It stays 1 once it is.

    Raises
    ------
    ValueError
        The twin does not hear a pad that the circuit hears, drives other pads, or has a mode that
        is not modelled.
    """
    lower(_renamed(twin), network)
    for place in circuit.pads.values():
        source, other = (place, "PAD"), (PREFIX + place, "PAD")
        if source in heard and not network.looks_at(other):
            raise ValueError(f"{place} is not heard")
        if network.looks_at(other):
            own = (PREFIX + place, "PAD_OUT")
            driven = source not in heard and network.drives(own)
            network.wire(network.net(other), network.net(own if driven else source))
    pads = {place for place, _ in network.driven_pads()}
    mine = {place for place in pads if not place.startswith(PREFIX)}
    if alone := {PREFIX + place for place in mine} ^ pads - mine:
        raise ValueError(f"{min(alone).removeprefix(PREFIX)} is driven by one circuit alone")
    rested = _kept(network, rx)
    begun = _kept(network, network.table(network.fresh(), FALLEN, [rx, rested]))
    different = _tables(network, DIFFER, _pairs(network))
    while len(different) > 1:
        different = _tables(network, ANY, different)
    return _kept(network, network.table(network.fresh(), AND, [begun, *different]))


def _renamed(circuit):
    """The same circuit at other places."""
    def moved(source):
        return source if isinstance(source, int) else (PREFIX + source[0], source[1])
    cells = {PREFIX + place: Cell(cell.kind, cell.settings,
                                  {pin: moved(source) for pin, source in cell.inputs.items()})
             for place, cell in circuit.cells.items()}
    return Circuit(cells, {pin: PREFIX + place for pin, place in circuit.pads.items()})


def _pairs(network):
    """Nets of both circuits in turns: what memories show, and what drives pads."""
    shown = network.shown() | network.driven_pads()
    return [net for (place, pin), mine in shown.items() if (PREFIX + place, pin) in shown
            for net in (mine, shown[PREFIX + place, pin])]


def _tables(network, table, nets):
    """Nets of equal tables, each of the next `nets`; the last is filled up by 0."""
    size = 2 * PAIRS
    groups = [nets[first:first + size] for first in range(0, len(nets), size)]
    return [network.table(network.fresh(), table, group + [0] * (size - len(group)))
            for group in groups]


def _kept(network, net):
    """A net that is 1 once `net` has been 1."""
    out = network.fresh()
    network.register(out, 0, 0, reset=net, asynchronous=True, value=1)
    return out
