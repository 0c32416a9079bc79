"""What is the same for every board: its description, its list, and the module around `hdl.top`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module

from amaranth.hdl import ClockDomain, ClockSignal, Module, Signal
from amaranth.lib import io, wiring
from amaranth.lib.cdc import ResetSynchronizer

from ..golden.spec import preset

__all__ = ["BOARDS", "Board", "BoardTop", "PowerOnReset", "board"]

# Command-line name: module of this package that defines BOARD.
BOARDS = {"icebreaker": "icebreaker", "ulx3s-85f": "ulx3s"}


@dataclass(frozen=True)
class Board:
    """One board, and how to build for it.

    Parameters
    ----------
    name : str
        On the command line.
    title : str
        Board and device, for people.
    platform : type
        Amaranth platform: pins and toolchain; it must have `uart` 0 and `led` 0.
    clock : callable
        ``clock(clock_hz)`` returns the component that drives the clock and the reset of `sync`.
    clock_hz : int
        Clock of the design.
    baud : int
        Rate of the UART.
    presets : dict
        Name of a rule -> design that is built for it if none is named, first of the rule that is
        built if none is named.
    options : dict
        Overrides of the platform's toolchain, such as ``synth_opts``.
    cells : dict
        Row of the resource table -> cell type in the report of place and route, or, where that
        report does not tell it apart, prefix of the cell types in the netlist.
    """

    name: str
    title: str
    platform: type
    clock: Callable
    clock_hz: int
    baud: int
    presets: dict[str, str]
    options: dict[str, str] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)

    @property
    def preset(self):
        """Design that is built if neither it nor a rule is named."""
        return next(iter(self.presets.values()))

    def design(self, rule=None, name=None):
        """(Name, design) to build: the preset `name`, else that of a rule, else the board's own.

        Raises
        ------
        ValueError
            There is none, or the preset is of another rule.
        """
        if name is None:
            if rule is not None and rule not in self.presets:
                raise ValueError(f"{self.name} has a preset for the rules "
                                 f"{', '.join(self.presets)}, not for {rule!r}: name one")
            name = self.preset if rule is None else self.presets[rule]
        found = preset(name)
        if rule is not None and found.rule.name != rule:
            raise ValueError(f"preset {name} is of the rule {found.rule.name}, not {rule}")
        return name, found


def board(name):
    """The board called `name`.

    Raises
    ------
    ValueError
        There is no such board; the message lists all.
    """
    if name not in BOARDS:
        raise ValueError(f"board must be one of {', '.join(BOARDS)}, not {name!r}")
    return import_module(f".{BOARDS[name]}", __package__).BOARD


class PowerOnReset(wiring.Component):
    """Holds the reset of `sync` for 15 us after the PLL has locked.

    iCE40 block RAMs read as zero for about 3 us after configuration; five times that is waited.
    Release is synchronous to the clock.

    Parameters
    ----------
    clock_hz : int

    Members
    -------
    locked : In(1)
        Asynchronous.
    """

    locked: wiring.In(1)

    def __init__(self, clock_hz):
        self._cycles = clock_hz * 15 // 1_000_000
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.domains.por = ClockDomain(local=True)
        m.d.comb += ClockSignal("por").eq(ClockSignal("sync"))
        m.submodules.locked = ResetSynchronizer(~self.locked, domain="por")
        count = Signal(range(self._cycles + 1))
        ready = Signal()
        with m.If(count == self._cycles):
            m.d.por += ready.eq(1)
        with m.Else():
            m.d.por += count.eq(count + 1)
        m.submodules.ready = ResetSynchronizer(~ready, domain="sync")
        return m


class BoardTop(wiring.Component):
    """A design on a board: clock, reset, UART pins and an LED that is lit while the engine runs.

    Parameters
    ----------
    board : Board
    core : wiring.Component
        Ports rx, tx and busy, clock domain sync.
    """

    def __init__(self, board, core):
        self._board, self._core = board, core
        super().__init__({})

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = ClockDomain()
        m.submodules.clock = self._board.clock(self._board.clock_hz)
        m.submodules.core = core = self._core
        uart, led = platform.request("uart", 0, dir="-"), platform.request("led", 0, dir="-")
        m.submodules.rx = rx = io.Buffer("i", uart.rx)
        m.submodules.tx = tx = io.Buffer("o", uart.tx)
        m.submodules.led = lit = io.Buffer("o", led)
        m.d.comb += [core.rx.eq(rx.i), tx.o.eq(core.tx), lit.o.eq(core.busy)]
        return m
