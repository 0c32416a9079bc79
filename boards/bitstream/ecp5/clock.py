"""The frequency that a PLL makes."""

from ..circuit import DecodeError

__all__ = ["clock_hz"]

BUFFER, PLL = "DCCA", "EHXPLLL"


def clock_hz(circuit, reference_hz):
    """The clock that the PLL of a circuit makes.

    The oscillator of an EHXPLLL runs so that reference / CLKI_DIV equals what comes back, by
    CLKFB_DIV; every output divides the oscillator (Lattice FPGA-TN-02200, sysCLOCK usage guide).

    Parameters
    ----------
    circuit : Circuit
    reference_hz : float
        At the PLL's input.

    Returns
    -------
    float

    Raises
    ------
    DecodeError
        There is not one PLL, none or several of its outputs are in use at different frequencies,
        or it is not fed back from one of its outputs.
    """
    plls = [place for place, cell in circuit.cells.items() if cell.kind == PLL]
    if len(plls) != 1:
        raise DecodeError(f"there must be one PLL, not {len(plls)}")
    (place,) = plls
    cell = circuit.cells[place]
    outputs = {output for other in circuit.cells.values() if other.kind != PLL
               for output in [_output(circuit, source, place) for source in other.inputs.values()]
               if output}
    back = _output(circuit, cell.inputs["CLKFB"], place)
    if back is None:
        raise DecodeError(f"{place}: it is fed back from elsewhere")
    oscillator = (reference_hz / cell.settings["CLKI_DIV"] * cell.settings["CLKFB_DIV"]
                  * cell.settings[f"{back}_DIV"])
    made = {oscillator / cell.settings[f"{output}_DIV"] for output in outputs}
    if len(made) != 1:
        raise DecodeError(f"{place}: it must make one clock, not {sorted(made)}")
    return made.pop()


def _output(circuit, source, pll):
    """CLKOP, CLKOS, CLKOS2 or CLKOS3 if a source is that output of a PLL, also through buffers."""
    while not isinstance(source, int) and circuit.cells[source[0]].kind == BUFFER:
        source = circuit.cells[source[0]].inputs["CLKI"]
    if isinstance(source, int) or source[0] != pll or not source[1].startswith("CLKO"):
        return None
    return source[1]
