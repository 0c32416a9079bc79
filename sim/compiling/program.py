"""Makes a program of Verilog and a C++ main program: Verilator's C++, compiled on all cores.

A script of the standard library alone: ``python program.py ORDER``, in the folder of the sources.
The order is JSON, ``{"verilate": [...], "compile": [...], "main": NAME, "objects": [...], "made":
NAME}``: two commands, the file with `main`, objects to link, and the program's name. Verilator's
files begin with ``Vtop``. The exit code is that of the first command that failed.

Every file begins with headers that take seconds, so files are compiled together: what runs once,
not optimised, and what runs in every cycle, one unit for each part that Verilator split it into.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

__all__ = ["make"]

FAST, SLOW = "-O2", "-O0"  # more than -O2 makes nothing faster (measured)


def make(verilate, compile, main, objects, made):
    """Do what the module says, in the current folder; returns the exit code."""
    if code := subprocess.run(verilate, check=False).returncode:
        return code
    files = sorted(path.name for path in Path().glob("Vtop*.cpp"))
    slow = [name for name in files if name.endswith("Slow.cpp")]
    first, *others = [name for name in files if name not in slow]
    units = {"slow": (slow, SLOW), "unit0": ([first, *others[:1], main], FAST)}
    units |= {f"unit{n}": ([name], FAST) for n, name in enumerate(others[1:], 1)}

    def compiled(unit):
        names, level = units[unit]
        Path(f"{unit}.cc").write_text("".join(f'#include "{name}"\n' for name in names))
        return subprocess.run([*compile, level, "-c", f"{unit}.cc", "-o", f"{unit}.o"],
                              check=False).returncode

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        if code := max(map(abs, pool.map(compiled, units))):
            return code
    return subprocess.run([*compile, *(f"{unit}.o" for unit in units), *objects, "-pthread", "-o",
                           made], check=False).returncode


if __name__ == "__main__":
    sys.exit(abs(make(**json.loads(sys.argv[1]))))
