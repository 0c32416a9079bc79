"""Learning rates 2**-k of a run: the k that a design reaches, and the rule's own."""

from .design import Design
from .plain import plain, shown
from .rule import Rule

__all__ = ["check_shifts", "own_shifts", "shifts_of"]


def check_shifts(design: Design, **shifts: int) -> dict[str, int]:
    """The k by name as plain ints; TypeError or ValueError unless the design reaches all 2**-k."""
    low, high = design.update_shifts
    shifts = {name: plain(name, shift, int) for name, shift in shifts.items()}
    for name, shift in shifts.items():
        if not low <= shift <= high:
            raise ValueError(f"{name} must lie in {low} .. {high}, not {shown(shift)}: this design "
                             f"reaches learning rates 2**-{high} .. 2**-{low}")
    return shifts


def own_shifts(rule: Rule, update_shift: int | None = None,
               second_update_shift: int | None = None) -> tuple[int, int]:
    """(k, k of the second learning rate), as given: the rule's own where that is None."""
    return (rule.update_shift if update_shift is None else update_shift,
            rule.second_update_shift if second_update_shift is None else second_update_shift)


def shifts_of(design: Design, update_shift: int | None = None,
              second_update_shift: int | None = None) -> tuple[int, int]:
    """`own_shifts` as plain ints; TypeError or ValueError unless the design reaches both 2**-k."""
    found = own_shifts(design.rule, update_shift, second_update_shift)
    checked = check_shifts(design, update_shift=found[0], second_update_shift=found[1])
    return checked["update_shift"], checked["second_update_shift"]
