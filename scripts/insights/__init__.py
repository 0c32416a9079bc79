"""What is special about each rule: measured before and after every epoch, drawn by the demo.

An insight is a module with `measure(design, weights, data)` of a network's weights (raw or real),
`panel(axes, records)` of what was measured after 0, 1, … epochs, and `sentence(records)`; perhaps
`while_learning(record)`, a few letters beside the accuracy. Where the demo measures models beside
the device too, `panel` and `sentence` take their records by name, `beside`.

It may have an `experiment(data, epochs, seed, progress)` of its own, which the demo does once:
`finding(found)` says what came out, `sheet(figure, records, found)` draws it below the panels.
"""

from . import equilibrium, ghost, inversion, microcircuit, pal

__all__ = ["INSIGHTS"]

INSIGHTS = {"ghost": ghost, "equilibrium": equilibrium, "inversion": inversion,
            "pal": pal, "microcircuit": microcircuit}
