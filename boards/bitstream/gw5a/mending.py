"""The fault of nextpnr that `gowin.mending` describes, on GW5A.

Here the first cell of a chain may have a constant carry of its own, which is no fault.
"""

from ..gowin import mending

__all__ = ["mend"]

CONSTANT = ("GND", "VCC")  # what nextpnr calls the carry of such a cell


def mend(design):
    """Mend a placed design, and return how many heads of carry chains were wrong.

    Parameters
    ----------
    design : dict
        What nextpnr writes after routing; it is changed.

    Raises
    ------
    ValueError
        A carry cell passes on a carry that nothing drives, and this is not the fault that is known.
    """
    return mending.mend(design, steady=lambda cell: (
        cell["parameters"].get("CIN_NETTYPE", "").strip() in CONSTANT))
