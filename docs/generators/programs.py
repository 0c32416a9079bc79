"""What each rule's program does with one learning sample, as a table of its steps."""

from cortigate.golden.spec import RULES, preset, tiny_preset
from cortigate.scripts.explanation import STEP_COLUMNS, step_rows

from .tables import table

__all__ = ["program"]


def program(rule):
    """The program of a rule's smallest design."""
    name = tiny_preset(rule)
    design = preset(name)
    return "\n\n".join([
        (f"Program of the preset `{name}`, {design.network}; class "
         f"`{RULES[rule].__name__}` of `golden/spec/rules/{rule}`:"),
        table(STEP_COLUMNS, step_rows(design))])
