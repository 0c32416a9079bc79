"""Insights into each rule: measured before and after every epoch, drawn by the demo.

An insight is a module with `DEMONSTRATION` (a `Demonstration`), `measure(design, weights, data)`
of a network's weights (raw or real), `panel(axes, records)` of what was measured after 0, 1, …
epochs, and `sentence(records)`; perhaps `while_learning(record)`, a few letters beside the
accuracy. Where the demo measures models beside the device too (`BESIDE`: name -> device), `panel`
and `sentence` take their records by name, `beside`.

`PRACTICE` (task -> `Practice`) says how the rule learns the demo's other tasks.

It may have an `experiment(data, epochs, seed, progress)` of its own, which the demo does once:
`finding(found)` says what came out, `sheet(figure, records, found)` draws it below the panels.
"""

from cortigate.golden.spec.entries import part_of

from .demonstration import Demonstration, Practice

__all__ = ["Demonstration", "Practice", "insight_of", "practice_of"]


def insight_of(rule):
    """The insight of a rule, found by its entry point."""
    return part_of(rule, "cortigate.insights")


def practice_of(rule, task):
    """How a rule learns a task of the demo, by their names."""
    return getattr(insight_of(rule), "PRACTICE", {}).get(task, Practice())
