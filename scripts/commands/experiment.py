"""Rerun an experiment: float64 tables of the rules, accuracies, noise, cycles, operations."""

import inspect

import typer

from cortigate.scripts import experiments
from cortigate.scripts.group import Group

__all__ = ["experiment"]


class Experiments(Group):
    """The experiments of scripts/experiments."""

    package = experiments

    def help_of(self, name):
        """As of any command, with an example; tables have their summary and their names."""
        function = self.function(name)
        table = getattr(function, "__self__", None)
        said = (super().help_of(name) if table is None
                else f"{self.summary(name)}\n\nTables: {', '.join(table.sections)}.")
        quick = " --quick" if "quick" in inspect.signature(function).parameters else ""
        return f"{said}\n\nExample: cortigate experiment {name}{quick}"


experiment = typer.Typer(cls=Experiments, add_completion=False, no_args_is_help=True,
                         rich_markup_mode=None)


@experiment.callback()
def _experiment():
    """Rerun an experiment. Most write a table as Markdown and as JSON."""
