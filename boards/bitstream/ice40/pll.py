"""The clock that an iCE40's PLL makes."""

from ...clocks.ice40 import filter_range
from ..circuit import DecodeError

__all__ = ["clock_hz"]

# What the PLL must be for its frequency to be known: the oscillator itself is compared with the
# reference (FEEDBACK_PATH 1), nothing is delayed, divided once more or switched off.
PLAIN = {"FEEDBACK_PATH": 1, "PLLOUT_SELECT_A": 0, "TEST_MODE": 0, "SHIFTREG_DIV_MODE": 0,
         "FDA_FEEDBACK": 0, "FDA_RELATIVE": 0, "DELAY_ADJMODE_FB": 0, "DELAY_ADJMODE_REL": 0,
         "ENABLE_ICEGATE_PORTA": 0}


def clock_hz(circuit, reference_hz):
    """Frequency of the PLL's output A, from its dividers.

    reference (DIVF + 1) / (DIVR + 1) / 2**DIVQ (Lattice FPGA-TN-02052, simple feedback).

    Parameters
    ----------
    circuit : Circuit
    reference_hz : float

    Raises
    ------
    DecodeError
        There is no PLL, or it works in another way.
    """
    found = [(place, cell) for place, cell in circuit.cells.items() if cell.kind == "ICESTORM_PLL"]
    if len(found) != 1:
        raise DecodeError(f"the circuit must have one PLL, not {len(found)}")
    ((place, cell),) = found
    settings = cell.settings
    detector = reference_hz / (settings["DIVR"] + 1)
    for name, value in (PLAIN | {"FILTER_RANGE": filter_range(detector)}).items():
        if settings[name] != value:
            raise DecodeError(f"{place} has {name} {settings[name]}, for which no frequency is "
                              "known")
    if cell.inputs["BYPASS"] != 0 and not _constant(circuit, cell.inputs["BYPASS"], 0):
        raise DecodeError(f"{place} must not be bypassed: its BYPASS must be 0")
    return (reference_hz * (settings["DIVF"] + 1) / (settings["DIVR"] + 1)
            / (1 << settings["DIVQ"]))


def _constant(circuit, source, level):
    """Whether a source is a table without inputs of this level."""
    cell = circuit.cells.get(source[0])
    return cell is not None and cell.kind == "LUT" and cell.settings == {"INIT": level, "K": 0}
