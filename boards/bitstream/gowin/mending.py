"""A fault of nextpnr, mended between placement and packing.

nextpnr 0.11.1 begins a carry chain whose carry comes from logic with a head whose carry input is
connected to nothing, and gives it the table 0x505a: COUT = I0 | CIN. It must be COUT = I0, the
table 0x000a. Drop this when the oldest nextpnr that pyproject.toml allows has pull request 1800 of
YosysHQ/nextpnr (issue 1799), of September 2026.
"""

from .carry import alu_table, heads

__all__ = ["mend"]

WRONG, RIGHT = 0x505a, 0x000a


def mend(design, steady=lambda cell: False):
    """Mend a placed design, and return how many heads of carry chains were wrong.

    Parameters
    ----------
    design : dict
        What nextpnr writes after routing; it is changed.
    steady : callable
        ``steady(cell)``: whether a cell without a carry input has a constant carry of its own.

    Raises
    ------
    ValueError
        A carry cell passes on a carry that nothing drives, and this is not the fault that is known.
    """
    mended = 0
    for cell in design["modules"]["top"]["cells"].values():
        parameters = cell["parameters"]
        if (cell["type"] == "ALU" and parameters.get("CIN_NETTYPE", "").strip() == "LOGIC"
                and alu_table(parameters) == WRONG):
            parameters["RAW_ALU_LUT"] = format(RIGHT, "032b")
            mended += 1
    if left := heads(design, steady):
        raise ValueError(f"carry chains must not begin with a carry that nothing drives: "
                         f"{', '.join(left)}")
    return mended
