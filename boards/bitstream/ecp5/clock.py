"""The frequencies that PLLs make."""

from ..circuit import DecodeError

__all__ = ["clock_hz", "clocks_hz"]

BUFFER, PLL = "DCCA", "EHXPLLL"


# What a PLL must be for its clock to follow from its dividers alone: nothing trimmed, switched or
# shifted, outputs that are not in use as they are left by nextpnr.
PLAIN = {
    "CLKOP_TRIM_DELAY": "0", "CLKOP_TRIM_POL": "RISING", "CLKOS_TRIM_DELAY": "0",
    "CLKOS_TRIM_POL": "RISING", "DPHASE_SOURCE": "DISABLED", "INTFB_WAKE": "DISABLED",
    "REFIN_RESET": "DISABLED", "SYNC_ENABLE": "DISABLED", "OUTDIVIDER_MUXA": "DIVA",
    "OUTDIVIDER_MUXB": "DIVB", "OUTDIVIDER_MUXC": "DIVC", "OUTDIVIDER_MUXD": "DIVD",
    "CLKOP_FPHASE": 0, "FREQ_LOCK_ACCURACY": 0, "PLL_LOCK_MODE": 0, "MFG1_TEST": 0, "MFG2_TEST": 0,
    **{f"{output}_{name}": value for output in ("CLKOS", "CLKOS2", "CLKOS3")
       for name, value in (("DIV", 8), ("CPHASE", 0), ("FPHASE", 0))},
}


def clock_hz(circuit, reference_hz):
    """The clock that the only PLL of a circuit makes.

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
        or from `clocks_hz`.
    """
    plls = [place for place, cell in circuit.cells.items() if cell.kind == PLL]
    if len(plls) != 1:
        raise DecodeError(f"the circuit must have one PLL, not {len(plls)}")
    made = set(clocks_hz(circuit, reference_hz).values())
    if len(made) != 1:
        raise DecodeError(f"{plls[0]}: the PLL must make one clock, not {sorted(made)}")
    return made.pop()


def clocks_hz(circuit, reference_hz):
    """Clocks that the PLLs of a circuit make of one oscillator: dict of (place, output) -> Hz.

    The oscillator of an EHXPLLL runs so that reference / CLKI_DIV equals what comes back, by
    CLKFB_DIV; every output divides the oscillator (Lattice FPGA-TN-02200, sysCLOCK usage guide).

    Raises
    ------
    DecodeError
        A PLL is not fed back from one of its outputs, or works in another way than by its dividers.
    """
    found = {}
    for place, cell in circuit.cells.items():
        if cell.kind == PLL:
            found |= _clocks_of(circuit, place, reference_hz)
    return found


def _clocks_of(circuit, place, reference_hz):
    """`clocks_hz` of one PLL."""
    cell = circuit.cells[place]
    outputs = {output for other in circuit.cells.values() if other.kind != PLL
               for output in [_output(circuit, source, place) for source in other.inputs.values()]
               if output}
    back = _output(circuit, cell.inputs["CLKFB"], place)
    if back is None:
        raise DecodeError(f"{place}: the PLL must be fed back from one of its own outputs")
    for name, value in PLAIN.items():
        dividers = name.partition("_")[0] in outputs | {back} and not name.endswith("FPHASE")
        if cell.settings[name] != value and not dividers:
            raise DecodeError(f"{place} has {name} {cell.settings[name]}, for which no clock is "
                              "known")
    oscillator = (reference_hz / cell.settings["CLKI_DIV"] * cell.settings["CLKFB_DIV"]
                  * cell.settings[f"{back}_DIV"])
    return {(place, output): oscillator / cell.settings[f"{output}_DIV"] for output in outputs}


def _output(circuit, source, pll):
    """CLKOP, CLKOS, CLKOS2 or CLKOS3 if a source is that output of a PLL, also through buffers."""
    while not isinstance(source, int) and circuit.cells[source[0]].kind == BUFFER:
        source = circuit.cells[source[0]].inputs["CLKI"]
    if isinstance(source, int) or source[0] != pll or not source[1].startswith("CLKO"):
        return None
    return source[1]
