"""A few Verilog lines as a file for an iCE40UP5K, and what nextpnr placed."""

import json
import subprocess
from pathlib import Path

from cortigate.boards.board import board
from cortigate.boards.tools import tool

__all__ = ["BOARD", "PARTS", "PINS", "build"]

BOARD = board("icebreaker")
PARTS = Path(__file__).with_name("ice40_parts.v")
PINS = {"clk12": 35, "din": 6, "button": 10, "dout": 9, "led": 11, "both": 2, "pulled": 4,
        "registered": 45, "sampled": 47}


def build(folder, verilog, pins, *, seed=1, defines=""):
    """(Path of the .bin, the JSON that nextpnr writes) of a module `top`.

    Parameters
    ----------
    folder : Path
    verilog : Path
    pins : dict
        Port -> package pin.
    seed : int
    defines : str
        Options of Yosys's read_verilog.
    """
    (folder / "pins.pcf").write_text("".join(f"set_io {port} {pin}\n"
                                             for port, pin in pins.items()))
    # Some builds of Yosys cannot see every folder.
    (folder / "top.v").write_text(verilog.read_text())
    script = (f"read_verilog {defines} top.v; synth_ice40 -abc9 -device u -top top "
              "-json top.json")
    for command in (
            ["yosys", "-q", "-p", script],
            ["nextpnr-ice40", "--quiet", "--up5k", "--package", "sg48", "--json", "top.json",
             "--pcf", "pins.pcf", "--asc", "top.asc", "--write", "placed.json", "--seed",
             str(seed), "--timing-allow-fail"],
            ["icepack", "top.asc", "top.bin"]):
        done = subprocess.run([tool(command[0]), *command[1:]], cwd=folder, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == 0, done.stdout[-2000:]
    return folder / "top.bin", json.loads((folder / "placed.json").read_text())
