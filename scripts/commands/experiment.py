"""Rerun an experiment: float64 tables of the rules, accuracies, noise, cycles, operations."""

import typer

from cortigate.scripts import experiments
from cortigate.scripts.group import Group

__all__ = ["experiment"]


class Experiments(Group):
    """The experiments of scripts/experiments."""

    package = experiments

    def help_of(self, name):
        """As of any command; of an experiment that is tables, its summary and their names."""
        table = getattr(self.function(name), "__self__", None)
        if table is None:
            return super().help_of(name)
        return f"{self.summary(name)}\n\nTables: {', '.join(table.sections)}."


experiment = typer.Typer(cls=Experiments, add_completion=False, no_args_is_help=True,
                         rich_markup_mode=None)


@experiment.callback()
def _experiment():
    """Rerun an experiment. Most write a table as Markdown and as JSON."""
