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

Where feedback weights B are stored, what goes down is lists: sent, of the changes of h or c, and
feedback. Where they learn, nudged and clamped are words, too, and rate, minus and difference
lists of the layer above.

The update is exact in two passes, since
h+ h+^T - h- h-^T = (h+ - h-) h+^T + h- (h+ - h-)^T, and both walk or multiply few numbers.
"""

from typing import Any

from ...design import Design
from ...memory_map import MemoryMap
from ...steps import Forward, Repeat, Step, Update
from .clamped import clamped
from .modes import Mode
from .sending import down, for_below

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
    lists, words = for_below(design, layer, "change")
    if layer > 1 and (rule.learns_apical or rule.clamps):
        words = ("rate", *words)
    if hidden:
        lists = ("rate", "change", *lists)
    elif rule.clamps and rule.feedback.learns:
        lists = ("rate", *lists)
    return lists, words


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
        steps.append(down(
            design, layer, Mode.SWEEP if last else Mode.APICAL, "change", changes=True,
            consumes=True, silent=not last, **last))
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
            steps.append(Forward(matrix(layer), Mode.BASAL_ERROR, words=("basal",),
                                 learning=True))
            if rule.learns_apical:
                steps.append(Forward(matrix(layer), Mode.APICAL_ERROR, lists=("apical",),
                                     learning=True))
    steps += clamped(design, first + len(steps)) if rule.clamps else _nudged(design)
    # Each round passes over every matrix at most once and waits for the round before, so that no
    # word is read before its last change is written.
    rounds = _contrast(design)
    if rule.learns_branches:
        rounds.append([("W", layer, {"lanes": "basal", "events": "rate", "second_rate": True})
                       for layer in hidden])
    if rule.learns_apical:
        rounds.append([("W", layer + 1, {"lanes": "rate", "events": "apical", "bias": False,
                                         "second_rate": True}) for layer in hidden])
    for updates in rounds:
        steps += [Update(matrix(layer, kind), wait=number == 0, **what)
                  for number, (kind, layer, what) in enumerate(updates)]
    return steps


def _nudged(design):
    """The two nudged sweeps."""
    depth, matrix = design.network.depth, MemoryMap(design).matrix
    learns = design.rule.feedback.learns

    def nudged(mode, layer, lists, words):
        below = for_below(design, layer, "feedback")
        left: dict[str, Any] = {"lists": (*lists, *below[0]), "words": (*below[1], *words)}
        if layer == depth:
            return Forward(matrix(layer), mode, wait=True, learning=True, **left)
        return down(design, layer, mode, "feedback", learning=True, **left)

    steps: list[Step] = []
    for layer in range(depth, 0, -1):
        hidden = layer < depth
        steps.append(nudged(Mode.PLUS, layer, ("nudged",) * hidden,
                            ("nudged",) * (hidden and learns)))
    for layer in range(depth, 0, -1):
        lists = ("difference",) * (layer < depth or learns)
        steps.append(nudged(
            Mode.MINUS, layer, lists + ("minus",) * (learns and layer > 1),
            ("minus", "difference") if layer > 1 else ("difference",)))
    return steps


def _contrast(design):
    """Updates by the difference of the phases: rounds of (kind, layer, parameters)."""
    rule, depth = design.rule, design.network.depth
    later, earlier = ("clamped", "rate") if rule.clamps else ("nudged", "minus")
    learns = rule.feedback.learns

    def lowered(layer):
        return rule.output_rate_shift * (layer == depth)

    rounds: list[list[tuple[str, int, dict[str, Any]]]] = [
        [("W", layer, {"lanes": "difference", "events": later if layer > 1 else "rate",
                       "lowered": lowered(layer)}) for layer in range(depth, 0, -1)],
        [("W", layer, {"lanes": earlier, "events": "difference", "bias": False,
                       "lowered": lowered(layer), "decays": learns})
         for layer in range(depth, 1, -1)],
    ]
    if learns:  # the same of B_l, whose ends are those of W_{l+1}
        rounds += [
            [("B", layer, {"lanes": later, "events": "difference", "lowered": lowered(layer + 1),
                           "decays": True}) for layer in range(depth - 1, 0, -1)],
            [("B", layer, {"lanes": "difference", "events": earlier,
                           "lowered": lowered(layer + 1)}) for layer in range(depth - 1, 0, -1)],
        ]
    return rounds
