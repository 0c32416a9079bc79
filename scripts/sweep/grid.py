"""The grid of a sweep: every combination of the values that its table names."""

import inspect
import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from operator import or_
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from cortigate.boards.design_file import SUFFIX
from cortigate.boards.design_file.reading import kinds_of_tables
from cortigate.boards.design_file.words import WrongValue, value_of, words_of
from cortigate.boards.learn.training import rule_name
from cortigate.golden.spec import RULES, Network
from cortigate.golden.spec.plain import Plain, shown

__all__ = ["DESCRIBING", "GRID", "MOST_SEED", "NOT_SWEPT", "Choice", "choices_of", "words_for"]

GRID = "grid"
MOST_CHOICES = 10_000
MOST_SEED = 2**32 - 1
# Parameters of an estimator that describe the network, so that a design is in the place of all.
DESCRIBING = ("rule", "layers", "hidden_layer_sizes", "mechanism", "schedule", "hidden",
              "learning_rate_shift", "lanes", "sample_capacity")
# Parameters of an estimator that the command sets itself.
NOT_SWEPT = ("rule_parameters", "device", "random_state", "checkpoint", "verbose", "callback")
SCALARS = (bool, int, float, str, NoneType)


@dataclass(frozen=True)
class Choice(Plain):
    """A combination of the grid, without its seed.

    Parameters
    ----------
    said : dict
        Name -> value as TOML says it.
    estimator : dict
        Parameters of the estimator.
    layers : tuple of int or None
        All of them, if they were named.
    places : dict of str to tuple of str
        Name -> where it stands in the file: see `WrongValue`.
    """

    said: dict[str, object]
    estimator: dict[str, object]
    layers: tuple[int, ...] | None
    places: dict[str, tuple[str, ...]]

    def wrong(self, error: Exception) -> WrongValue:
        """The error of a combination, at the name that its reason is about if it names one."""
        words = str(error)
        named = [(found.start(), path) for name, path in self.places.items()
                 if (found := re.search(rf"\b{re.escape(name)}\b", words)) is not None]
        if named:
            return WrongValue(words, min(named)[1])
        if len(self.said) == 1:
            return WrongValue(words, self.places[next(iter(self.said))])
        return WrongValue(f"{words} ({self.text()})" if self.said else words, (GRID,))

    def text(self, names: Collection[str] | None = None) -> str:
        """Values in words, of some names if not all."""
        return ", ".join(f"{name} {words_for(value)}" for name, value in self.said.items()
                         if names is None or name in names)


def words_for(value: object) -> str:
    """A value of a file in words: a list of neurons or epochs with dashes."""
    return "-".join(map(str, value)) if isinstance(value, list) else str(value)


def choices_of(table: object, kind: type, folder: Path) -> tuple[list[Choice], list[int]]:
    """(Combinations in the order of the file, seeds) of the table of a grid.

    Parameters
    ----------
    table : dict
        As tomllib reads it.
    kind : type
        Class of the estimator.
    folder : Path
        Of the file, to which paths of designs are relative.

    Raises
    ------
    WrongValue
        A name or a value is not what it may be.
    """
    if not isinstance(table, dict):
        raise WrongValue(f"{GRID} must be a table, [{GRID}], not {shown(table)}", (GRID,))
    rules = [] if "rule" not in table else _each(
        (GRID, "rule"), table["rule"], lambda _, said: rule_name(said))
    own = {name: value for name, value in table.items() if isinstance(value, dict)}
    for name in own:
        if name not in rules:
            raise WrongValue(f"{GRID} has no table {shown(name)}, only of the rules that it names: "
                             f"{', '.join(rules) or 'none'}", (GRID, name))
    seeds = _each((GRID, "seed"), table.get("seed", 0), _seed)
    common = {name: value for name, value in table.items()
              if name not in (*own, "rule", "seed")}
    if "design" in common:
        for name in table:
            if name in DESCRIBING:
                raise WrongValue(f"{name} must be left out beside design, which describes the "
                                 "whole network", (GRID, name))
    found = []
    for rule in rules or [None]:
        axes = {name: ((GRID, name), value) for name, value in common.items()}
        axes |= {name: ((GRID, rule, name), value) for name, value in own.get(rule, {}).items()}
        found += _combinations(rule, axes, kind, folder)
        if len(found) > MOST_CHOICES:
            raise WrongValue(f"{GRID} must have at most {MOST_CHOICES} combinations", (GRID,))
    return found, seeds


def _combinations(rule, axes, kind, folder):
    """Every `Choice` of a rule; axes are name -> (path, what is said)."""
    known = _estimators_kinds(kind)
    of_rule = {} if "design" in axes else {
        name: one for name, one in kinds_of_tables(RULES[rule_name(rule)])["rule"].items()
        if name not in known}
    allowed = ("rule", "seed", "layers", *known, *of_rule)
    values = {}
    for name, (path, said) in axes.items():
        if name not in allowed[2:]:
            raise WrongValue(f"{'.'.join(path[:-1])} has no {shown(name)}"
                             f"{f' with the rule {rule}' if rule else ''}, only "
                             f"{', '.join(allowed)}", path)
        values[name] = _each(path, said, lambda path, one: _value(
            path, one, known | of_rule))
    if "layers" in values and "hidden_layer_sizes" in values:
        raise WrongValue("layers and hidden_layer_sizes both name the layers: leave out one of "
                         "them", axes["hidden_layer_sizes"][0])
    if math.prod(map(len, values.values())) > MOST_CHOICES:
        raise WrongValue(f"{GRID} must have at most {MOST_CHOICES} combinations", (GRID,))
    places = {name: path for name, (path, _) in axes.items()} | {"rule": (GRID, "rule")}
    for one in product(*values.values()):
        chosen = dict(zip(values, one, strict=True))
        layers = chosen.pop("layers", None)
        said: dict[str, object] = {} if rule is None else {"rule": rule}
        if layers is not None:
            said["layers"] = words_for([*layers])
        said |= {name: words_of(value) for name, value in chosen.items()}
        parameters = {name: value for name, value in chosen.items() if name in known}
        of_this = {name: value for name, value in chosen.items() if name in of_rule}
        if str(parameters.get("design", "")).endswith((SUFFIX, ".json")):
            parameters["design"] = str(folder / str(parameters["design"]))
        if rule is not None:
            parameters["rule"] = rule
        if of_this:
            parameters["rule_parameters"] = of_this
        yield Choice(said, parameters, layers, places)


def _each(path, said, judge):
    """The values that are said, one or a list of them, each as `judge(path, value)` takes it."""
    found = []
    for one in said if isinstance(said, list) else [said]:
        try:
            value = judge(path, one)
        except WrongValue:
            raise
        except (TypeError, ValueError) as error:
            raise WrongValue(str(error), path) from None
        if value in found:
            raise WrongValue(f"{path[-1]} must hold every value once, not {shown(one)} twice", path)
        found.append(value)
    if not found:
        raise WrongValue(f"{path[-1]} must hold a value, or a list of values to try", path)
    return found


def _seed(path, said):
    seed = value_of(path, said, int)
    if not 0 <= seed <= MOST_SEED:
        raise WrongValue(f"seed must lie in 0 .. {MOST_SEED}, not {seed}", path)
    return seed


def _value(path, said, kinds):
    """One value of a name other than rule and seed."""
    name = path[-1]
    if name == "layers":
        return Network.parse(said).sizes if isinstance(said, str) else (
            Network(value_of(path, said, tuple[int, ...])).sizes)
    if name == "hidden_layer_sizes" and isinstance(said, str):
        try:
            return tuple(map(int, said.split("-")))
        except ValueError:
            raise WrongValue(f"{name} must be numbers of neurons such as '32' or '64-32', not "
                             f"{shown(said)}", path) from None
    return value_of(path, said, kinds[name])


def _estimators_kinds(kind):
    """Name -> annotation, of what a file can say, of an estimator's parameters."""
    hints = get_type_hints(kind.__init__)
    return {name: _sayable(hints[name]) for name in inspect.signature(kind).parameters
            if name not in NOT_SWEPT and name != "rule"}


def _sayable(annotation):
    """What a file can say of an annotation: of a union its scalars, a sequence as a list."""
    kinds: list[Any] = [one for one in get_args(annotation) or (annotation,) if one in SCALARS]
    if any(get_origin(one) is Sequence for one in get_args(annotation)):
        kinds.append(tuple[int, ...])
    return reduce(or_, kinds)
