"""Between an integer model and its compiled loops: flat arrays, counters, generators."""

import dataclasses
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import numpy as np

from ...compilation import alone
from ...spec.rule import Rule
from ...spec.targets import Target, raw_targets
from .parts import Plan

__all__ = ["Loops", "knows", "learn_all", "outputs", "predict"]


class Loops(NamedTuple):
    """The compiled loops of one model.

    Attributes
    ----------
    learn : function
        learn(plan, own, space, weights, drawn, samples, targets, order, shifts, predictions) to
        (weight saturations, state saturations). The first array of the space ends as the rates
        that the last sample left.
    infer : function
        infer(plan, own, space, weights, samples, layer, predictions, left) to state saturations; it
        leaves the rates of a layer in `left`, samples x neurons.
    own : tuple
        What they need beside the plan, of the rule.
    arrays : int
        Of the space, their working memory: int64 (arrays, L + 1, widest layer + 1), zero at the
        start of a call.
    """

    learn: Callable[..., Any]
    infer: Callable[..., Any]
    own: tuple
    arrays: int


def knows(rule: Rule, parameters: Collection[str]) -> bool:
    """True if loops that know these parameters of a rule know all that it says.

    The others must have their defaults.
    """
    return all(field.name in parameters or getattr(rule, field.name) == field.default
               for field in dataclasses.fields(rule))


def learn_all(model, loops: Loops, samples: np.ndarray, targets: np.ndarray, order: np.ndarray,
              shifts: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Learn from many samples.

    Parameters
    ----------
    model : IntegerModel
    loops : Loops
    samples : int array (n, n_0)
        Raw in design.sample.
    targets : int64 array
        As `check_targets` gives them.
    order : int64 array (turns,)
    shifts : tuple of int
        The two k of the learning rates 2**-k.

    Returns
    -------
    predictions : int64 array (turns,)
    rates : int64 array (L + 1, widest layer + 1)
        Those of the last sample, or of its last time step, layer by layer.
    """
    plan, weights, drawn = Plan.of(model.design), flat_weights(model), model.states.copy()
    taught, predictions = raw_targets(model.design, targets), np.zeros(len(order), np.int64)
    space, samples = space_of(plan, loops), samples.astype(np.int32)

    def learn(order):
        return loops.learn(plan, loops.own, space, weights, drawn, samples, taught, order,
                           np.array(shifts, np.int64), predictions)

    _compile(loops.learn, lambda: learn(order[:0]))
    of_weights, of_states = learn(order)
    for name, (base, columns, rows) in zip(model.map.shapes, plan.matrices, strict=True):
        flat = weights[base:base + columns * rows]
        model.weights[name] = np.ascontiguousarray(flat.reshape(columns, rows).T)
    model.states[...] = drawn
    model.weight_saturations += int(of_weights)
    model.state_saturations += int(of_states)
    return _classes(model, predictions), space[0]


def predict(model, loops: Loops, samples: np.ndarray) -> np.ndarray:
    """Classes predicted for samples, raw in design.sample: int64 array (n,)."""
    return _infer(model, loops, samples, model.design.network.depth)[0]


def outputs(model, loops: Loops, samples: np.ndarray, layer: int) -> np.ndarray:
    """Rates that inferences leave in a layer, raw: int64 array (n, n_layer)."""
    return _infer(model, loops, samples, layer)[1]


def space_of(plan: Plan, loops: Loops) -> np.ndarray:
    """Working memory of the loops, all zeros."""
    return np.zeros((loops.arrays, len(plan.sizes), plan.sizes.max() + 1), np.int64)


def flat_weights(model) -> np.ndarray:
    """All weights of a model, matrix after matrix, each transposed: int64 array."""
    return np.concatenate([model.weights[name].T.ravel() for name in model.map.shapes])


def _infer(model, loops, samples, layer):
    plan, weights = Plan.of(model.design), flat_weights(model)
    space, predictions = space_of(plan, loops), np.zeros(len(samples), np.int64)
    left, samples = np.zeros((len(samples), plan.sizes[layer]), np.int64), samples.astype(np.int32)

    def infer(samples):
        return loops.infer(plan, loops.own, space, weights, samples, layer, predictions, left)

    _compile(loops.infer, lambda: infer(samples[:0]))
    model.state_saturations += int(infer(samples))
    return _classes(model, predictions), left


def _classes(model, predictions):
    """Predictions, which there are only of classes."""
    return predictions * (model.design.target is Target.CLASS)


COMPILED: set[Callable] = set()


def _compile(loop, call):
    """Compile a loop by a call that does nothing, while no other process does."""
    if loop not in COMPILED:
        with alone():
            call()
        COMPILED.add(loop)
