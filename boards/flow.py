# amaranth: UnusedElaboratable=no
"""Options of the tools for a design on a board: the one place that builds and checks share."""

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass

from amaranth.build import ResourceError

from ..golden.spec import Design
from ..hdl.lib.yosys import YOSYS_SCRIPT, converted
from .board import BoardSpec, BoardTop
from .floorplan import placing_script
from .timing import MARGINS

__all__ = ["Flow", "flow", "synthesis_script"]

CONSTRAINTS = (".pcf", ".lpf", ".cst")
BITSTREAMS = {"icepack": ".bin", "ecppack": ".bit", "gowin_pack": ".fs"}


@dataclass(frozen=True)
class Flow:
    """Files and commands of one build; the files of a placement are named by its seed.

    Parameters
    ----------
    name : str
        Of the top module and of the files.
    files : dict
        Name -> text: the RTLIL, the script of Yosys, the constraints.
    synthesis : tuple of str
        Reads ``NAME.il``; writes ``NAME.json``, and ``NAME.given.json`` with the blocks that were
        instantiated (see `boards.blocks`).
    """

    name: str
    files: dict[str, str]
    synthesis: tuple[str, ...]
    _placement: tuple[str, ...]
    _packing: tuple[str, ...]

    def write(self, folder):
        """Write the files to a folder, a Path."""
        for name, text in self.files.items():
            (folder / name).write_text(text, encoding="utf-8")

    @property
    def suffix(self):
        """Of the bitstream: ``.bin``, ``.bit`` or ``.fs``."""
        return BITSTREAMS[self._packing[0]]

    @property
    def constraints(self):
        """Name of the file of constraints."""
        return next(name for name in self.files if name.endswith(CONSTRAINTS))

    def placement(self, seed):
        """Command of nextpnr: writes ``seedN.asc`` or ``seedN.config``, the placed netlist
        ``seedN.pnr.json``, the report ``seedN.json`` and the log ``seedN.tim``."""
        words = [self._for_seed(word, seed) for word in self._placement]
        if "--write" not in words:
            words += ["--write", f"seed{seed}.pnr.json"]
        return [*words, "--seed", f"{seed}", "--report", f"seed{seed}.json"]

    def packing(self, seed):
        """Command of the packer: writes the bitstream, ``NAME.bin``, ``.bit`` or ``.fs``."""
        return [self._for_seed(word, seed) for word in self._packing]

    def _for_seed(self, word, seed):
        """A word of a command with the files of one placement in place of the common ones."""
        for suffix in (".asc", ".config", ".pnr.json", ".tim"):
            word = word.replace(f"{self.name}{suffix}", f"seed{seed}{suffix}")
        return word


def flow(board: BoardSpec, core, design: Design | None = None):
    """`Flow` of a board with `core` on it; runs no tool.

    Parameters
    ----------
    board : BoardSpec
    core : wiring.Component
        As of `BoardTop`.
    design : Design or None
        That of `core`, whose parts have places on some chips (`boards.floorplan`); None: the placer
        places all.

    Raises
    ------
    ValueError
        The board's pins or its clock cannot be used.
    ConversionError
        From Amaranth's Yosys.
    """
    name = board.name.replace("-", "_")
    # Whether a placement is fast enough is judged by the build, since another seed may be.
    # Synthesis has a script of its own.
    options = {key: words for key in board.chip.family.options_known
               if key != "synthesis" and (words := board.words(key))}
    options["nextpnr_opts"] = f"{options.get('nextpnr_opts', '')} --timing-allow-fail".strip()
    with _no_overrides():
        try:
            plan = converted(lambda: _demanding(board).build(
                BoardTop(board, core), name, do_build=False, **options))
        except ResourceError as error:
            raise ValueError(f"the pins of {board.name} cannot be used: {error}") from error
    made = plan.files
    synthesis, placement, packing = json.loads(made[f"build_{name}.json"])["commands"]
    files = {file: text if isinstance(text, str) else text.decode()
             for file, text in made.items() if file.endswith((".il", *CONSTRAINTS))}
    places = "" if design is None else placing_script(board, design)
    files[f"{name}.ys"] = f"{synthesis_script(board, name)}{places}write_json {name}.json\n"
    return Flow(name, files, tuple(word for word in synthesis if word != "-q"),
                tuple(word for word in placement if word not in ("--quiet", "-q")), tuple(packing))


def _demanding(board):
    """The board's platform, whose constraints ask for the margin that a build demands."""
    platform, factor = board.platform(), 1 + MARGINS[board.chip.family.name]
    constrain = platform.add_clock_constraint
    platform.add_clock_constraint = lambda clock, hz: constrain(clock, hz * factor)
    return platform


def synthesis_script(board: BoardSpec, name, *, blocks=True):
    """Script of Yosys from ``NAME.il`` to the netlist in its memory, for the board's chip.

    Parameters
    ----------
    board : BoardSpec
    name : str
        Of the top module.
    blocks : bool
        Also write ``NAME.given.json``: the flat design reduced to the cells of the chip that are
        instantiated in it, as they are before synthesis.
    """
    given = (f"design -save read\nhierarchy -top {name}\nflatten\ndelete t:$* p:*\n"
             f"write_json {name}.given.json\ndesign -load read\n")
    command, mapping = f"{board.words('synthesis')} -top {name}", board.chip.family.mapping
    if mapping:
        command = f"{command} -run begin:map_luts\n{mapping}{command} -run map_cells:"
    return f"read_rtlil {name}.il\n{YOSYS_SCRIPT}{given if blocks else ''}{command}\n"


@contextmanager
def _no_overrides():
    """Amaranth also takes its options from the environment, where no check would see them."""
    taken = {key: os.environ.pop(key) for key in list(os.environ)
             if key.startswith("AMARANTH_") and not key.startswith("AMARANTH_ENV_")}
    try:
        yield
    finally:
        os.environ.update(taken)
