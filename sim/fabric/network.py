"""A circuit in the four elements that the simulator knows: table, register, product, memory.

What a circuit's cells are made of stands in one file for each family of chips, which adds them to
a `FabricNet`. A net is a number: 0 and 1 are the constants, the others are driven by one element or
one pin from outside.

Two values, no delays. All that changes together is one step: inputs from outside that are set
together, and whatever follows through tables, products and asynchronous ports. Registers and
ports take at an edge what stood before the step that brings the edge; their outputs, all at once,
are the next step. A clock that a register makes therefore rises one step after that register's own
clock, and a register on it takes what others on that clock showed before. Glitches within a step
are no edges. What follows from the first contents and levels of the inputs, which are 0, is no edge
either.
"""

from ...boards.bitstream.circuit import Source

__all__ = ["MODES", "FabricNet"]

# What a port of a memory shows after a write: what it showed before, the new word or the old one.
MODES = ("hold", "new", "old")


class FabricNet:
    """Elements and nets, as lines of text for the simulator.

    Attributes
    ----------
    inputs, outputs : dict
        Name of a pin -> net.
    """

    def __init__(self):
        self.inputs, self.outputs = {}, {}
        self._nets = {}
        self._count = 2
        self._lines = []
        self._driven = {0, 1}
        self._shown = set()

    def net(self, source: Source):
        """The net of a source: a constant, or (place, pin) of a driver."""
        if isinstance(source, int):
            return source
        if source not in self._nets:
            self._nets[source] = self.fresh()
        return self._nets[source]

    def looks_at(self, source):
        """Whether a source has a net: something drives it or looks at it."""
        return source in self._nets

    def drives(self, source):
        """Whether something drives the net of a source."""
        return self._nets.get(source) in self._driven

    def shown(self):
        """Nets of the sources that memories drive: a dict."""
        return {source: net for source, net in self._nets.items() if net in self._shown}

    def driven_pads(self):
        """Nets of the sources that are levels at pads, driven by the chip: a dict."""
        return {source: net for source, net in self._nets.items()
                if source[1] == "PAD_OUT" and net in self._driven}

    def fresh(self):
        """A net that only the family's file knows."""
        self._count += 1
        return self._count - 1

    def input(self, name, net):
        """A pin that is driven from outside."""
        self.inputs[name] = self._drive(net)

    def output(self, name, net):
        """A pin whose level is looked at."""
        self.outputs[name] = net

    def table(self, out, table, inputs):
        """out = bit sum(inputs[i] << i) of `table`; up to 8 inputs. Returns `out`."""
        if len(inputs) > 8 or not 0 <= table < 1 << (1 << len(inputs)):
            raise ValueError(f"a table must have at most 8 inputs and 2**n bits, not {table:#x} "
                             f"with {len(inputs)}")
        self._line("table", self._drive(out), f"{table:x}", len(inputs), *inputs)
        return out

    def wire(self, out, source):
        """out = source."""
        self.table(out, 0b10, [source])

    def register(self, out, data, clock, *, falling=False, enable=1, reset=0, asynchronous=False,
                 value=0, initial=0, enable_over_reset=False):
        """A flip-flop: at a rising edge of `clock` out takes `data`, or `value` while `reset`.

        Parameters
        ----------
        out, data, clock, enable, reset : net
        falling : bool
            The other edge.
        asynchronous : bool
            Reset acts at once, else at the edge.
        value, initial : int
            0 or 1.
        enable_over_reset : bool
            A synchronous reset, too, waits for `enable`.
        """
        if reset == 0:  # of no use then: equal circuits are equal texts
            asynchronous, value, enable_over_reset = False, 0, False
        self._line("register", self._drive(out), data, clock, int(falling), enable, reset,
                   int(asynchronous), value, initial, int(enable_over_reset))

    def product(self, out, a, b, a_signed, b_signed):
        """out = a b, at once.

        Parameters
        ----------
        out, a, b : list of net
            Lowest bit first; each has at most 64, and out may lack the highest bits.
        a_signed, b_signed : net
            The operand is in two's complement.
        """
        self._line("product", len(out), *map(self._drive, out), len(a), *a, len(b), *b,
                   a_signed, b_signed)

    def memory(self, size, contents, ports):
        """A memory of single bits and what reaches it.

        Bits are addressed linearly: a data pin with offset o belongs to bit o + the strides of
        those address pins that are 1. What one port reads in the step in which another writes it
        is the opposite of the old bit: no design may depend on it. Of two that write one bit the
        later one in the list wins. Outputs begin as 0.

        Parameters
        ----------
        size : int
            Bits.
        contents : int
            First contents: bit i of the memory is bit i.
        ports : list of dict
            Each of `port`.
        """
        self._line("memory", size, f"{contents:x}", len(ports))
        for port in ports:
            for net, _ in port["outputs"]:
                self._shown.add(self._drive(net))
            self._line(
                "port", port["clock"], int(port["falling"]), port["enable"], port["reset"],
                int(port["asynchronous"]), MODES.index(port["mode"]),
                len(port["address"]), *(n for pair in port["address"] for n in pair),
                len(port["inputs"]), *(n for triple in port["inputs"] for n in triple),
                len(port["outputs"]), *(n for pair in port["outputs"] for n in pair))

    @staticmethod
    def port(*, clock, address, inputs=(), outputs=(), enable=1, reset=0, falling=False,
             asynchronous=False, mode="hold"):
        """A port of a memory.

        Parameters
        ----------
        clock : net
            Ignored by an asynchronous port, as are `enable` and `reset`.
        address : list of (net, int)
            Address pins with their strides in bits.
        inputs : list of (net, int, net)
            Data pins that are written while the port is enabled: net, offset, write enable of this
            bit. At most 64, as are outputs; none of an asynchronous port.
        outputs : list of (net, int)
            Data pins that are read: net, offset. They change after an edge with `enable` only.
        enable, reset : net
            Reset clears the outputs at an edge, whether the port is enabled or not; it does not
            keep an enabled port from writing.
        falling : bool
            The other edge.
        asynchronous : bool
            The outputs follow address and contents at once, without a clock.
        mode : str
            One of `MODES`, of outputs whose port writes any bit at this edge.
        """
        return {"clock": clock, "falling": falling, "enable": enable, "reset": reset,
                "asynchronous": asynchronous, "mode": mode, "address": list(address),
                "inputs": list(inputs), "outputs": list(outputs)}

    def text(self):
        """The text that the simulator reads; names are for its messages.

        Raises
        ------
        ValueError
            A net that is looked at is driven by nothing: a source of the circuit that no cell has.
        """
        for source, net in self._nets.items():
            if net not in self._driven:
                raise ValueError(f"nothing drives {source[0]} {source[1]}")
        pins = [f"input {name} {net}" for name, net in self.inputs.items()]
        pins += [f"output {name} {net}" for name, net in self.outputs.items()]
        names = [f"name {net} {place} {pin}" for (place, pin), net in self._nets.items()]
        return "\n".join([f"nets {self._count}", *names, *pins, *self._lines, "end", ""])

    def _drive(self, net):
        """`net`, from now on driven."""
        if net in self._driven:
            raise ValueError(f"net {net} is driven twice")
        self._driven.add(net)
        return net

    def _line(self, *words):
        self._lines.append(" ".join(map(str, words)))
