"""A configured chip as a board: its circuit behind a pseudo-terminal, with the board's pins."""

import tempfile
from importlib import import_module
from pathlib import Path

from ...boards.bitstream.circuit import Circuit
from ...boards.board import BoardSpec
from ...boards.build import made_hz
from ...boards.host import driver
from ...boards.host.link import Unplugged
from ...boards.pins import pins_of
from ...boards.voice import tell
from ...golden.spec import Design
from ...golden.spec.link import FEWEST_CYCLES, pause_cycles, sparse_samples
from ..usb.board import plugged
from ..virtual_board import SETTLE, BoardProcess, terms
from .network import FabricNet
from .pads import drive_pads
from .program import program
from .twins import add_twin
from .usb import UsbFabric

__all__ = ["FabricBoard", "network_of", "open_fabric", "signals_of"]

# After the counter of `boards.board.PowerOnReset`: its synchronisers, and memories at rest.
RESET_MARGIN = 64
CLOCK_ERROR = 1e-3  # relative
TIMEOUT = 300.0  # seconds for an answer, some 5e5 cycles; a board that gives none says so sooner
PATIENCE = 5.0
MOST_POLLS = 50_000  # of a board with USB for an answer, some 2e7 cycles


def signals_of(board: BoardSpec):
    """Where the signals of `boards.board.BoardTop` meet a board.

    Returns
    -------
    dict
        Signal ("clk", "rx", "tx", "busy") -> (name of its resource, `boards.pins.Pin`).
    """
    clock, uart = board.oscillator, pins_of(board, "uart")
    return {"clk": (clock, pins_of(board, clock)[""]), "rx": ("uart rx", uart["rx"]),
            "tx": ("uart tx", uart["tx"]), "busy": ("led", pins_of(board, "led")[""])}


def network_of(circuit: Circuit, board: BoardSpec, twin: Circuit | None = None):
    """`FabricNet` of a circuit with inputs `clk` and `rx`, outputs `tx` and `busy`.

    Other pads hear what they drive themselves, or 1 where they drive nothing.

    Parameters
    ----------
    circuit : Circuit
    board : BoardSpec
    twin : Circuit or None
        Another that hears the same: from the first difference on (`twins.add_twin`) `tx` is 1.

    Raises
    ------
    ValueError
        The circuit has no pad where the board has a pin, or does not use it as that signal needs;
        it has a cell in a mode that is not modelled.
    """
    network = FabricNet()
    lower = import_module(f".{board.chip.family.name}", __package__).lower
    lower(circuit, network)
    inputs, outputs = {}, {}
    for signal, (title, (pin, inverted)) in signals_of(board).items():
        where = f"{title} of {board.name} is at pin {pin}, where the circuit"
        if pin not in circuit.pads:
            raise ValueError(f"{where} has no pad; it has pads at {', '.join(circuit.pads)}")
        place, given = circuit.pads[pin], signal in ("clk", "rx")
        source = (place, "PAD" if given else "PAD_OUT")
        if not (network.looks_at if given else network.drives)(source):
            raise ValueError(f"{where} {'reads' if given else 'drives'} nothing ({place})")
        (inputs if given else outputs)[signal] = source, inverted
    for signal, (source, inverted) in inputs.items():
        outside = network.fresh() if inverted else network.net(source)
        network.input(signal, outside)
        if inverted:
            network.table(network.net(source), 0b01, [outside])
    drive_pads(circuit, network)
    levels = {signal: network.net(source) for signal, (source, _) in outputs.items()}
    if twin is not None:
        heard = {source for source, _ in inputs.values()}
        differs = add_twin(network, circuit, twin, lower, heard, network.inputs["rx"])
        levels["tx"] = network.table(network.fresh(), 0b1110, [levels["tx"], differs])
    for signal, (_, inverted) in outputs.items():
        level = levels[signal]
        network.output(signal, network.table(network.fresh(), 0b01, [level]) if inverted else level)
    return network


class FabricBoard(BoardProcess):
    """A circuit as a process; a context manager that yields its serial port.

    The power-on reset has passed before there is a port.

    Parameters
    ----------
    circuit : Circuit
        Placed, or decoded from a file.
    board : BoardSpec
        Its pins, family, oscillator, clock and baud rate.
    settle : int
        Clock cycles without a sign of life after which no answer comes any more.
    most_cycles : int or None
        After this many clock cycles the board ends by itself.
    patience : float or None
        Seconds after which it does when it idles without having answered to what it heard.
    twin : Circuit or None
        Of `network_of`: a board that answers to the end has not differed from it.
    announce : callable
        Told in a sentence what is compiled, if anything is.

    Attributes
    ----------
    baud : int
        Speed of its line if nobody asks for another: the board's, or the fastest.

    Raises
    ------
    ValueError
        From `network_of`, or the circuit makes another clock than the board's.
    MissingTool, BuildError
        From `program`, when it is started.
    """

    def __init__(self, circuit: Circuit, board: BoardSpec, *, settle=SETTLE[True], most_cycles=None,
                 patience=None, twin: Circuit | None = None, announce=tell):
        super().__init__()
        self._text = network_of(circuit, board, twin).text()
        clock_hz = round(made_hz(board, circuit))
        if abs(clock_hz / board.clock_hz - 1) > CLOCK_ERROR:  # the line would follow any clock
            raise ValueError(f"the circuit's clock must be the {board.clock_hz} Hz of "
                             f"{board.name}, not {clock_hz} Hz")
        self.baud = clock_hz // FEWEST_CYCLES if board.baud is None else board.baud
        reset = board.clock_hz * 15 // 1_000_000 + RESET_MARGIN
        self._terms = [reset, *terms(
            clock=clock_hz, baud=self.baud, settle=settle, pause=pause_cycles(clock_hz),
            cycles=most_cycles or 0,
            patience=0 if patience is None else max(1, round(1000 * patience)))]
        self._announce, self._file = announce, None

    def _command(self):
        return [program(self._announce), self._file, "board", *self._terms]

    def start(self):
        """Start the process (compile it first if need be); returns the port.

        Raises
        ------
        RuntimeError
            It runs already, or could not start: the circuit may not settle.
        """
        with tempfile.TemporaryDirectory() as folder:  # it is read before there is a port
            self._file = Path(folder, "network.txt")
            self._file.write_text(self._text)
            return super().start()


class FabricDriver(driver.Board):
    """The driver's `Board` on a `FabricBoard`; closing it ends the simulation."""

    owner: FabricBoard | UsbFabric


def open_fabric(circuit: Circuit, board: BoardSpec, design: Design, *, most_cycles=None,
                patience=PATIENCE, timeout=TIMEOUT, twin: Circuit | None = None,
                announce=tell) -> FabricDriver:
    """A `FabricDriver` with a `FabricBoard` of its own.

    Where the board's line is USB it is a `UsbFabric`, for which `most_cycles` and `patience` mean
    nothing: its host polls, and gives up.

    Parameters
    ----------
    circuit, board, most_cycles, patience, twin, announce
        As of `FabricBoard`.
    design : Design
    timeout : float
        Seconds that the driver waits for an answer.

    Raises
    ------
    ValueError, RuntimeError, MissingTool, BuildError
        From `FabricBoard`.
    LinkError
        From `boards.host`: `Unplugged` if the board ended by itself; `owner.ended` says why once
        the board is closed.
    """
    if board.usb is not None:
        if twin is not None:
            raise ValueError(f"twin must be None for {board.name}, whose line is USB")
        chip = UsbFabric(circuit, board, announce=announce)
        return FabricDriver(plugged(chip, timeout=timeout, most_polls=MOST_POLLS), design, chip)
    virtual = FabricBoard(circuit, board, settle=SETTLE[sparse_samples(design)],
                          most_cycles=most_cycles, patience=patience, twin=twin,
                          announce=announce)
    port = virtual.start()
    try:
        return FabricDriver.open(port, design, baud=virtual.baud, timeout=timeout,
                                 attempts=2, owner=virtual)
    except BaseException as error:
        virtual.close()
        if isinstance(error, Unplugged) and virtual.ended:
            raise Unplugged(f"the simulated board ended: {virtual.ended}") from error
        raise
