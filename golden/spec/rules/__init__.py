"""One program for each rule: functions from a design to (steps, length of the free phase)."""

from . import equilibrium, ghost, inversion, microcircuit, pal

__all__ = ["PROGRAMS"]

PROGRAMS = {
    "ghost": ghost.program,
    "equilibrium": equilibrium.program,
    "inversion": inversion.program,
    "pal": pal.program,
    "microcircuit": microcircuit.program,
}
