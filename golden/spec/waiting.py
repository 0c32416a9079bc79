"""For how long a waiting step waits: no longer than what it takes from other steps asks for.

Values of a pass are on their way for a while after its last request: to the neurons, through them,
and into lists and words; those of an update into the weight memory. Of this a step waits for

* ALL      everything that earlier passes leave: a step that asks if something has changed, or how
           many entries there are before it begins;
* WORDS    the words that earlier passes leave, and these only by when the step reads them, some
           cycles after its first request: an update, or a pass whose list is complete already;
* ENTRIES  nothing: a forward pass over the one list that an earlier pass is still leaving follows
           it, entry by entry, and closes its first block when the list is complete.

And a step that reads weights which an earlier step of the same sample updates waits for these.

Whatever a step is judged by, before it begins, is looked up while the pass before it runs, in the
cycle of its last request. That is early enough, since a step that does not wait depends on nothing
that is on its way. A pass that follows a list looks at that list until it has closed its first
block; what comes after it is looked up a cycle later if it has no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from .plain import Plain
from .steps import Operation, Step

__all__ = ["Wait", "Waits", "waits_of"]

List = tuple[str, int]


class Wait(Enum):
    """See above; NONE: the step begins as soon as it is judged."""

    NONE = 0
    ALL = 1
    WORDS = 2
    ENTRIES = 3


@dataclass(frozen=True)
class Waits(Plain):
    """How every step of a program waits.

    Parameters
    ----------
    kinds : tuple of Wait
    weights : tuple of bool
        The step also waits until earlier updates are written.
    opens : tuple of tuples of str
        Names of the lists that are empty and incomplete as soon as the pass begins, since another
        one follows it through them.
    """

    kinds: tuple[Wait, ...]
    weights: tuple[bool, ...]
    opens: tuple[tuple[str, ...], ...]


def waits_of(steps: Sequence[Step], free_phase: int, single_port: bool) -> Waits:
    """Find out how steps wait.

    Parameters
    ----------
    steps : sequence of Step
    free_phase : int
        As of `golden.spec.program.Program`.
    single_port : bool
        The weight memory has one port: whoever waits does so for every update.

    Returns
    -------
    Waits
    """
    kinds = [Wait.ALL if step.wait else Wait.NONE for step in steps]
    for number in range(len(steps)):
        for kind in (Wait.WORDS, Wait.ENTRIES):
            if kinds[number] is not Wait.ALL:
                break
            tried = [*kinds[:number], kind, *kinds[number + 1:]]
            # An inference leaves steps out, and with them what these have waited for.
            if _allowed(steps, tried, range(len(steps))) and _allowed(steps, tried, [
                    i for i in range(free_phase) if not steps[i].learning]):
                kinds = tried
    opens: list[tuple[str, ...]] = [()] * len(steps)
    for number, kind in enumerate(kinds):
        if kind is Wait.ENTRIES:
            producer, name = _producers(steps, number)[-1], steps[number].events
            opens[producer] = tuple(dict.fromkeys((*opens[producer], name)))
    return Waits(tuple(kinds), tuple(
        step.wait and _updated_before(steps, number, single_port)
        for number, step in enumerate(steps)), tuple(opens))


def _updated_before(steps, number, single_port):
    """Does an update before the step, in this sample, change weights that it reads?"""
    following = [number + 1]
    if steps[number].operation is Operation.REPEAT:
        following.append(steps[number].first)
    if steps[number].matrix is None and all(steps[i].wait for i in following if i < len(steps)):
        return False  # whoever comes next waits, too
    loops = [(s.first, i) for i, s in enumerate(steps) if s.operation is Operation.REPEAT]
    for other, step in enumerate(steps):
        if step.operation is not Operation.UPDATE:
            continue
        shared = single_port or steps[number].matrix is None or (
            steps[number].matrix.name == step.matrix.name)
        if shared and (other < number or any(
                first <= number <= last and first <= other <= last for first, last in loops)):
            return True
    return False


def _allowed(steps, kinds, run):
    """True if no step of `run` takes what may still be on its way when it begins."""
    # Twice, since a loop's first step comes after its last one, too.
    ends: dict[int, list[int]] = {}
    for _ in range(2):
        # Passes with values on their way; those of them before the last step that waited.
        pending: list[int] = []
        earlier: list[int] = []
        for number in run:
            step = steps[number]
            pending = [*dict.fromkeys((*ends.get(number, ()), *pending))]
            if not _step_allowed(steps, kinds[number], number, pending, earlier):
                return False
            if kinds[number] is Wait.ALL:
                pending = []
            elif kinds[number] is Wait.ENTRIES:
                producer = _producers(steps, number)[-1]
                if producer in pending:
                    pending = pending[pending.index(producer) + 1:]
            elif kinds[number] is Wait.WORDS:
                pending = [i for i in pending if steps[i].lists]
            if kinds[number] is not Wait.NONE:
                earlier = pending
            if step.operation in (Operation.FORWARD, Operation.BACKWARD):
                pending = [*pending, number]
            if step.operation is Operation.REPEAT:
                ends[step.first] = [*pending]
    return True


def _step_allowed(steps, kind, number, pending, earlier):
    """True if the step may wait so while the passes `pending` have values on their way.

    Two passes into one layer must not come close together, unless the rule has them do so.
    """
    step = steps[number]
    if kind is Wait.ALL:
        return True
    if step.matrix is None:
        return kind is Wait.NONE and not pending
    judges = step.changes or step.sparse or (
        step.operation is Operation.BACKWARD and not step.whole)
    wanted = _lists(step)
    left = {(name, steps[i].target) for i in pending for name in steps[i].lists}
    if kind is Wait.ENTRIES:
        producers = _producers(steps, number)
        others = [i for i in pending if i not in producers[-1:] and wanted & {
            (name, steps[i].target) for name in steps[i].lists}]
        close = any(steps[i].target == step.target for i in pending)
        return bool(producers) and not others and not judges and not close and (
            step.operation is Operation.FORWARD and _follows(steps, producers[-1], number))
    if kind is Wait.WORDS:
        again = {(name, step.target) for name in step.lists} & left
        if step.joins and step.matrix.inputs == 1:
            return False  # a single value, which is taken two cycles after the first request
        return not judges and not wanted & left and not again
    words = {(name, steps[i].target) for i in pending for name in steps[i].words}
    layer = step.target if step.operation is Operation.UPDATE else step.source
    woken = step.changes and any(
        steps[i].mode in step.due and steps[i].target == step.target for i in pending)
    if step.operation is not Operation.UPDATE and any(
            steps[i].target == step.target for i in earlier):
        return False
    single = (step.events, step.source) if step.singly else None
    return (not woken and not wanted & left and (step.lanes, layer) not in words
            and single not in words)


def _follows(steps, producer, number):
    """True if the step always comes right after the pass whose list it walks, in every sample."""
    first, second = steps[producer], steps[number]
    return (not (first.changes or first.sparse or first.learning and not second.learning)
            and not any(s.operation is Operation.REPEAT and producer < s.first <= number
                        for s in steps))


def _producers(steps, number):
    """Earlier passes that leave the list that the step walks."""
    wanted = _lists(steps[number])
    return [i for i in range(number) if steps[i].matrix is not None and wanted & {
        (name, steps[i].target) for name in steps[i].lists}]


def _lists(step):
    """The list that a step walks, by name and layer, if it walks one that a pass leaves."""
    if step.matrix is None or not step.events or step.source == 0 or step.singly:
        return set[List]()
    return {(step.events, step.source)}
