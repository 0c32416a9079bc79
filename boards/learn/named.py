"""A design as a parameter of an estimator gives it."""

from ...golden.spec import PRESETS, Design
from ...golden.spec.plain import shown
from ..design_file import SUFFIX, DesignFile
from ..record import BuildRecord

__all__ = ["named_design"]


def named_design(design: object) -> Design:
    """The design itself, or the one that a text names.

    Parameters
    ----------
    design : Design or str
        The name of a preset, or the path of a TOML file that describes a design, or of the
        report.json of a build.

    Raises
    ------
    TypeError, ValueError
        It is neither, or the file is not what it should be.
    """
    if isinstance(design, Design):
        return design
    if not isinstance(design, str):
        raise TypeError("design must be a Design, the name of a preset, or the path of a TOML "
                        f"file or of a build's report.json, not {shown(design)}")
    if design.endswith(SUFFIX):
        return DesignFile.read(design).design
    if design.endswith(".json"):
        return BuildRecord.read(design).design
    if design not in PRESETS:
        raise ValueError("design must be the path of a TOML file (it ends with .toml), of a "
                         "build's report.json, or the name of a preset, one of "
                         f"{', '.join(PRESETS)}, not {shown(design)}")
    return PRESETS[design]
