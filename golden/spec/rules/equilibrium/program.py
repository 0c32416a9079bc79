"""Equilibrium network: what the neurons do with a drive d.

Every neuron remembers its exact basal and apical drive; u is their sum, rounded once.

* FREE         basal <- d, apical <- 0; h = clip(basal / alpha, 0, 1) (alpha = 1 for the last
               layer): the feedforward initialisation.
* APICAL       apical <- apical + d.
* SWEEP        the pass's branch takes the drive, h = clip(u, 0, 1).
* BASAL_ERROR  h - clip(basal / alpha, 0, 1): 0 where both lie beyond the same limit of the rate.
* APICAL_ERROR h - clip(apical / alpha, 0, 1), likewise; 1 - alpha is alpha where branches learn.
* PLUS, MINUS  h+ = clip(u + d + n, 0, 1), with the current n = +beta (t - h_L) into the last layer
               and 0 elsewhere; h- with -n; basal, apical and h stay as they are.

Where the output is clamped and not nudged (see `clamped`), neurons have a second rate c, which is
h until then:

* BEGIN        basal <- d (of the first layer it stays); c = clip(basal / alpha, 0, 1), or 0.
* CLAMP        u is the target t, c = clip(t, 0, 1); basal and apical stay as they are.
* PULL         apical <- d, c = clip(u, 0, 1); the layer below will hear of the whole c.
* BASAL        basal <- basal + d.
* SETTLE       the pass's branch takes the drive, c = clip(u, 0, 1).

Lists: rate h; change, of h or c since it was last walked; nudged h+; clamped c; difference
h+ - h-, or c - h; apical, the apical errors.
Words: rate h; change, of h or c since it was last sent down; clamped c; feedback h+ - h, then
h- - h; minus h-; difference h+ - h-, or c - h; basal, the basal errors.

The update is exact in two passes, since
h+ h+^T - h- h-^T = (h+ - h-) h+^T + h- (h+ - h-)^T, and both walk or multiply few numbers.
"""

from typing import Any

from ...design import Design
from ...memory_map import MemoryMap
from ...steps import Backward, Forward, Repeat, Step, Update
from .clamped import clamped
from .modes import Mode

__all__ = ["program"]


def program(design: Design) -> tuple[tuple[Step, ...], int]:
    """Steps and free phase."""
    depth = design.network.depth
    steps: list[Step] = [_free(design, layer) for layer in range(1, depth + 1)]
    first = len(steps)
    for layer in range(1, depth + 1):
        steps += _sweep(design, layer)
    steps.append(Repeat(design.rule.steps, first, wait=True))
    free_phase = len(steps)
    return (*steps, *_learning(design, free_phase)), free_phase


def _left(design, layer):
    """Lists and words of h that a layer leaves in the free phase."""
    hidden, rule = layer < design.network.depth, design.rule
    words = ("change",) if layer > 1 else ()
    if layer > 1 and (rule.learns_branches or rule.clamps):
        words = ("rate", *words)
    return ("rate", "change") if hidden else (), words


def _free(design, layer):
    lists, words = _left(design, layer)
    return Forward(MemoryMap(design).matrix(layer), Mode.FREE, "rate", lists=lists, words=words,
                   wait=True, begins=True)


def _sweep(design, layer):
    """Both branches of a layer; the second one to come takes the neurons along."""
    depth, matrix = design.network.depth, MemoryMap(design).matrix
    lists, words = _left(design, layer)
    taken: dict[str, Any] = {"lists": lists, "words": words, "due": (Mode.APICAL,)}
    steps: list[Step] = []
    if layer < depth:
        last = taken if layer == 1 else {}
        steps.append(Backward(
            matrix(layer + 1), Mode.SWEEP if last else Mode.APICAL, "change", wait=True,
            changes=True, consumes=True, silent=not last, **last))
    if layer > 1:
        steps.append(Forward(matrix(layer), Mode.SWEEP, "change", wait=True, changes=True,
                             consumes=True, **taken))
    return steps


def _learning(design, first):
    """What follows the free phase; its first step has the number `first`."""
    rule, matrix = design.rule, MemoryMap(design).matrix
    hidden = range(1, design.network.depth)
    steps: list[Step] = []
    if rule.learns_branches:
        for layer in hidden:
            steps += [Forward(matrix(layer), Mode.BASAL_ERROR, words=("basal",), learning=True),
                      Forward(matrix(layer), Mode.APICAL_ERROR, lists=("apical",),
                              learning=True)]
    steps += clamped(design, first + len(steps)) if rule.clamps else _nudged(design)
    # Each round passes over every matrix at most once and waits for the round before, so that no
    # word is read before its last change is written.
    rounds = _contrast(design)
    if rule.learns_branches:
        rounds += [
            [(layer, {"lanes": "basal", "events": "rate", "second_rate": True})
             for layer in hidden],
            [(layer + 1, {"lanes": "rate", "events": "apical", "bias": False,
                          "second_rate": True}) for layer in hidden],
        ]
    for updates in rounds:
        steps += [Update(matrix(layer), wait=number == 0, **what)
                  for number, (layer, what) in enumerate(updates)]
    return steps


def _nudged(design):
    """The two nudged sweeps."""
    depth, matrix = design.network.depth, MemoryMap(design).matrix

    def nudged(mode, layer, **left):
        if layer == depth:
            return Forward(matrix(layer), mode, wait=True, learning=True, **left)
        return Backward(matrix(layer + 1), mode, "feedback", wait=True, learning=True, **left)

    steps: list[Step] = []
    for layer in range(depth, 0, -1):
        steps.append(nudged(Mode.PLUS, layer, lists=("nudged",) if layer < depth else (),
                            words=("feedback",) if layer > 1 else ()))
    for layer in range(depth, 0, -1):
        steps.append(nudged(
            Mode.MINUS, layer, lists=("difference",) if layer < depth else (),
            words=("feedback", "minus", "difference") if layer > 1 else ("difference",)))
    return steps


def _contrast(design):
    """Updates in two rounds by the difference of the phases: lists of (layer, parameters)."""
    rule, depth = design.rule, design.network.depth
    later, earlier = ("clamped", "rate") if rule.clamps else ("nudged", "minus")
    rounds: list[list[tuple[int, dict[str, Any]]]] = [
        [(layer, {"lanes": "difference", "events": later if layer > 1 else "rate",
                  "lowered": rule.output_rate_shift * (layer == depth)})
         for layer in range(depth, 0, -1)],
        [(layer, {"lanes": earlier, "events": "difference", "bias": False,
                  "lowered": rule.output_rate_shift * (layer == depth)})
         for layer in range(depth, 1, -1)],
    ]
    return rounds
