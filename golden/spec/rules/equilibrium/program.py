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

Lists: rate h; change, of h since it was last walked; nudged h+; difference h+ - h-; apical, the
apical errors.
Words: rate h; change, of h since it was last sent down; feedback h+ - h, then h- - h; minus h-;
difference h+ - h-; basal, the basal errors.

The update is exact in two passes, since
h+ h+^T - h- h-^T = (h+ - h-) h+^T + h- (h+ - h-)^T, and both walk or multiply few numbers.
"""

from ..memory_map import MemoryMap
from ..schedule import Mode, Operation, Step

__all__ = ["program"]


def program(design):
    """Steps and free phase."""
    depth = design.network.depth
    steps = [_free(design, layer) for layer in range(1, depth + 1)]
    first = len(steps)
    for layer in range(1, depth + 1):
        steps += _sweep(design, layer)
    steps.append(Step(Operation.REPEAT, wait=True, first=first, turns=design.rule.steps))
    free_phase = len(steps)
    return (*steps, *_learning(design)), free_phase


def _left(design, layer):
    """Lists and words of h that a layer leaves in the free phase."""
    hidden, branches = layer < design.network.depth, design.rule.learns_branches
    words = ("change",) if layer > 1 else ()
    if branches and layer > 1:
        words = ("rate", *words)
    return ("rate", "change") if hidden else (), words


def _free(design, layer):
    lists, words = _left(design, layer)
    return Step(Operation.FORWARD, MemoryMap(design).matrix(layer), Mode.FREE, True, events="rate",
                lists=lists, words=words, begins=True)


def _sweep(design, layer):
    """Both branches of a layer; the second one to come takes the neurons along."""
    depth, matrix = design.network.depth, MemoryMap(design).matrix
    lists, words = _left(design, layer)
    taken = {"lists": lists, "words": words, "due": (Mode.APICAL,)}
    steps = []
    if layer < depth:
        last = taken if layer == 1 else {}
        steps.append(Step(
            Operation.BACKWARD, matrix(layer + 1), Mode.SWEEP if last else Mode.APICAL, True,
            lanes="change", changes=True, consumes=True, **last))
    if layer > 1:
        steps.append(Step(Operation.FORWARD, matrix(layer), Mode.SWEEP, True, events="change",
                          changes=True, consumes=True, **taken))
    return steps


def _learning(design):
    rule, depth, matrix = design.rule, design.network.depth, MemoryMap(design).matrix
    steps, hidden = [], range(1, depth)

    def nudged(mode, layer, **left):
        if layer == depth:
            return Step(Operation.FORWARD, matrix(layer), mode, True, learning=True, **left)
        return Step(Operation.BACKWARD, matrix(layer + 1), mode, True, lanes="feedback",
                    learning=True, **left)

    if rule.learns_branches:
        for layer in hidden:
            steps += [Step(Operation.FORWARD, matrix(layer), Mode.BASAL_ERROR, words=("basal",),
                           learning=True),
                      Step(Operation.FORWARD, matrix(layer), Mode.APICAL_ERROR,
                           lists=("apical",), learning=True)]
    for layer in range(depth, 0, -1):
        steps.append(nudged(Mode.PLUS, layer, lists=("nudged",) if layer < depth else (),
                            words=("feedback",) if layer > 1 else ()))
    for layer in range(depth, 0, -1):
        steps.append(nudged(
            Mode.MINUS, layer, lists=("difference",) if layer < depth else (),
            words=("feedback", "minus", "difference") if layer > 1 else ("difference",)))
    # Each round passes over every matrix at most once and waits for the round before, so that no
    # word is read before its last change is written.
    rounds = [
        [(layer, {"lanes": "difference", "events": "nudged" if layer > 1 else "rate",
                  "lowered": rule.output_rate_shift * (layer == depth)})
         for layer in range(depth, 0, -1)],
        [(layer, {"lanes": "minus", "events": "difference", "bias": False,
                  "lowered": rule.output_rate_shift * (layer == depth)})
         for layer in range(depth, 1, -1)],
    ]
    if rule.learns_branches:
        rounds += [
            [(layer, {"lanes": "basal", "events": "rate", "second_rate": True})
             for layer in hidden],
            [(layer + 1, {"lanes": "rate", "events": "apical", "bias": False,
                          "second_rate": True}) for layer in hidden],
        ]
    for updates in rounds:
        steps += [Step(Operation.UPDATE, matrix(layer), wait=number == 0, learning=True, **what)
                  for number, (layer, what) in enumerate(updates)]
    return steps
