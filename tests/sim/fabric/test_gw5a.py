"""The multiplier of GW5A, two cells, in the simulator: a plain product, two cycles later."""

import random

import pytest

from cortigate.boards.bitstream.circuit import Cell, Circuit
from cortigate.boards.bitstream.gw5a.multiplier import CLOCKS, OUTPUTS
from cortigate.sim.compiling import compiler
from cortigate.sim.fabric.gw5a import lower
from cortigate.sim.fabric.network import FabricNet
from cortigate.sim.fabric.run import respond

MAIN, AUX = "X1Y1/MULTALU27X1800", "X4Y1/MULTALU27X1800"


def halves():
    """Place -> cell of both; the levels at their pins come from outside."""
    common = {pin: ("outside", pin) for pin in (*CLOCKS, *(f"A{bit}" for bit in range(27)))}
    return {place: Cell("MULT27X18", {"ROLE": role}, {
        **common, "CASI": carry,
        **{f"B{bit}": ("outside", f"B{first + bit}") for bit in range(18)}})
        for place, role, first, carry in ((MAIN, "MAIN", 0, 0), (AUX, "AUX", 18, (MAIN, "CASO")))}


def lowered(cells):
    network, ears = FabricNet(), {f"ear{place}{bit}": (place, f"DOUT{bit}")
                                  for place in cells for bit in range(
                                      OUTPUTS[cells[place].settings["ROLE"]])}
    lower(Circuit({**cells, "ears": Cell("CONFIGURATION", {}, ears | {"GSRI": 1})}, {}), network)
    for source in sorted({source for cell in cells.values() for source in cell.inputs.values()
                          if isinstance(source, tuple) and source[0] == "outside"}):
        network.input(source[1], network.net(source))
    for number in range(63):
        place, bit = (MAIN, number) if number < 18 else (AUX, number - 18)
        network.output(f"P{number}", network.net((place, f"DOUT{bit}")))
    return network


@pytest.mark.skipif(compiler() is None, reason="there is no C++ compiler")
def test_it_multiplies_signed_numbers():
    rng, a, b, product, expected, stimulus = random.Random(3), 0, 0, 0, [], []
    ends = [-1 << 26, (1 << 26) - 1, -1, 0]
    for _ in range(300):
        x = rng.choice([*ends, *(rng.randrange(-1 << 26, 1 << 26) for _ in range(8))])
        y = rng.choice([-1 << 35, (1 << 35) - 1, *(rng.randrange(-1 << 35, 1 << 35)
                                                   for _ in range(8))])
        enable, reset = int(rng.random() < 0.8), int(rng.random() < 0.1)
        row = {"CE0": enable, "RESET0": reset, **{f"A{bit}": x >> bit & 1 for bit in range(27)},
               **{f"B{bit}": y >> bit & 1 for bit in range(36)}}
        stimulus += [{**row, "CLK0": level} for level in (0, 1, 0)]
        if reset:
            a, b, product = 0, 0, 0
        elif enable:
            a, b, product = x, y, a * b
        expected.append(product)
    seen = respond(lowered(halves()), stimulus)[2::3]
    found = [sum(row[f"P{bit}"] << bit for bit in range(63)) for row in seen]
    assert found == [value & (1 << 63) - 1 for value in expected]
    assert len(set(expected)) > 100


@pytest.mark.parametrize(("place", "changed", "told"), [
    (AUX, {"A3": 0}, "halves differ in clock or first operand"),
    (AUX, {"CASI": ("X7Y1/MULTALU27X1800", "CASO")}, "half of a multiplier"),
    (MAIN, {"CLK0": 0}, "halves differ in clock or first operand")])
def test_halves_that_do_not_fit_are_refused(place, changed, told):
    cells = halves()
    cells[place].inputs.update(changed)
    with pytest.raises(ValueError, match=rf"^{AUX}: .*{told} has no model"):
        lowered(cells)
