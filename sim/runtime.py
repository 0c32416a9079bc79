"""Verilator's own run-time library, compiled once for all models of a machine.

It takes two thirds as long to compile as a small model, and it is the same for all of them.
"""

import hashlib

from ..boards.storage.files import write_whole
from .compiling import CompileError, built, clean_environment, compiler, toolchain, zig_folders

__all__ = ["NO_RUNTIME", "RUNTIME", "runtime"]

RUNTIME = "runtime.o"
# For make: nothing of the library is compiled, `RUNTIME` in the model's folder is linked instead.
NO_RUNTIME = "VM_GLOBAL_FAST=", "VM_GLOBAL_SLOW=", f"LOADLIBES={RUNTIME}"
ALWAYS = "verilated.cpp", "verilated_threads.cpp"
# What some of Verilator's options need besides.
MORE = {"--vpi": "verilated_vpi.cpp", "--trace-vcd": "verilated_vcd_c.cpp",
        "--trace-fst": "verilated_fst_c.cpp"}
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
    tool = compiler()
    assert tool is not None  # whoever has found Verilator has found it
    sources = [*ALWAYS, *(name for flag, name in MORE.items() if flag in flags)]
    words = [*tool, *verilator.compile_options(flags), "-O1"]
    parts = [*sources, *map(str, words), repr(verilator.version), toolchain(tool)]
    target = cache / hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    if _sound(target):
        return target

    def fill(folder):
        text = "".join(f'#include "{name}"\n' for name in sources)
        (folder / "runtime.cc").write_text(text, encoding="utf-8")
        return ([*words, "-c", "runtime.cc", "-o", RUNTIME], RUNTIME,
                clean_environment(**zig_folders(cache.with_name("zig"), folder)))

    built(target, fill, "Verilator's run-time library", awkward=False)
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
