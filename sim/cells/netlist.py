"""Verilog of a component for one family: elaborated for it, and as Yosys synthesises it."""

import hashlib
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from amaranth.back import rtlil

from ...boards.board import board
from ...boards.flow import synthesis_script
from ...boards.tools import BuildError, tool
from ..simulator import cache_folder
from ..verilog import to_verilog

__all__ = ["netlist", "primitives"]


def primitives(component, name, family):
    """Verilog of a component elaborated for a family, its primitives left as they are.

    Parameters
    ----------
    component : wiring.Component
    name : str
        Of the top module.
    family : Family
    """
    return to_verilog(component, name, platform=family)


@cache
def _version(yosys):
    """What Yosys says of its version."""
    return subprocess.run([yosys, "-V"], capture_output=True, text=True, check=False).stdout


def netlist(component, name, family):
    """Verilog of a component after synthesis, by the very script of the builds.

    Kept in the user's cache: Yosys takes from seconds to minutes.

    Parameters
    ----------
    component : wiring.Component
    name : str
        Of the top module; its ports keep their names.
    family : Family

    Raises
    ------
    boards.tools.BuildError
        Yosys is missing or failed.
    """
    target = board(family.board) if isinstance(family.board, str) else family.board
    text = rtlil.convert(component, name=name, platform=family, emit_src=False)
    script = (synthesis_script(target, name, blocks=False)
              + f"write_verilog -noattr {name}.v\n")
    yosys = tool("yosys")
    key = hashlib.sha256("\0".join([text, script, _version(yosys)]).encode()).hexdigest()[:16]
    folder = cache_folder("netlists")
    cached = folder / f"{family.name}-{key}.v"
    if cached.exists():
        return cached.read_text()
    with tempfile.TemporaryDirectory(dir=folder) as aside:
        aside = Path(aside)
        (aside / f"{name}.il").write_text(text)
        (aside / "synthesis.ys").write_text(script)
        done = subprocess.run([yosys, "-q", "-s", "synthesis.ys"], cwd=aside, text=True,
                              check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise BuildError(f"synthesis for {target.name} failed:\n{done.stdout[-2000:]}")
        (aside / f"{name}.v").replace(cached)
    return cached.read_text()
