"""Ghost units: what the neurons do with a drive d (rho: activation, n: nudging current).

* FREE     v <- d, s <- v, r = rho(s): the feedforward pass. The last layer of a sweep is nudged at
           once: s <- v + n, n = beta (t - rho(v)).
* GHOST    q <- rho(d): rate of the plastic ghosts that stand for this layer.
* FEEDBACK s <- v + d: the sweep arrives at a hidden layer.
* LIVE     v <- d; post and error from the rate of the state as it stands; the last layer then
           takes its own small step s <- s + dt (v + n - s).
* STEP     s <- s + dt (v + d - s): a small step of a hidden layer.

Lists: rate r; held, the free phase's r; change, of r since the last small step.
Words: post, which the plasticity multiplies; error r - q, which goes down; error_change, since the
last pass down. Where post and error are the same, there are no words `error`.

Where feedback weights B are stored, what goes down is a list, error or error_change, which a
FORWARD pass over B walks. Feedback that learns walks lists with zeros: held, the rates that the
plasticity pairs with, and post. And words held, the same rates.

If the last layer's weights are stored transposed, its drive is a BACKWARD pass over words `rate` of
the layer below, what goes down is a FORWARD pass over a list `post`, and its update has both. If
only its tail's are, head and tail each have a pass of their own, the tail's as these, but for the
list: its values are those of the words `post`.
"""

from typing import Any

from ...design import Design
from ...memory_map import MemoryMap
from ...steps import Backward, Forward, NeuronMode, Repeat, Step, Update

__all__ = ["Mode", "program"]


class Mode(NeuronMode):
    """See above."""

    FREE = 0
    GHOST = 1
    FEEDBACK = 2
    LIVE = 3
    STEP = 4


def program(design: Design) -> tuple[tuple[Step, ...], int]:
    """Steps and free phase."""
    steps = _relaxation(design) if design.engine.relaxes else _sweep(design)
    free_phase = 1 + max(i for i, step in enumerate(steps) if step.mode is Mode.FREE)
    return tuple(steps), free_phase


def _error(rule):
    return "error" if rule.separate_feedback else "post"


def _outcome(rule):
    """Words that a settled or nudged layer leaves."""
    whole = rule.plastic_ghosts if rule.feedback.stored else rule.separate_feedback
    return ("post", "error") if whole else ("post",)


def _sent(rule, name, layer):
    """Lists of a layer from which `name` goes down, and from which feedback learns."""
    if not rule.feedback.stored or layer == 1:
        return ()
    return (name, "post") if rule.feedback.learns else (name,)


def _paired(rule, layer, depth):
    """(Lists, words) of the rates that the plasticity pairs with, if not the list `rate` itself."""
    if layer == depth:
        return (), ()
    learns = rule.feedback.learns
    return ("held",) if learns or rule.held_presynaptic else (), ("held",) if learns else ()


def _down(design, layer, mode, name, **options):
    """The pass that brings `name` of a layer to the one below."""
    matrix = MemoryMap(design).matrix
    if design.rule.feedback.stored:
        return Forward(matrix(layer - 1, "B"), mode, name, **options)
    return Backward(matrix(layer), mode, name, **options)


def _free(design, layer):
    rule, depth = design.rule, design.network.depth
    hidden = layer < depth
    if design.last.turned and layer >= depth - 1:
        return _free_transposed(design, layer)
    lists, words = _paired(rule, layer, depth)
    if hidden:
        lists = ("rate", *lists, *(("change",) if rule.relaxes else ()))
        if design.last.split and layer == depth - 1:
            words = ("rate", *words)
    elif not rule.relaxes:
        lists, words = _sent(rule, "error", layer), _outcome(rule)
    return Forward(MemoryMap(design).matrix(layer), Mode.FREE, "rate", wait=True, lists=lists,
                   words=words, begins=True)


def _free_transposed(design, layer):
    """The last layer or the one below it; their lists and words have changed places."""
    matrix = MemoryMap(design).matrix(layer)
    if layer < design.network.depth:
        return Forward(matrix, Mode.FREE, "rate", words=("rate",), wait=True, begins=True)
    return Backward(matrix, Mode.FREE, "rate", lists=("post",), wait=True, begins=True)


def _free_tail(design):
    """The tail's pass after the head's, if the last layer has them.

    It need not wait: the head's, which follows the hidden rates, ends after the last one. Only if
    its first sum would leave while the head's are still leaving, it does.
    """
    tail = MemoryMap(design).tail
    if tail is None:
        return []
    early = tail.blocks + design.lanes.bit_length() < design.lanes // design.neuron_lanes
    return [Backward(tail, Mode.FREE, "rate", words=_outcome(design.rule), wait=early, begins=True)]


def _sweep(design):
    rule, depth, matrix = design.rule, design.network.depth, MemoryMap(design).matrix
    steps: list[Step] = []
    for layer in range(1, depth + 1):
        ghost: list[Step] = []
        if rule.plastic_ghosts and layer > 1:
            ghost = [Forward(matrix(layer, "G"), Mode.GHOST, "rate", wait=layer == depth,
                             learning=True, silent=True)]
        # The plastic ghosts of the last layer must have spoken before the last layer is nudged.
        free: list[Step] = [_free(design, layer)]
        steps += ghost + free + _free_tail(design) if layer == depth else free + ghost
    down: dict[str, Any] = {"words": _outcome(rule), "learning": True}
    name = "error" if rule.feedback.stored else _error(rule)
    for layer in range(depth, 1, -1):
        tail = MemoryMap(design).tail if layer == depth else None
        if design.last.turned and layer == depth:
            steps.append(Forward(matrix(depth), Mode.FEEDBACK, "post", wait=True, **down))
        else:
            if tail:
                steps.append(Forward(tail, Mode.FEEDBACK, "post", wait=True, learning=True))
            steps.append(_down(design, layer, Mode.FEEDBACK, name, wait=tail is None,
                               lists=_sent(rule, "error", layer - 1), **down))
        # A layer learns while its feedback is on the way down.
        steps += _updates(design, layer)
    return steps + _updates(design, 1, wait=True)


def _relaxation(design):
    rule, depth, matrix = design.rule, design.network.depth, MemoryMap(design).matrix
    upper = range(2, depth + 1)
    # What goes down are changes; whole errors are only what plastic ghosts learn from.
    left = ("post", "error") if rule.plastic_ghosts else ("post",)
    sent = () if rule.feedback.stored else ("error_change",)

    def live(integrate):
        ghosts = [Forward(matrix(layer, "G"), Mode.GHOST, "change", wait=layer == 2, changes=True,
                          learning=True, silent=True)
                  for layer in upper if rule.plastic_ghosts]
        return ghosts + [
            Forward(matrix(layer), Mode.LIVE, "change", words=(*left, *sent),
                    lists=_sent(rule, "error_change", layer),
                    wait=layer == 2, changes=True, consumes=True,
                    due=(Mode.GHOST, Mode.STEP) + ((Mode.LIVE,) if layer == depth else ()),
                    learning=True, integrate=integrate and layer == depth)
            for layer in upper]

    steps: list[Step] = [_free(design, layer) for layer in range(1, depth + 1)]
    # The ghosts' drives begin whole, too, and may follow the changes from then on.
    steps += [Forward(matrix(layer, "G"), Mode.GHOST, "rate", wait=layer == 2, begins=True,
                      learning=True, silent=True) for layer in upper if rule.plastic_ghosts]
    first = len(steps)
    steps += live(integrate=True)
    for layer in range(1, depth):
        lists, words = ((), ()) if rule.held_presynaptic else _paired(rule, layer, depth)
        steps.append(_down(
            design, layer + 1, Mode.STEP, "error_change", wait=layer == 1,
            lists=("rate", *lists, "change"), words=(*(("post",) if layer == 1 else ()), *words),
            changes=True, consumes=True, due=(Mode.LIVE, Mode.STEP), learning=True))
    steps.append(Repeat(rule.steps, first, wait=True, learning=True))
    steps += live(integrate=False)
    for layer in range(depth, 0, -1):
        steps += _updates(design, layer, wait=layer == depth)
    return steps


def _updates(design, layer, wait=False):
    """What a layer's words teach: W_l, the ghosts that stand for it and the feedback from it."""
    rule, depth, matrix = design.rule, design.network.depth, MemoryMap(design).matrix
    if design.last.turned and layer == depth:
        return [Update(matrix(layer), "rate", "post")]
    learns = rule.feedback.learns and layer > 1
    held = (rule.held_presynaptic or learns) and layer > 1
    steps: list[Step] = [Update(matrix(layer), "post", "held" if held else "rate", wait=wait,
                                decays=learns)]
    tail = MemoryMap(design).tail
    if tail and layer == depth:
        steps.append(Update(tail, "rate", "post"))
    if rule.plastic_ghosts and layer > 1:
        steps.append(Update(matrix(layer, "G"), _error(rule), "rate", second_rate=True))
    if learns:
        steps.append(Update(matrix(layer - 1, "B"), "held", "post", decays=True))
    return steps
