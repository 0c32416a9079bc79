# amaranth: UnusedElaboratable=no
"""A board of the user's own: a Python file that defines BOARD, and what can be wrong with it."""

import traceback
from importlib.machinery import SourceFileLoader
from types import ModuleType

from amaranth.build import ResourceError
from amaranth.lib import io
from amaranth.vendor import LatticeECP5Platform, LatticeICE40Platform

from ..golden.spec import preset
from .board import BoardSpec
from .clocks.ecp5_usb import Ecp5UsbClock
from .pins import parts_of, wanted
from .platforms import AroraVPlatform, HimbaechelPlatform

__all__ = ["board_of_file", "fault"]

KIND = "a cortigate.boards.board.BoardSpec"
PLATFORMS = {"ice40": ("amaranth.vendor.LatticeICE40Platform", LatticeICE40Platform),
             "ecp5": ("amaranth.vendor.LatticeECP5Platform", LatticeECP5Platform),
             "gowin": ("cortigate.boards.platforms.HimbaechelPlatform", HimbaechelPlatform),
             "gw5a": ("cortigate.boards.platforms.AroraVPlatform", AroraVPlatform)}
# The part of a chip's name that says how large it is: an LFE5UM5G-25F has an LFE5U-25F's blocks.
SIZES = {"ice40": str.lower, "ecp5": lambda name: name.rpartition("-")[2],
         "gowin": lambda name: name.replace("R", ""), "gw5a": str}


def board_of_file(path):
    """BOARD of a Python file, which is executed.

    Raises
    ------
    ValueError
        The file is not Python, fails, defines no BOARD, or one that cannot be built. The message
        names the file, and the line where there is one.
    """
    if not path.is_file():
        raise ValueError(f"there is no file {path}: it must be Python and define BOARD, {KIND}")
    loader = SourceFileLoader(f"board_{path.stem}", str(path))
    module = ModuleType(loader.name)
    module.__file__ = loader.path
    try:
        loader.exec_module(module)
    except SyntaxError as error:
        raise ValueError(f"{path} is not Python: line {error.lineno}: {error.msg}") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # it may do anything
        raise _failed(path, error) from error
    found = getattr(module, "BOARD", None)
    if not isinstance(found, BoardSpec):
        what = "does not define BOARD" if found is None else (
            f"defines BOARD as an object of the type {type(found).__name__}")
        raise ValueError(f"{path} {what}: it must be {KIND}")
    try:
        problem = fault(found)
    except Exception as error:  # the platform is the file's, or one of Amaranth's
        raise (_failed(path, error) if _place(error, str(path)) else
               ValueError(f"{path}: {error}")) from error
    if problem:
        raise ValueError(f"{path}: {problem}")
    return found


def _failed(path, error):
    return ValueError(f"{path} failed{_place(error, str(path))}: {type(error).__name__}: {error}")


def _place(error, file):
    """Where an error came from, in words: the last line of `file` that was executed."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__)
             if frame.filename == file]
    return f" in line {lines[-1]}" if lines else ""


def fault(board):
    """A contradiction in a board, or something that it lacks, a sentence; None: none is found."""
    return (_preset_fault(board) or _platform_fault(board) or _pin_fault(board)
            or _clock_fault(board))


def _preset_fault(board):
    """There is no preset, or one of another rule than it is said to be of."""
    if not board.presets:
        return "presets must name a design for one rule or more"
    for rule, name in board.presets.items():
        if (found := preset(name).rule.name) != rule:
            return f"presets has {name} for the rule {rule}, but it is of the rule {found}"
    return None


def _platform_fault(board):
    """Platform and chip are not of one kind."""
    family, platform = board.chip.family.name, board.platform
    called, base = PLATFORMS[family]
    if not issubclass(platform, base):
        return f"platform must be a subclass of {called} for the chip {board.chip.name}"
    name = platform.device if hasattr(platform, "device") else platform().chip
    if SIZES[family](name) != SIZES[family](board.chip.name):
        return f"the platform is for the chip {name}, but chip is {board.chip.name}"
    return None


def _clock_fault(board):
    """The clock is another family's, of another oscillator, or one that the PLL cannot make."""
    made_by = getattr(board.clock, "func", board.clock).__module__
    family = board.chip.family.name
    others = {f"{__package__}.clocks.{name}" for name in PLATFORMS if name != family}
    if made_by in others:
        return (f"the clock is of {made_by}, but the PLL of {board.chip.name} is in "
                f"{__package__}.clocks.{family}")
    made_from = getattr(board.clock, "keywords", {}).get("reference_hz")
    if made_from is not None and made_from != board.reference_hz:
        return (f"the clock is made from {made_from / 1e6:g} MHz, but the resource "
                f"{board.oscillator} has {board.reference_hz / 1e6:g} MHz")
    func = getattr(board.clock, "func", None)
    drives = func is Ecp5UsbClock
    if isinstance(func, type) and drives != (board.usb is not None):
        return ("the clock drives usb and usb_io, too, but usb is None" if drives else
                "with usb the clock must drive usb and usb_io, too: "
                "cortigate.boards.clocks.ecp5_usb.clock_with_usb")
    clocks = {"clock_hz": board.clock_hz} | {
        f"clocks[{name!r}]": hz for name, hz in board.clocks.items()}
    return next(filter(None, (_impossible(board, key, hz) for key, hz in clocks.items())), None)


def _impossible(board, key, hz):
    """Why the PLL cannot make a clock, a sentence that begins with its key; None: it can."""
    try:
        made = board.clock(hz)
    except ValueError as error:
        text = str(error)  # which speaks of clock_hz whatever is asked
        return key + text.removeprefix("clock_hz") if text.startswith("clock_hz") else (
            f"clock: {text}")
    if made is not None:  # a stand-in
        made._MustUse__used = True  # it was made to see whether it can be, in a user's file
    return None


def _pin_fault(board):
    """A resource is missing or of the wrong direction, or two have one pin."""
    platform = board.platform()
    for name, directions in wanted(board).items():
        try:
            ports = parts_of(platform.request(name, 0, dir="-"))
        except ResourceError as error:
            known = ", ".join(f"{one}#{number}" for one, number in platform.resources)
            return f"{error}. The platform has {known or 'no resources'}"
        for part, direction in directions.items():
            if part not in ports:
                return f"{name}#0 must " + (
                    f"have the subsignal {part}" if part else "be pins without subsignals")
            if ports[part].direction not in (io.Direction(direction), io.Direction.Bidir):
                return f"{f'{name}#0 {part}'.strip()} must have dir=\"{direction}\""
    return None
