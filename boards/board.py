# amaranth: UnusedElaboratable=no
"""Common to every board: its description, its list, and the module around `hdl.top`."""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path

from amaranth.hdl import ClockDomain, ClockSignal, Module, Signal
from amaranth.lib import io, wiring
from amaranth.lib.cdc import ResetSynchronizer

from ..golden.spec import preset
from ..golden.spec.flash import FlashChip
from ..golden.spec.link import FEWEST_CYCLES
from ..golden.spec.plain import Plain
from ..hdl.top import StreamTop, Top
from .chip import Chip
from .fit import shortage
from .flash_pins import connect_flash
from .programmer import Programmer
from .usb.top import UsbTop

__all__ = ["BOARDS", "BoardSpec", "BoardTop", "PowerOnReset", "board"]

# Command-line name: module of this package that defines it, in BOARD, or in BOARDS if several
# boards differ in their chip only.
BOARDS = {
    "icebreaker": "icebreaker",
    "icebreaker-bitsy": "icebreaker_bitsy",
    "icesugar": "icesugar",
    "upduino": "upduino",
    "ulx3s-12f": "ulx3s",
    "ulx3s-25f": "ulx3s",
    "ulx3s-45f": "ulx3s",
    "ulx3s-85f": "ulx3s",
    "ulx3s-25f-usb": "ulx3s",
    "ulx3s-85f-usb": "ulx3s",
    "orangecrab-25f": "orangecrab",
    "orangecrab-85f": "orangecrab",
    "orangecrab-25f-usb": "orangecrab",
    "orangecrab-85f-usb": "orangecrab",
    "ecpix5-45f": "ecpix5",
    "ecpix5-85f": "ecpix5",
    "colorlight-i5": "colorlight",
    "colorlight-i9": "colorlight",
    "tang-nano-9k": "tang_nano_9k",
    "tang-nano-20k": "tang_nano_20k",
    "tang-primer-20k": "tang_primer_20k",
    "tang-primer-25k": "tang_primer_25k",
    "tang-mega-138k": "tang_mega_138k",
}


@dataclass(frozen=True)
class BoardSpec(Plain):
    """One board, and how to build for it.

    Parameters
    ----------
    name : str
        On the command line.
    title : str
        Board and chip, for people; where the UART is, if it is not behind the USB connector.
    chip : Chip
    platform : type
        Amaranth platform: pins and toolchain; it must have `led` 0, and `uart` 0 or `usb`.
    clock : callable
        ``clock(clock_hz)`` returns the component that drives the clock and the reset of `sync`;
        see `boards.clocks`.
    clock_hz : int
        Clock of the design.
    presets : dict
        Name of a rule -> design that is built for it if none is named, first of the rule that is
        built if none is named. One for which the chip is too small is not `offered`.
    programmer : Programmer or None
        How a bitstream gets onto it.
    samples : int or None
        Most samples that are stored on the chip: a design with more is built with this many. None:
        as many as the chip's boards store.
    baud : int or None
        Rate of the UART; None takes whatever rate the host speaks.
    usb : str or None
        Resource of D+, D- and the pull-up of a USB connector that goes to the chip itself, in place
        of the UART: see `boards.usb`. `clock` then also drives `usb` and `usb_io`. None: a UART.
    clocks : dict
        Name of a preset -> clock in Hz, where it is not `clock_hz`.
    seeds : dict
        Name of a preset -> seed of a placement that is known to be fast enough.
    options : dict
        What the tools are told beside the options of the chip and its family: see `ChipFamily`,
        whose `options_known` are the names.
    flash : FlashChip or None
        Its flash memory, where a design with `flash` may keep samples: behind `first` lies no part
        of any bitstream. Its lines are the resource `flash`: `chip`, `data` (of four pins, from
        the one that goes to the memory), and `clock`, unless that is the chip's own pin, which
        `hdl.lib.primitives` has for the family. None: none that can be used.
    held : dict
        Name of a resource of the platform, an output of one pin -> level that it is held at.
    notes : tuple of str
        Notes on the use of the board, a sentence or more each.
    """

    name: str
    title: str
    chip: Chip
    platform: type
    clock: Callable
    clock_hz: int
    presets: dict[str, str]
    programmer: Programmer | None = None
    samples: int | None = None
    baud: int | None = None
    usb: str | None = None
    clocks: dict[str, int] = field(default_factory=dict)
    seeds: dict[str, int] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    flash: FlashChip | None = None
    held: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self):
        super().__post_init__()
        if self.samples is None:
            object.__setattr__(self, "samples", self.chip.samples)
        if self.baud is not None and not 0 < FEWEST_CYCLES * self.baud <= self.clock_hz:
            raise ValueError(f"baud must be at most an eighth of the clock of {self.name}, "
                             f"{self.clock_hz} Hz, not {self.baud}")
        if self.usb is not None and self.baud is not None:
            raise ValueError(f"baud must be None where usb is given: USB has no rate, {self.name}")
        if self.usb is not None and self.flash is not None:
            raise ValueError(f"flash must be None where usb is given, {self.name}")
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", self.name):
            raise ValueError("name must be letters, digits, - and _, beginning with a letter, "
                             f"not {self.name!r}")
        for option in self.options:
            if option not in self.chip.family.options_known:
                raise ValueError(f"options of {self.name} must be among "
                                 f"{', '.join(self.chip.family.options_known)}, not {option!r}, "
                                 "which no tool reads")

    @property
    def offered(self):
        """Those of `presets` for which the chip is large enough, by the estimate: dict."""
        return {rule: name for rule, name in self.presets.items()
                if not shortage(self.stored(preset(name)), self.chip)}

    @property
    def preset(self):
        """Design that is built if neither it nor a rule is named."""
        return next(iter((self.offered or self.presets).values()))

    @property
    def cells(self):
        """Rows of the resource table: see `ChipFamily`."""
        return self.chip.family.cells

    @property
    def oscillator(self):
        """Name of the resource that the clock is made of."""
        return getattr(self.clock, "keywords", {}).get("resource", self.platform.default_clk)

    @property
    def reference_hz(self):
        """Frequency of the oscillator.

        Raises
        ------
        ValueError
            The platform does not say it.
        """
        found = self.oscillator and self.platform().lookup(self.oscillator, 0).clock
        if not found:
            raise ValueError(f"the platform of {self.name} must say the oscillator's frequency: a "
                             f"Clock in its resource {self.oscillator!r}")
        return found.frequency

    @property
    def domains(self):
        """Clock domains of a design on this board: dict of name -> Hz, `sync` first."""
        others = {} if self.usb is None else self.clock(self.clock_hz).usb_hz
        return {"sync": self.clock_hz, **others}

    def core(self, design):
        """Hardware of a design, for `BoardTop`: `Top`, or with `usb` its engine in `UsbTop`."""
        if self.usb is None:
            return Top(design, self.clock_hz, self.baud, self.flash)
        return UsbTop(StreamTop(design, self.clock_hz))

    def running(self, preset, clock_hz=None):
        """This board at the clock of a preset, or at another one in Hz.

        Parameters
        ----------
        preset : str
            Name of the design.
        clock_hz : int or None
        """
        if clock_hz is None:
            clock_hz = self.clocks.get(preset, self.clock_hz)
        return replace(self, clock_hz=clock_hz)

    def placements(self, preset, first=None, count=8):
        """Seeds of the placements to try, a tuple of `count`: first one that is known to be good.

        Parameters
        ----------
        preset : str
            Name of the design.
        first : int or None
            The first instead, and those that follow it.
        count : int
        """
        if first is not None:
            return tuple(range(first, first + count))
        known = self.seeds.get(preset, 1)
        return (known, *[seed for seed in range(1, count + 1) if seed != known][:count - 1])

    def words(self, option):
        """The words for a tool: the option of the family, the chip and the board, as one text."""
        places = (self.chip.family.options, self.chip.options, self.options)
        return " ".join(found[option] for found in places if found.get(option))

    def design(self, rule=None, name=None):
        """(Name, design) to build: the preset `name`, else that of a rule, else the board's own.

        Raises
        ------
        ValueError
            There is none, or the preset is of another rule.
        """
        if name is None:
            if rule is not None and rule not in self.offered:
                raise ValueError(f"{self.name} has a preset for the rules "
                                 f"{', '.join(self.offered) or '(none)'}, not for "
                                 f"{rule!r}{self._too_large(rule)}: name a preset")
            name = self.preset if rule is None else self.presets[rule]
        found = preset(name)
        if rule is not None and found.rule.name != rule:
            raise ValueError(f"preset {name} is of the rule {found.rule.name}, not {rule}")
        return name, self.stored(found)

    def _too_large(self, rule):
        """Why the preset of a rule is not offered, in words; "" if there is none."""
        if rule not in self.presets:
            return ""
        name = self.presets[rule]
        return f" ({name} takes {', '.join(shortage(self.stored(preset(name)), self.chip))})"

    def stored(self, design):
        """`design` with no more stored samples than this board has room for."""
        if self.samples is None or design.sample_capacity <= self.samples:
            return design
        return design.replace(sample_capacity=self.samples)


def board(name):
    """The board called `name`, or the one that a file of the user's own defines.

    The file is executed: it may do whatever its user may.

    Parameters
    ----------
    name : str
        A name from `BOARDS`, in small letters or large ones, or the path of a Python file
        (``….py``) that defines BOARD.

    Raises
    ------
    ValueError
        There is no such board, and the message lists those that may be meant, else all; or the file
        defines none that can be built: see `own`.
    """
    small = name.lower()
    if small in BOARDS:
        module = import_module(f".{BOARDS[small]}", __package__)
        found = getattr(module, "BOARDS", None) or (module.BOARD,)
        return next(entry for entry in found if entry.name == small)
    if name.endswith(".py"):
        return import_module(".own", __package__).board_of_file(Path(name))
    if meant := _meant(small):
        raise ValueError(f"there is no board {name!r}: did you mean {', '.join(meant)}?")
    raise ValueError(f"board must be one of {', '.join(BOARDS)}, or a Python file that defines "
                     f"BOARD, not {name!r}")


def _meant(name):
    """Names of boards that begin with a text, else those that are much like it: a list."""
    begun = [one for one in BOARDS if name and one.startswith(name)]
    return begun or difflib.get_close_matches(name, BOARDS, n=4, cutoff=0.75)


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
    """A design on a board: clock, reset, its line's pins and an LED, lit while the engine runs.

    Pins of the board that must not be left open are held at their level.

    Parameters
    ----------
    board : BoardSpec
    core : wiring.Component
        Ports rx, tx and busy, clock domain `sync`; on a board with `usb` those of `UsbTop`.
    """

    def __init__(self, board, core):
        self._board, self._core = board, core
        super().__init__({})

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = ClockDomain()
        m.submodules.clock = self._board.clock(self._board.clock_hz)
        m.submodules.core = core = self._core
        (self._uart if self._board.usb is None else self._usb)(m, platform, core)
        if hasattr(core, "flash"):
            connect_flash(m, platform, core.flash)
        m.submodules.led = lit = io.Buffer("o", platform.request("led", 0, dir="-"))
        m.d.comb += lit.o.eq(core.busy)
        for name, level in self._board.held.items():
            m.submodules[name] = pin = io.Buffer("o", platform.request(name, 0, dir="-"))
            m.d.comb += pin.o.eq(level)
        return m

    def _uart(self, m, platform, core):
        uart = platform.request("uart", 0, dir="-")
        m.submodules.rx = rx = io.Buffer("i", uart.rx)
        m.submodules.tx = tx = io.Buffer("o", uart.tx)
        m.d.comb += [core.rx.eq(rx.i), tx.o.eq(core.tx)]

    def _usb(self, m, platform, core):
        m.domains += ClockDomain("usb"), ClockDomain("usb_io")
        usb = platform.request(self._board.usb, 0, dir="-")
        m.submodules.d_p = d_p = io.Buffer("io", usb.d_p)
        m.submodules.d_n = d_n = io.Buffer("io", usb.d_n)
        m.submodules.pullup = pullup = io.Buffer("o", usb.pullup)
        m.d.comb += [core.d_p_i.eq(d_p.i), d_p.o.eq(core.d_p_o), d_p.oe.eq(core.oe),
                     core.d_n_i.eq(d_n.i), d_n.o.eq(core.d_n_o), d_n.oe.eq(core.oe),
                     pullup.o.eq(core.pullup)]
