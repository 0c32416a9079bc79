"""Verilator's own run-time library, compiled once for all models of a machine.

It takes two thirds as long to compile as a small model, and it is the same for all of them.
"""

import hashlib
import shlex

from ..boards.storage.files import write_whole
from .compiling import CompileError, built, compiler, toolchain

__all__ = ["NO_RUNTIME", "RUNTIME", "runtime"]

RUNTIME = "runtime.o"
# For make: nothing of the library is compiled, `RUNTIME` in the model's folder is linked instead.
NO_RUNTIME = "VM_GLOBAL_FAST=", "VM_GLOBAL_SLOW=", f"LOADLIBES={RUNTIME}"
MAKEFILE = f"include Vtop.mk\n{RUNTIME}: $(VK_GLOBAL_OBJS)\n\t$(LINK) -r -nostdlib -o $@ $^\n"
OPTIMISED = "OPT_GLOBAL=-O1"
EMPTY = "module top(input clk); endmodule\n"
NOTE = ".sha256"  # beside the object: what it must hold, or it is compiled once more


def runtime(verilator, flags, cache):
    """Path of the library as one object, compiled if it is not yet; link it as `RUNTIME`.

    Parameters
    ----------
    verilator : Verilator
    flags : list of str
        Those of a model that decide which parts of the library it needs, such as ``--vpi``.
    cache : Path
        Folder for such libraries.

    Raises
    ------
    CompileError, OSError
        As of `compiling.built`; or what was just compiled is not what the file holds.
    """
    parts = [*flags, f"{verilator.executable} {verilator.version}", *verilator.make_variables,
             OPTIMISED, toolchain(compiler())]
    target = cache / hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    if _sound(target):
        return target

    def fill(folder):
        (folder / "top.v").write_text(EMPTY, encoding="utf-8")
        (folder / "runtime.mk").write_text(MAKEFILE, encoding="utf-8")
        here = verilator.linked(folder)
        steps = ([here.executable, "--cc", "--top-module", "top", "--prefix", "Vtop", "-Wno-fatal",
                  *flags, "--Mdir", folder, folder / "top.v"],
                 ["make", "-C", folder, "-f", "runtime.mk", OPTIMISED, *here.make_variables,
                  RUNTIME])
        # Both in one command: `built` ends it, whatever becomes of this process.
        script = " && ".join(shlex.join(map(str, words)) for words in steps)
        return ["sh", "-c", script], RUNTIME, here.environment

    built(target, fill, "Verilator's run-time library")
    digest = _digest(target)
    write_whole(_note(target), digest.encode(), "the checksum of Verilator's run-time library")
    if not _sound(target):
        raise CompileError(f"{target} does not hold what was just compiled into it: the disk may "
                           "be damaged; delete the file, or set CORTIGATE_CACHE to another folder")
    return target


def _note(target):
    return target.with_name(target.name + NOTE)


def _digest(target):
    return hashlib.sha256(target.read_bytes()).hexdigest()


def _sound(target):
    """True if the object is there as it was compiled."""
    try:
        return _note(target).read_bytes() == _digest(target).encode()
    except FileNotFoundError:
        return False
