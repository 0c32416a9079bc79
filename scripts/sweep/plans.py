"""Runs of a sweep: an estimator for each combination, and a trial for each of its seeds."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from cortigate.boards.design_file.words import WrongValue, words_of
from cortigate.boards.learn.choices import check_choices
from cortigate.boards.learn.estimators.base import ChipEstimator
from cortigate.boards.learn.estimators.described import several
from cortigate.boards.learn.named import named_design
from cortigate.boards.learn.opening import is_port
from cortigate.boards.learn.training import unreached_milestones
from cortigate.golden.spec import Design
from cortigate.golden.spec.plain import Plain
from cortigate.scripts.course import milestones
from cortigate.scripts.opening import resolved
from cortigate.scripts.own.learner import EPOCHS, usual_hidden
from cortigate.scripts.own.problem import Problem
from cortigate.scripts.sweep.file import SweepFile
from cortigate.scripts.sweep.grid import DESCRIBING, GRID, NOT_SWEPT, Choice, words_for

__all__ = ["BASELINE", "SweepPlan", "SweepTrial", "boards_design", "plans_of", "trials_of"]

BASELINE = "backprop"  # the device that is the baseline


@dataclass(frozen=True)
class SweepPlan(Plain):
    """A combination that can be learned.

    Parameters
    ----------
    choice : Choice
    design : Design
    estimator : ChipEstimator
        Not fitted; its parameter `design` is the design.
    """

    choice: Choice
    design: Design
    estimator: ChipEstimator


@dataclass(frozen=True)
class SweepTrial(Plain):
    """One run of a sweep.

    Parameters
    ----------
    plan : SweepPlan
    seed : int
        Of what is kept apart, the initial weights and the order of samples.
    numbers : str
        The model that computes the same numbers: "integer" for every board.
    key : str
        Of everything that its result follows from.
    """

    plan: SweepPlan
    seed: int
    numbers: str
    key: str


def boards_design(file: SweepFile, devices: list[str],
                  baud: int | None = None) -> tuple[list[str], Design | None]:
    """(Devices, with a port in the place of auto; the design of every board among them, or None).

    Raises
    ------
    ValueError
        Boards have different designs, or the grid names several.
    LinkError
        From a board; the message says what to do if its design is not known.
    """
    named = {choice.estimator["design"]: choice for choice in file.choices
             if "design" in choice.estimator}
    report, choices = None, {}
    if named and any(map(is_port, devices)):
        if len(named) > 1:
            raise file.placed(WrongValue("design must be one alone, since a board has one",
                                         (GRID, "design")))
        [name] = named
        if str(name).endswith(".json"):
            report = Path(str(name))
        else:
            choices["design"] = named_design(name)
    found = [resolved(device, report, choices, "sweep", baud=baud, naming="FILE, with "
                      "design = 'FOLDER/report.json' in its grid,") if is_port(device)
             else (device, None) for device in devices]
    ports = [device for device, _ in found if is_port(device)]
    if len(set(ports)) < len(ports):
        raise ValueError(f"--device must name every board once, not {', '.join(ports)}: a board "
                         "does one run at a time")
    designs = {device: design for device, design in found if design is not None}
    if len({design.digest for design in designs.values()}) > 1:
        raise ValueError("boards that share a sweep must have one design, but " + ", ".join(
            f"{device} has {design.network} of {design.rule.name}, configuration {design.digest}"
            for device, design in designs.items()))
    return [device for device, _ in found], next(iter(designs.values()), None)


def plans_of(file: SweepFile, problem: Problem, board: Design | None = None) -> list[SweepPlan]:
    """A plan for each combination.

    Parameters
    ----------
    file : SweepFile
    problem : Problem
        Of `problem_of_sweep`.
    board : Design or None
        With which boards learn.

    Raises
    ------
    ValueError
        There is no such network, or another one is on the boards: with the line of the file.
    """
    found = []
    for choice in file.choices:
        try:
            found.append(_plan(choice, problem, board))
        except (TypeError, ValueError) as error:
            raise file.placed(choice.wrong(error)) from None
    return found


def _plan(choice, problem, board):
    """The plan of a combination."""
    parameters, ends = dict(choice.estimator), (problem.x.shape[1], problem.outputs)
    if board is not None:
        asked = {name: parameters.pop(name) for name in (*DESCRIBING, "rule_parameters", "design")
                 if name in parameters}
        asked |= {"sizes": choice.layers, "design": None}
        check_choices(board, asked, "the board", {"sizes": "layers"})
        parameters["design"] = board
    elif choice.layers is not None:
        if (choice.layers[0], choice.layers[-1]) != ends:
            raise ValueError(f"layers must begin with {ends[0]} and end with {ends[1]} for "
                             f"{problem.source}, not be {words_for([*choice.layers])}")
        parameters["hidden_layer_sizes"] = choice.layers[1:-1]
    elif not {"design", "hidden_layer_sizes"} & set(parameters):
        usual = usual_hidden(problem)
        parameters |= {} if usual is None else {"hidden_layer_sizes": usual}
    learner = problem.kind(**{"epochs": EPOCHS} | parameters)
    design = learner.plan(*ends)
    learner.set_params(design=design)
    unreached = unreached_milestones(several("milestones", learner.milestones), learner.epochs)
    if unreached:
        raise ValueError(f"{unreached}: take lower ones, or more epochs")
    if "milestones" not in parameters:
        learner.set_params(milestones=milestones(design, learner.epochs))
        learner.plan(*ends)
    return SweepPlan(choice, design, learner)


def trials_of(file: SweepFile, plans: list[SweepPlan], data: str, numbers: str) -> list[SweepTrial]:
    """A trial for each plan and seed, all plans of one seed after the other.

    Parameters
    ----------
    file : SweepFile
    plans : list of SweepPlan
    data : str
        `Problem.digest`.
    numbers : str
        The model that computes the same numbers.
    """
    return [SweepTrial(plan, seed, numbers, _key(file, plan, seed, data, numbers))
            for seed in file.seeds for plan in plans]


def _key(file, plan, seed, data, numbers):
    """Checksum of everything that a result follows from."""
    usual = type(plan.estimator)().get_params(deep=False)
    settings = {name: value for name, value in plan.estimator.get_params(deep=False).items()
                if name not in (*DESCRIBING, *NOT_SWEPT, "design") and value != usual[name]}
    measure = file.measure
    whole = {"design": plan.design.digest, "data": data, "seed": seed, "numbers": numbers,
             "settings": words_of(settings), "validation": measure.folds or measure.validation}
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:16]
