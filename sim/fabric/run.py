"""A network, cycle by cycle."""

import re
import subprocess
import tempfile
from pathlib import Path

from .network import FabricNet
from .program import SimulationError, program

__all__ = ["respond"]


def respond(network: FabricNet, stimulus):
    """Outputs in every cycle, just before the clock edge that ends it.

    Pins ``name[0]``, ``name[1]``, … are the bits of one value `name`, from the lowest on. The
    clock is the input `clk`, which rises at the end of each cycle and falls before the next one
    begins; there may be none. Other inputs may be clocks, too: within a cycle they change after
    the inputs that are data.

    Parameters
    ----------
    network : FabricNet
    stimulus : list of dict
        Name of an input -> its value, for each cycle; inputs that are not named are zero.

    Returns
    -------
    list of dict
        Name of an output -> its value, not negative.

    Raises
    ------
    ValueError
        The stimulus names an input that does not exist, or a value has too many bits; or from
        `FabricNet.text`.
    SimulationError
        The simulator refuses the network, or it does not settle.
    MissingTool, BuildError
        From `program`.
    """
    pins = [name for name in network.inputs if name != "clk"]
    inputs, outputs = _values(pins), _values(network.outputs)
    rows = [_row(len(pins), inputs, values) for values in stimulus]
    with tempfile.TemporaryDirectory() as folder:
        text, rows_file = Path(folder, "network.txt"), Path(folder, "stimulus.txt")
        text.write_text(network.text())
        rows_file.write_text("".join(row + "\n" for row in rows))
        done = subprocess.run([program(), text, "batch", rows_file], text=True, check=False,
                              capture_output=True)
    if done.returncode:
        raise SimulationError(done.stderr.strip())
    return [{name: sum(int(line[place]) << bit for bit, place in places)
             for name, places in outputs.items()} for line in done.stdout.split("\n")[:-1]]


def _values(pins):
    """Name of a value -> [(bit, place of its pin in the list)]."""
    values = {}
    for place, pin in enumerate(pins):
        name, bit = next(re.finditer(r"^(.*?)(?:\[(\d+)\])?$", pin)).groups()
        values.setdefault(name, []).append((int(bit or 0), place))
    return values


def _row(count, inputs, values):
    """One line of the stimulus."""
    row = ["0"] * count
    for name, value in values.items():
        if name not in inputs:
            raise ValueError(f"stimulus must name inputs ({', '.join(inputs)}), not {name}")
        for bit, place in inputs[name]:
            row[place] = str(value >> bit & 1)
        width = 1 + max(bit for bit, _ in inputs[name])
        if value not in range(-1 << (width - 1), 1 << width):
            raise ValueError(f"{name} must fit into {width} bits, not be {value}")
    return "".join(row)
