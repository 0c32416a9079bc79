"""A design with other layers or lanes."""

from typing import Any

from .design import Design

__all__ = ["resized"]


def resized(design: Design, **changes: Any) -> Design:
    """Copy with some parameters changed, the last weights stored as is recommended for these.

    They are stored as they were where the design itself is not as its rule recommends, and where
    `transposed` is one of the changes.

    Raises
    ------
    ValueError
        From `Design`.
    """
    if "transposed" in changes or design.transposed != design.rule.transposes(design):
        return design.replace(**changes)
    plain = design.replace(**changes | {"transposed": False})
    return plain.replace(transposed=plain.rule.transposes(plain))
