"""Small components, cycle by cycle: for a family under Icarus against Amaranth's own simulator."""

import re
import subprocess
import tempfile
from pathlib import Path

from amaranth.hdl import Shape, Value
from amaranth.lib import wiring
from amaranth.sim import Simulator

from ..compiling import CompileError
from ..simulator import find_icarus
from .netlist import netlist, primitives

__all__ = ["disagreement", "respond", "run_verilog", "simulate"]


def disagreement(make, stimulus, family, *, synthesised=False, checked=None):
    """Where a component for a family first differs from the same one in plain Amaranth.

    Parameters
    ----------
    make : callable
        Returns a new component; called once for the family and once without a platform.
    stimulus : list of dict
        Name of an input -> its value, for each cycle; inputs that are not named are zero. A port of
        a nested signature is named by its path, joined by two underscores.
    family : Family
    synthesised : bool
        After synthesis by Yosys, else as elaborated.
    checked : callable or None
        Says of the number of a cycle whether its outputs are compared: what a memory shows before
        the first read, or a multiplier before its registers are filled, may be undefined.

    Returns
    -------
    str or None
        Cycle, output, both values; an undefined one is "x". None if they agree.
    """
    expected = respond(make(), stimulus)
    seen = simulate(make(), stimulus, family, synthesised=synthesised)
    for cycle in range(len(stimulus)):
        if checked is not None and not checked(cycle):
            continue
        for name, value in expected[cycle].items():
            if seen[cycle][name] != value:
                actual = "x" if seen[cycle][name] is None else seen[cycle][name]
                return f"cycle {cycle}: {name} must be {value}, not {actual}"
    return None


def respond(component, stimulus):
    """Outputs in every cycle, just before the clock edge that ends it, by Amaranth's simulator.

    Parameters
    ----------
    component : wiring.Component
    stimulus : list of dict
        As of `disagreement`.

    Returns
    -------
    list of dict
        Name of an output -> its value.
    """
    answers, ports = [], _ports(component)

    async def bench(ctx):
        for inputs in stimulus:
            for name, (flow, value) in ports.items():
                if flow is wiring.In:
                    ctx.set(value, inputs.get(name, 0))
            answers.append({name: ctx.get(value) for name, (flow, value) in ports.items()
                            if flow is wiring.Out})
            await ctx.tick()

    sim = Simulator(component)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()
    return answers


def simulate(component, stimulus, family, *, synthesised=False):
    """The same under Icarus for a family, with its cell models; an undefined value is None.

    Parameters
    ----------
    component : wiring.Component
    stimulus : list of dict
    family : Family
    synthesised : bool

    Raises
    ------
    MissingTool, CompileError
        Icarus, Yosys or its models are missing; the Verilog does not compile.
    """
    ports = {name: (flow, value.shape()) for name, (flow, value) in _ports(component).items()}
    text = (netlist if synthesised else primitives)(component, "dut", family)
    return run_verilog(text + family.models(text), "dut", ports, stimulus)


def run_verilog(text, name, ports, stimulus, *, parameters=()):
    """Outputs of a Verilog module in every cycle, by Icarus.

    Its clock is called `clk` and its reset, which stays low, `rst`; it may have neither.

    Parameters
    ----------
    text : str
        The module and all that it needs.
    name : str
    ports : dict
        Name -> (wiring.In or wiring.Out, shape).
    stimulus : list of dict
    parameters : iterable of (str, str)
        Names and Verilog values.

    Returns
    -------
    list of dict
        Name of an output -> its value, None where a bit is undefined.
    """
    icarus = find_icarus()
    inputs = {n: Shape.cast(s) for n, (flow, s) in ports.items() if flow is wiring.In}
    outputs = {n: Shape.cast(s) for n, (flow, s) in ports.items() if flow is wiring.Out}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "dut.v").write_text(text)
        (folder / "bench.v").write_text(
            _bench(text, name, inputs, outputs, len(stimulus), parameters))
        (folder / "stimulus.txt").write_text("".join(_row(inputs, row) for row in stimulus))
        for command in ([icarus, "-g2005", "-s", "bench", "-o", "bench.vvp", "bench.v", "dut.v"],
                        ["vvp", "-n", "bench.vvp"]):
            done = subprocess.run(command, cwd=folder, text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if done.returncode:
                raise CompileError(f"{Path(command[0]).name} failed:\n{done.stdout[-2000:]}")
        rows = [line[1:] for line in done.stdout.splitlines() if line.startswith(":")]
    if len(rows) != len(stimulus):
        raise CompileError(f"the simulation ended after {len(rows)} of {len(stimulus)} cycles:\n"
                         + done.stdout[-2000:])
    return [_read(outputs, row) for row in rows]


def _ports(component):
    return {"__".join(map(str, path)): (member.flow, Value.cast(value))
            for path, member, value in component.signature.flatten(component)}


def _bench(text, name, inputs, outputs, cycles, parameters):
    """A module that applies the rows of stimulus.txt and prints the outputs before every edge."""
    header = next(re.finditer(rf"^module {name}\b.*?^endmodule", text, re.MULTILINE | re.DOTALL))[0]
    pins = [f".{pin}({pin})" for pin in ("clk", "rst")
            if re.search(rf"\binput (wire )?{pin}\b", header)]
    for vector, shapes in (("in", inputs), ("out", outputs)):
        offset = 0
        for port, shape in shapes.items():
            if shape.width:
                pins.append(f".{port}({vector}[{offset + shape.width - 1}:{offset}])")
            offset += shape.width
    widths = [max(1, sum(s.width for s in shapes.values())) for shapes in (inputs, outputs)]
    chosen = ", ".join(f".{p}({value})" for p, value in parameters)
    return f"""`timescale 1ns / 1ps
module bench;
    reg clk = 0, rst = 0;
    reg [{widths[0] - 1}:0] in = 0, rows [0:{cycles - 1}];
    wire [{widths[1] - 1}:0] out;
    integer i;
    {name} {f"#({chosen})" if chosen else ""} dut ({", ".join(pins)});
    initial begin
        $readmemb("stimulus.txt", rows);
        for (i = 0; i < {cycles}; i = i + 1) begin
            in = rows[i];
            #5 $display(":%b", out);
            clk = 1;
            #5 clk = 0;
        end
        $finish;
    end
endmodule
"""


def _row(inputs, row):
    unknown = set(row) - set(inputs)
    if unknown:
        raise ValueError(f"stimulus must name inputs ({', '.join(inputs)}), "
                         f"not {', '.join(sorted(unknown))}")
    bits = "".join(format(row.get(name, 0) & (1 << shape.width) - 1, f"0{shape.width}b")
                   for name, shape in reversed(inputs.items()) if shape.width)
    return (bits or "0") + "\n"


def _read(outputs, row):
    values, end = {}, len(row)
    for name, shape in outputs.items():
        bits = row[end - shape.width:end]
        end -= shape.width
        if set(bits) - {"0", "1"}:
            values[name] = None
            continue
        value = int(bits or "0", 2)
        values[name] = value - (1 << shape.width) if shape.signed and bits[0] == "1" else value
    return values
