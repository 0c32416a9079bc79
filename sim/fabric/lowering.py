"""Common to the families' files: a cell on its way from a circuit into a network."""

from ...boards.bitstream.circuit import Circuit
from .network import FabricNet

__all__ = ["Place", "lowered"]


def lowered(circuit: Circuit, network: FabricNet, builders, place_of=None):
    """Add every cell of a circuit to a network.

    Parameters
    ----------
    circuit : Circuit
    network : FabricNet
    builders : dict
        Kind of cell -> function that takes its `Place` and adds it.
    place_of : type or None
        A `Place` of the family's own.

    Raises
    ------
    ValueError
        There is no builder for a cell, or it refuses a mode; the message names its place.
    """
    used = {source for cell in circuit.cells.values() for source in cell.inputs.values()}
    for name, cell in circuit.cells.items():
        place = (place_of or Place)(name, cell, circuit, network, used)
        if cell.kind not in builders:
            place.refuse(f"a {cell.kind}")
        builders[cell.kind](place)


class Place:
    """One cell on its way into a network.

    Attributes
    ----------
    place, kind : str
    inputs, settings : dict
        Of the cell.
    network : FabricNet
    """

    def __init__(self, place, cell, circuit, network, used):
        self.place, self.kind = place, cell.kind
        self.inputs, self.settings = cell.inputs, cell.settings
        self.network, self._circuit, self._used = network, circuit, used

    def sibling(self, place):
        """The cell at another place, None if there is none."""
        cell = self._circuit.cells.get(place)
        return cell and type(self)(place, cell, self._circuit, self.network, self._used)

    def uses(self, pin):
        """Whether an output pin is read."""
        return (self.place, pin) in self._used

    def out(self, pin):
        """Net of an output pin."""
        return self.network.net((self.place, pin))

    def pin(self, name):
        """Net of an input pin; what a table without inputs drives is a constant."""
        source = self.inputs[name]
        if not isinstance(source, int):
            driver = self._circuit.cells.get(source[0])
            if driver is not None and driver.kind == "LUT" and driver.settings["K"] == 0:
                source = driver.settings["INIT"]
        return self.network.net(source)

    def gate(self, table, *nets, out=None):
        """Net of a table of nets; constants are folded. `out` is driven if it is given."""
        while any(net < 2 for net in nets):
            place = next(index for index, net in enumerate(nets) if net < 2)
            table = sum((table >> _with(index, place, nets[place]) & 1) << index
                        for index in range(1 << len(nets) - 1))
            nets = nets[:place] + nets[place + 1:]
        if out is None:
            if table in (0, (1 << (1 << len(nets))) - 1):
                return table & 1
            if (table, len(nets)) == (0b10, 1):
                return nets[0]
            out = self.network.fresh()
        self.network.table(out, table, nets)
        return out

    def refuse(self, what):
        """Raise ValueError with the place."""
        raise ValueError(f"{self.place}: {what} has no model")


def _with(index, place, bit):
    """`index` with a bit put in at a place."""
    low = index & (1 << place) - 1
    return (index >> place << place + 1) | bit << place | low
