"""Where a design may have a margin, by which a sample that leads is left alone."""

from typing import TYPE_CHECKING

from .plain import shown
from .qformat import check_integer
from .targets import Target

if TYPE_CHECKING:
    from .design import Design

__all__ = ["check_margin"]


def check_margin(design: "Design") -> None:
    """Raise ValueError where a design has a margin and cannot leave samples alone for it."""
    shift = design.margin_shift
    if shift is None:
        return
    if not design.rule.knows_margins:
        raise ValueError(f"margin_shift must be None for the rule {design.rule.name}, which learns "
                         "of every sample: no phase that a sample could do without follows its "
                         f"prediction, not {shown(shift)}")
    if design.target is not Target.CLASS or design.network.sizes[-1] < 2:
        raise ValueError("margin_shift must be None unless the targets are classes, two or more, "
                         f"not {shown(shift)}")
    check_integer("margin_shift", shift, 0, design.rate.fraction)
