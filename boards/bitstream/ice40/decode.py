"""A file for an iCE40UP5K as a circuit: the blocks that its bits configure."""

from collections import deque

from ..circuit import BitUse, Circuit, Decoded, DecodeError
from .bits import Bits
from .blocks import Block, cells, tables
from .chipdb import database
from .fixed import take_fixed
from .hard import BUILT, configured, pll_outputs, words
from .image import read
from .routing import Ice40Routing

__all__ = ["decode", "package"]

# Which of a logic cell's 20 bits holds the table's value at address 0, 1, …, 15 (Project IceStorm,
# "LOGIC Tile", bits LC_i), and what others say.
TABLE_BITS = (4, 14, 15, 5, 6, 16, 17, 7, 3, 13, 12, 2, 1, 11, 10, 0)
CARRY, REGISTER, SET, ASYNCHRONOUS = 8, 9, 18, 19
PAD_TYPES = (0b010, 0b100, 0b110)  # values of PLLTYPE with the pad beside it as the reference


def decode(path, board):
    """The circuit that the file at `path` makes of the chip of `board`: a `Decoded`.

    A bit's key is (memory, bank, row, column), as `image.flip` wants it.

    Raises
    ------
    DecodeError
        The file is damaged or for another chip, or a bit in it is not understood; the message says
        where. Or the database of the chip is not installed.
    """
    chip = database()
    pins = package(chip, board)
    image = read(path)
    try:
        return _Decoder(chip, image).run(pins)
    except DecodeError as error:
        raise DecodeError(f"{path}: {error}") from None


def package(chip, board):
    """Pin -> block of the package on a board.

    Raises
    ------
    DecodeError
        The board has another chip, or a package that the database does not know.
    """
    device, name = board.platform.device, board.platform.package.lower()
    if device != "iCE40UP5K" or name not in chip.packages:
        raise DecodeError(f"{board.name} has an {device} in {name}; only an iCE40UP5K in "
                          f"{' or '.join(chip.packages)} is understood")
    return chip.packages[name]


class _Decoder:
    """Builds the blocks that are configured, and those that they listen to.

    Attributes
    ----------
    chip : ChipDatabase
    image : Image
    bits : Bits
    routing : Ice40Routing
    bels : dict
        Name -> Bel.
    pll_pads : dict
        Name of an input/output cell whose way into the chip an output of the PLL takes -> output.
    """

    def __init__(self, chip, image):
        self.chip, self.image = chip, image
        self.bits = Bits(chip, image)
        self.routing = Ice40Routing(chip, self.bits)
        self.bels = {bel.name: bel for bel in chip.bels}
        self.pll_pads = {}
        self._blocks, self._queue = {}, deque()
        self._outputs = {}
        for bel in chip.bels:
            for port, wire in bel.outputs.items():
                self._outputs.setdefault(wire, []).append((bel, port))
        for bel in chip.bels:
            if bel.type == "SB_GB":  # stands for whatever drives its network
                port = "GLOBAL_BUFFER_OUTPUT"
                self._outputs[bel.outputs[port]] = [(bel, port)]

    def run(self, pins):
        """`Decoded`; pins: pin of the package -> block."""
        for bel in self.chip.bels:
            if bel.type == "ICESTORM_PLL" and configured(self, bel):
                self.pll_pads = {pad: port for port, pad in pll_outputs(self, bel).items()}
        for bel in self.chip.bels:
            if (bel.type in BUILT or bel.type == "ICESTORM_LC") and configured(self, bel):
                self._want(bel.name)
        while self._queue:
            bel = self.bels[self._queue.popleft()]
            self._blocks[bel.name] = (self._logic_cell(bel) if bel.type == "ICESTORM_LC"
                                      else self._hard_block(bel))
        self._explain_tables()
        take_fixed(self.chip, self.bits, self._blocks)
        self.routing.finish()
        self.bits.finish()
        circuit = cells(self._blocks)
        pads = {pin: name for pin, name in pins.items() if name in circuit}
        for name, cell in circuit.items():
            if cell.kind == "SB_IO" and name not in pads.values():
                raise DecodeError(f"{name} is in use, but the package has no pin there")
        return Decoded(Circuit(circuit, pads), self.bits.uses | self._contents())

    def _want(self, name):
        """Build a block, once."""
        if name not in self._blocks:
            self._blocks[name] = None
            self._queue.append(name)

    def _inputs(self, bel, wires, trivial=()):
        """Sources of those of a block's inputs (pin -> wire) that are not open.

        It does not matter whether the inputs `trivial` are open.
        """
        found = {}
        for pin, wire in wires.items():
            driving = self.routing.source(wire, matters=pin not in trivial)
            if driving != wire:
                found[pin] = self._source(f"{bel.name} {pin}", driving)
        return found

    def _source(self, sink, wire):
        """What drives a wire: (block, port), in use from now on, or a constant."""
        where = self.chip.wire(wire)
        if where.endswith("/carry_in_mux"):
            return self._carry_constant(sink, self.bels[f"{where.rsplit('/', 1)[0]}/lc0"])
        found = self._outputs.get(wire, [])
        if len(found) > 1:  # an input/output cell and the PLL, which may take its way
            found = [(bel, port) for bel, port in found
                     if (bel.type == "ICESTORM_PLL") == (wire in self._pll_wires())]
        if len(found) != 1:
            raise DecodeError(f"{sink} listens to {where}, which nothing drives")
        (bel, port), = found
        if bel.type not in BUILT and bel.type != "ICESTORM_LC":
            raise DecodeError(f"{sink} listens to {port} of {bel.name}: such a block is not "
                              "understood")
        if bel.type not in ("ICESTORM_LC", "SB_GB") and not configured(self, bel):
            raise DecodeError(f"{sink} listens to {port} of {bel.name}, which is not configured")
        self._want(bel.name)
        return bel.name, port

    def _pll_wires(self):
        """Wires that are outputs of the PLL rather than of a pad."""
        return {self.bels[pad].outputs["D_IN_0"] for pad in self.pll_pads}

    def _hard_block(self, bel):
        """Any block but a logic cell."""
        settings = BUILT[bel.type](self, bel)
        # What cascades multipliers has no wires; `cells` refuses settings that would use it.
        inputs = self._inputs(bel, {pin: wire for pin, wire in bel.inputs.items()
                                    if pin not in ("ACCUMCI", "SIGNEXTIN")})
        if bel.type == "ICESTORM_PLL" and settings["PLLTYPE"] in PAD_TYPES:
            (pad,) = (pad for pad, port in self.pll_pads.items() if port == "PLLOUT_A")
            self._want(pad)
            inputs["PACKAGEPIN"] = (pad, "PAD_IN")
        if bel.type == "SB_GB" and settings["FOR_PAD_IN"]:
            if inputs:
                raise DecodeError(f"{bel.name} is driven by a pad and by {inputs}")
            inputs["USER_SIGNAL_TO_GLOBAL_BUFFER"] = self._pad_of(bel)
        return Block(bel.type, settings, inputs)

    def _pad_of(self, bel):
        """What drives a global buffer beside the fabric: a pad, or the PLL that takes its way."""
        (x, y, z), = (pad for place, pad, _ in self.chip.networks if place == (bel.x, bel.y))
        pad = f"X{x}/Y{y}/io{z}"
        if pad in self.pll_pads:
            (pll,) = (name for name, found in self.bels.items() if found.type == "ICESTORM_PLL")
            return pll, self.pll_pads[pad]
        self._want(pad)
        return pad, "PAD_IN"

    def _logic_cell(self, bel):
        """Table, carry and register; the bits of the table are explained when all is known."""
        name = bel.name
        table = sum(int(self.bits.level[self.bits.number(bel.x, bel.y, f"LC_{bel.z}", bit)])
                    << address for address, bit in enumerate(TABLE_BITS))

        def take(bit, category, what):
            return self.bits.take(bel.x, bel.y, f"LC_{bel.z}", BitUse(category, name, what), bit)

        settings = {"LUT_INIT": table, "DFF_ENABLE": take(REGISTER, "register", "DFF_ENABLE"),
                    "CARRY_ENABLE": take(CARRY, "carry", "CARRY_ENABLE"),
                    "NEG_CLK": 0, "SET_NORESET": 0, "ASYNC_SR": 0}
        # The placer leaves the inputs open on which a table does not depend.
        trivial = {"I0", "I3"} if settings["CARRY_ENABLE"] else {"I0", "I1", "I2", "I3"}
        wires = {f"I{i}": self._input_wire(bel, i) for i in range(4)}
        if settings["DFF_ENABLE"]:
            settings["SET_NORESET"] = take(SET, "register", "SET_NORESET")
            settings["ASYNC_SR"] = take(ASYNCHRONOUS, "register", "ASYNC_SR")
            settings["NEG_CLK"] = self.bits.take(bel.x, bel.y, "NegClk",
                                                 BitUse("register", name, "NEG_CLK"))
            wires |= {pin: bel.inputs[pin] for pin in ("CLK", "CEN", "SR")}
        inputs = self._inputs(bel, wires, trivial)
        if settings["CARRY_ENABLE"]:
            inputs["CIN"] = self._carry_in(bel)
        return Block(bel.type, settings, inputs)

    def _input_wire(self, bel, number):
        """The wire lutff_z/in_number, which the placer's own lutff_z/in_number_lut stands for."""
        (found,) = (wire for wire in self.routing.sources(bel.inputs[f"I{number}"])
                    if self.chip.wire(wire).endswith(f"/lutff_{bel.z}:in_{number}"))
        return found

    def _carry_in(self, bel):
        """What drives a carry's chain input: the carry below, or a constant."""
        if bel.z:
            below = f"X{bel.x}/Y{bel.y}/lc{bel.z - 1}"
            self._want(below)
            return below, "COUT"
        wire = bel.inputs["CIN"]
        source = self.routing.source(wire)
        constant = self._carry_constant(bel.name, bel)
        if source == wire:
            return constant
        if constant:
            raise DecodeError(f"{bel.name} begins a chain of carries with a constant and with "
                              f"{self.chip.wire(source)}")
        return self._source(f"{bel.name} CIN", source)

    def _carry_constant(self, sink, first):
        """The constant at the begin of a tile's chain; `first`: the logic cell there."""
        return self.bits.take(first.x, first.y, "CarryInSet", BitUse("carry", sink, "CarryInSet"))

    def _explain_tables(self):
        """The bits of all tables; those that an address can reach have a use."""
        for name, sources in tables(self._blocks).items():
            bel = self.bels[name]
            names = sorted({source for source in sources if not isinstance(source, int)})
            reached = set()
            for case in range(1 << len(names)):
                levels = [source if isinstance(source, int) else case >> names.index(source) & 1
                          for source in sources]
                reached.add(sum(level << i for i, level in enumerate(levels)))
            for address, bit in enumerate(TABLE_BITS):
                use = BitUse("table", name, f"INIT[{address}]") if address in reached else None
                self.bits.take(bel.x, bel.y, f"LC_{bel.z}", use, bit)

    def _contents(self):
        """Uses of the bits in block RAMs."""
        uses = {}
        for bel in self.chip.bels:
            if bel.type != "ICESTORM_RAM":
                continue
            bits, keys = words(self, bel)
            if bel.name in self._blocks:
                uses |= {key: BitUse("contents", bel.name, f"INIT[{bit}]")
                         for bit, key in enumerate(keys)}
            elif bits.any():
                raise DecodeError(f"{bel.name} has contents, but is not in use")
        return uses
