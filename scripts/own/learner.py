"""The estimator for a problem: new, as options describe it, or out of a checkpoint."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cortigate.boards.learn.training import rule_name
from cortigate.golden.spec import RULES
from cortigate.golden.spec.plain import Plain, shown
from cortigate.scripts.choosing import asked, chosen
from cortigate.scripts.course import milestones
from cortigate.scripts.opening import on_line, resolved
from cortigate.scripts.own.problem import OwnTask, Problem
from cortigate.scripts.saving import position_of

__all__ = ["EPOCHS", "NetworkWish", "balance", "new_learner", "taken_up", "usual_hidden"]

EPOCHS = 60
NARROW = 16  # inputs below which an autoencoder's usual code would be no narrower than they are


@dataclass(frozen=True)
class NetworkWish(Plain):
    """The options of a command that describe a network.

    Parameters
    ----------
    design : path or None
        TOML file of a design, or the report.json of a build.
    rule, layers, hidden : str or None
        `layers` are all of them, `hidden` only those between.
    lanes, learning_rate_shift : int or None
    """

    design: Path | None
    rule: str | None
    layers: str | None
    lanes: int | None
    hidden: str | None
    learning_rate_shift: int | None


def new_learner(problem: Problem, wish: NetworkWish, device: str, *, epochs: int,
                baud: int | None = None, take_over: bool = False, **parameters):
    """Estimator for a problem that has learned nothing yet.

    Parameters
    ----------
    problem : Problem
    wish : NetworkWish
    device : str
        As of `open_device`; a board's own design is taken.
    epochs : int
    baud : int or None
    take_over : bool
        Of the board's port: see `on_line`.
    **parameters
        Further ones of the estimator.

    Raises
    ------
    ValueError
        Options contradict each other, the data, or the board.
    """
    record = wish.design if wish.design and wish.design.suffix == ".json" else None
    on_line(device, baud, take_over)
    said = asked(None if record else wish.design, None, wish.rule, wish.layers, wish.lanes)
    device, design = resolved(device, record, said.choices, "train", baud=baud,
                              naming="--design FOLDER/report.json")
    if design is None and said.file is not None:
        design = chosen(said).design
    if design is not None:
        for option, value in (("--hidden", wish.hidden),
                              ("--learning-rate-shift", wish.learning_rate_shift)):
            if value is not None:
                raise ValueError(f"{option} belongs to a new network, but the design is given: "
                                 "leave it out, or change the design")
        parameters["design"] = design
    else:
        parameters |= {name: value for name, value in (
            ("rule", said.rule), ("lanes", said.lanes),
            ("learning_rate_shift", wish.learning_rate_shift),
            ("hidden_layer_sizes", _hidden_sizes(problem, said.sizes, wish.hidden)))
            if value is not None}
    falls = milestones(design or RULES[rule_name(said.rule)](), epochs)
    return problem.kind(device=on_line(device, baud, take_over), epochs=epochs,
                        milestones=falls, **parameters)


def _hidden_sizes(problem, sizes, hidden):
    """Neurons of the hidden layers by --layers or --hidden; None: the estimator's own."""
    if sizes is not None and hidden is not None:
        raise ValueError("--hidden and --layers both name the layers: leave out one of them")
    inputs = problem.x.shape[1]
    if sizes is not None:
        if (sizes[0], sizes[-1]) != (inputs, problem.outputs):
            raise ValueError(f"--layers must begin with {inputs} and end with {problem.outputs} "
                             f"for {problem.source}, not be {'-'.join(map(str, sizes))}; --hidden "
                             "names only the layers between")
        return sizes[1:-1]
    if hidden is not None:
        try:
            return tuple(map(int, hidden.split("-")))
        except ValueError:
            raise ValueError("--hidden must be numbers of neurons such as 32 or 64-32, not "
                             f"{shown(hidden)}") from None
    return usual_hidden(problem)


def usual_hidden(problem: Problem) -> tuple[int, ...] | None:
    """Neurons of the hidden layers if none are named; None: the estimator's own."""
    inputs = problem.x.shape[1]
    if problem.task is OwnTask.ANOMALY and inputs < NARROW:
        return (32, max(1, inputs // 2), 32)
    return None


def balance(problem: Problem, balanced: bool) -> dict[str, str]:
    """The parameter of an estimator that --balanced stands for, if it was said."""
    if not balanced:
        return {}
    if problem.task is not OwnTask.CLASSES:
        raise ValueError(f"--balanced belongs to classes, not to --task {problem.task}: leave it "
                         "out")
    return {"class_weight": "balanced"}


def taken_up(problem: Problem, saving, device: str, epochs: int | None, *,
             baud: int | None = None, take_over: bool = False):
    """(Estimator that goes on, its history) of the checkpoint of a `Saving`.

    `epochs` are those of the whole run, None as many as before; ValueError if more are learned.
    """
    device, _ = saving.opened(device)
    learner: Any = problem.kind.load(saving.resumed, device=on_line(device, baud, take_over))
    if epochs is not None:
        if epochs < learner.n_epochs_:
            raise ValueError(f"--epochs must be at least {learner.n_epochs_}, as many as are "
                             f"learned already, not {epochs}")
        learner.set_params(epochs=epochs)
    return learner, list(position_of(saving.checkpoint)["history"])
