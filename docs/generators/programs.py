"""What each rule's program does with one learning sample, as a table of its steps."""

from cortigate.golden.spec import RULES, Operation, preset, tiny_preset
from cortigate.golden.spec.program import Program

from .tables import table

__all__ = ["program"]


def program(rule):
    """The program of a rule's smallest design."""
    name = tiny_preset(rule)
    design = preset(name)
    found = Program.of(design)
    rows = []
    for number, step in enumerate(found.steps):
        when = "" if number < found.free_phase and not step.learning else "learning only"
        rows.append((number, step.operation.name, *described(step), when))
    return "\n\n".join([
        (f"Program of the preset `{name}`, {design.network}; class "
         f"`{RULES[rule].__name__}` of `golden/spec/rules/{rule}`:"),
        table(("step", "pass", "matrix", "walks", "neurons' mode", "leaves", "when"), rows)])


def described(step):
    """Matrix, what is walked, mode, what is left."""
    if step.operation is Operation.REPEAT:
        return "", f"back to step {step.first}, at most {step.turns} turns", "", ""
    if step.operation is Operation.QUIT:
        return "", "", "", "the sample ends if no neuron has moved"
    walked = f"{step.lanes} × {step.events}" if step.operation is Operation.UPDATE else step.walked
    changes = "changes of " if step.changes and "change" not in walked else ""
    left = [*(f"list {name}" for name in step.lists), *(f"words {name}" for name in step.words)]
    return (step.matrix.name, changes + walked, step.mode.name if step.mode else "",
            ", ".join(left))
