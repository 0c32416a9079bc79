"""The command of a board's programmer, which loads a bitstream: it is shown, then run.

The flash memory, whose contents are lost, is only written where somebody asked for it.
"""

import hashlib
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ..golden.spec.plain import Plain
from .extras import command_name
from .record import PROOF_SAMPLES, REPORT, BuildRecord

__all__ = ["PLACES", "TARGETS", "LoadError", "Programmer", "built", "command", "load"]

TARGETS = ("sram", "flash")
PLACES = {"sram": "the chip's own memory (SRAM), which keeps it until the power goes",
          "flash": "the flash memory that the board starts from: what is there now is lost"}


class LoadError(RuntimeError):
    """There is no bitstream or no programmer, it failed, or nobody asked for the flash."""


@dataclass(frozen=True)
class Programmer(Plain):
    """A board's programmer.

    Parameters
    ----------
    program : tuple of str
        The command up to where the bitstream goes, such as ``("openFPGALoader", "-b", "ulx3s")``.
    sram, flash : tuple of str or None
        More arguments to load the chip's own memory, which is lost with the power, or to write the
        flash that it starts from. None: the programmer cannot do this on this board.
    """

    program: tuple[str, ...]
    sram: tuple[str, ...] | None = ("-m",)
    flash: tuple[str, ...] | None = ("-f",)

    @property
    def target(self):
        """Where a bitstream goes if nobody says: to the SRAM if possible. Else the flash."""
        return "flash" if self.sram is None else "sram"


def command(board, bitstream, target=None, options=()):
    """Words of the command that loads `bitstream`, a path.

    Parameters
    ----------
    board : Board
    bitstream : path
    target : str or None
        "sram", "flash", or None: what the board's programmer does best.
    options : sequence of str
        More words for the programmer, before the path.

    Raises
    ------
    LoadError
        The board has no programmer, or it cannot do this.
    """
    programmer = board.programmer
    if programmer is None:
        raise LoadError(f"{board.name} has no programmer: give its BoardSpec one, or load "
                        f"{bitstream} with the board's own tool")
    target = programmer.target if target is None else target
    words = {"sram": programmer.sram, "flash": programmer.flash}[target]
    if words is None:
        other = next(name for name in TARGETS if name != target)
        raise LoadError(f"{programmer.program[0]} cannot load the {target} of {board.name}: "
                        f"try --{other}")
    return [*programmer.program, *words, *options, str(bitstream)]


def load(board, place, target=None, *, options=(), confirm=None, log=print):
    """Load a bitstream; `command` says how.

    Parameters
    ----------
    board : Board
    place : path
        The bitstream, or the folder of a finished build.
    target : str or None
        "sram" or "flash"; None takes the SRAM where the programmer can, else the flash if `confirm`
        allows it.
    options : sequence of str
        More words for the programmer.
    confirm : callable or None
        ``confirm(question)`` is asked, before anything is done, whether the flash may be written if
        `target` does not say so; None: it may not.
    log : callable
        Receives what will be done, a warning if the bitstream has not been proven, then the exact
        command, before it is run.

    Raises
    ------
    LoadError
        As of `command`; nothing was built there; the flash may not be written; the programmer is
        missing or failed.
    """
    bitstream = Path(place) if Path(place).is_file() else built(board, place)
    if bitstream is None:
        raise LoadError(f"there is no bitstream of {board.name} in {place}: build it first with "
                        f"{command_name()} build, or name its folder with --build, or that of a "
                        "release with --release")
    words = command(board, bitstream, target, options)
    asked, target = target, target or board.programmer.target
    log(f"{bitstream.name} is for {PLACES[target]}")
    if warning := unproven(bitstream):
        log(f"WARNING: {warning}")
    if asked is None and target == "flash":
        _require_consent(board, words[0], confirm)
    log(shlex.join(words))
    if shutil.which(words[0]) is None:
        raise LoadError(f"{words[0]} is not installed: see "
                        f"{HOMES.get(words[0], 'the documentation of the board')}")
    done = subprocess.run(words, check=False)
    if done.returncode != 0:
        raise LoadError(f"{words[0]} failed with exit code {done.returncode}: is the board plugged "
                        "in, and may you write to its USB device?")


def built(board, folder):
    """Path of a board's bitstream in the folder of a build; None if there is none."""
    stem = Path(folder, board.name.replace("-", "_"))
    found = [path for suffix in (".bin", ".bit", ".fs")
             if (path := stem.with_suffix(suffix)).is_file()]
    return found[0] if found else None


def _require_consent(board, program, confirm):
    """LoadError unless somebody says that the flash memory may be written."""
    if confirm is None:
        raise LoadError(f"{program} can load {board.name} only through its flash memory, which is "
                        "written only if you ask for it: give --flash")
    if not confirm(f"Write the flash memory of {board.name}?"):
        raise LoadError(f"nothing was written to {board.name}")


def unproven(bitstream):
    """Why nothing is known of what a bitstream computes, a sentence; None if it has been proven."""
    path = bitstream.with_name(REPORT)
    try:
        record = BuildRecord.read(path)
        proof, digest = record["proof"], record["sha256"]
    except ValueError:
        return f"{bitstream.name} has not been proven: there is no record of a proof in {path}"
    if digest != hashlib.sha256(bitstream.read_bytes()).hexdigest():
        return f"{bitstream.name} has changed since it was built: build it again"
    if proof is None:
        return (f"{bitstream.name} has not been proven: it was built with --no-proof, and may "
                "compute anything")
    samples = proof.get("samples") if isinstance(proof, dict) else None
    if type(samples) is not int:
        return f"{bitstream.name} has not been proven: {path} holds no proof that can be read"
    if proof.get("stage") != "bitstream":
        return (f"{bitstream.name} has not been proven: files for its chip cannot be read back; "
                "what it was made of was run in its place")
    if samples < PROOF_SAMPLES:
        return (f"{bitstream.name} was proven with {samples} learning samples, which are few: "
                f"build it with --samples {PROOF_SAMPLES} or more")
    return None


HOMES = {
    "openFPGALoader": "https://trabucayre.github.io/openFPGALoader/guide/install.html",
    "iceprog": "https://github.com/YosysHQ/icestorm",
    "icesprog": "https://github.com/wuxx/icesugar",
}
