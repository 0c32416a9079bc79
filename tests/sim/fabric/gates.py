"""An Amaranth component as a `FabricNet`, without any family: Yosys's own gates, $mul and $mem_v2.

Nothing may be read from a memory in the very cycle in which it is written.
"""

import json
import subprocess
import tempfile
from pathlib import Path

from amaranth.back import rtlil

from cortigate.boards.tools import tool
from cortigate.sim.fabric.network import FabricNet

SCRIPT = """
read_rtlil top.il
hierarchy -top top
proc
flatten
opt
memory -nomap
opt
splitnets -driver
techmap t:* t:$mul %d t:$mem_v2 %d
opt
abc -lut 4
opt
dfflegalize -cell $_DFF_?_ 01 -cell $_DFFE_?P_ 01 -cell $_SDFF_?P?_ 01 -cell $_SDFFE_?P?P_ 01 \
    -cell $_SDFFCE_?P?P_ 01 -cell $_DFF_?P?_ 01 -cell $_DFFE_?P?P_ 01
opt_clean -purge
write_json top.json
"""


def gates(component):
    """`FabricNet` with a component's ports; pins of wider ones are ``name[i]``."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "top.il").write_text(rtlil.convert(component, name="top", emit_src=False))
        done = subprocess.run([tool("yosys"), "-q", "-p", SCRIPT], cwd=folder, text=True,
                              check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == 0, done.stdout[-2000:]
        module = json.loads((folder / "top.json").read_text())["modules"]["top"]
    return lowered(module)


def lowered(module):
    network = FabricNet()

    def net(bit):
        return int(bit != "0" and bit != "x") if isinstance(bit, str) else network.net(("n", bit))

    for name, port in module["ports"].items():
        for i, bit in enumerate(port["bits"]):
            pin = name + (f"[{i}]" if len(port["bits"]) > 1 else "")
            (network.input if port["direction"] == "input" else network.output)(pin, net(bit))
    initial = {}
    for entry in module["netnames"].values():
        bits = entry["attributes"].get("init", "")
        initial.update(zip(entry["bits"], bits[::-1], strict=False))
    for name, cell in module["cells"].items():
        pins = {pin: [net(bit) for bit in bits] for pin, bits in cell["connections"].items()}
        kind, parameters = cell["type"], cell["parameters"]
        if kind == "$lut":
            network.table(pins["Y"][0], int(parameters["LUT"], 2), pins["A"])
        elif kind in ("$_NOT_", "$_BUF_"):
            network.table(pins["Y"][0], 1 if kind == "$_NOT_" else 2, pins["A"])
        elif kind == "$mul":
            signed = int(parameters["A_SIGNED"], 2)
            assert signed == int(parameters["B_SIGNED"], 2)
            network.product(pins["Y"], pins["A"], pins["B"], signed, signed)
        elif kind == "$mem_v2":
            memory(network, parameters, pins)
        else:
            flip_flop(network, kind, pins, initial.get(cell["connections"]["Q"][0], "x"), name)
    return network


def flip_flop(network, kind, pins, initial, name):
    """$_DFF_P_, $_SDFFCE_PP0P_ and so on: edge, then levels of reset, its value, of enable."""
    family, levels = kind.strip("$_").split("_")
    assert family in ("DFF", "DFFE", "SDFF", "SDFFE", "SDFFCE"), (name, kind)
    reset = len(levels) > 2
    network.register(
        pins["Q"][0], pins["D"][0], pins["C"][0], falling=levels[0] == "N",
        enable=pins["E"][0] if "E" in pins else 1, reset=pins["R"][0] if "R" in pins else 0,
        asynchronous=reset and not family.startswith("S"), value=int(reset and levels[2] == "1"),
        initial=int(initial == "1"), enable_over_reset=family == "SDFFCE")


def memory(network, parameters, pins):
    def number(name):
        return int(parameters[name].replace("x", "0"), 2)

    width, size, address = number("WIDTH"), number("SIZE"), number("ABITS")
    ports = []
    for kind, count in (("WR", number("WR_PORTS")), ("RD", number("RD_PORTS"))):
        assert number(f"{kind}_WIDE_CONTINUATION") == 0
        for port in range(count):
            def part(name, wide, kind=kind, port=port):
                return pins[f"{kind}_{name}"][port * wide:(port + 1) * wide]

            clocked = number(f"{kind}_CLK_ENABLE") >> port & 1
            if kind == "RD":
                assert part("ARST", 1) == [0]
                own = {"outputs": [(n, i) for i, n in enumerate(part("DATA", width))],
                       "enable": part("EN", 1)[0], "reset": part("SRST", 1)[0],
                       "asynchronous": not clocked}
            else:
                own = {"inputs": [(n, i, e) for i, (n, e) in enumerate(
                    zip(part("DATA", width), part("EN", width), strict=True))]}
            pairs = [(n, width << i) for i, n in enumerate(part("ADDR", address))
                     if width << i < width * size]
            ports.append(network.port(clock=part("CLK", 1)[0], address=pairs, **own))
    # Ports are listed for powers of two; a smaller memory is filled up.
    bits = parameters["INIT"].replace("x", "0")
    network.memory(width << address, int(bits, 2), ports)
