"""Further cases that a run should meet: every step, list, sign, block and kind of sample."""

import numpy as np

from ..spec.design import Activation, Design
from ..spec.entries import part_of
from ..spec.memory_map import MemoryMap
from ..spec.program import Program
from ..spec.steps import Operation
from ..spec.targets import Target
from .edge import Edge, Meetings

__all__ = ["Course"]

FILLED = ("empty", "part", "full")
SIGNS = ("< 0", "0", "> 0")
BLOCKS = ("whole", "part")
WOKEN = "a pass over nothing, for drives of one sign"
RATES = ("rate", "held", "nudged", "minus", "clamped")
NEVER_NEGATIVE = (Activation.CLIP, Activation.RELU, Activation.SPIKE)


class Course:
    """Counts what samples come to on their way through a design's program.

    Parameters
    ----------
    design : Design
    meetings : Meetings
        Gets the edges that this class counts.
    """

    def __init__(self, design: Design, meetings: Meetings):
        self._design, self._meetings = design, meetings
        self._program = Program.of(design)
        self._model = part_of(design.rule.name, "cortigate.integer_models")
        self._steps = self._program.steps
        self._names = [_describe(number, step) for number, step in enumerate(self._steps)]
        meetings.add(Meetings(self._edges()))

    # ---- declarations ----------------------------------------------------------------------

    def _edges(self):
        edges = [self._samples(), *map(self._step_edge, range(len(self._steps)))]
        edges += [self._filled(*key) for key in dict.fromkeys(
            _walked(step) for step in self._steps if step.matrix and step.walked)]
        edges += [self._signs(name) for name in dict.fromkeys(
            name for step in self._steps for name in _left(step))]
        matrices = MemoryMap(self._design).matrices
        parts = {name for m in matrices for name in self._cut(m)}
        why = f"with {self._design.lanes} lanes no matrix has one"
        edges.append(Edge("last block", BLOCKS, {
            case: why for case in BLOCKS if case not in parts}))
        if any(self._program.wakes(number) for number in range(len(self._steps))):
            edges.append(Edge(WOKEN, SIGNS[::2]))
        return edges

    @staticmethod
    def _cut(matrix):
        return ["whole" if matrix.last_rows == matrix.lanes else "part"]

    def _samples(self):
        classes, values = ["first class", "last class"], [f"target {sign}" for sign in SIGNS]
        cases = ["learned", "inferred", *classes, *values]
        if self._design.target is Target.CLASS:
            without = dict.fromkeys(values, "targets are classes")
        else:
            without = dict.fromkeys(classes, "targets are values")
            if not self._design.target_values.signed:
                without["target < 0"] = "target values have no sign"
        if self._design.engine.always_on:
            cases += ["no target", "stands"]
        if self._design.target is Target.CLASS and self._design.network.sizes[-1] == 1:
            without["last class"] = "there is one class"
        return Edge("sample", tuple(cases), without)

    def _step_edge(self, number):
        step = self._steps[number]
        if step.operation is Operation.QUIT:
            return Edge(self._names[number], ("goes on", "ends"))
        if step.operation is Operation.REPEAT:
            return Edge(self._names[number], ("again", "at rest", "out of turns"), self._ends(step))
        cases, without = ["runs"], {}
        if number < self._program.free_phase and not step.learning:
            cases.append("of an inference")
        if step.changes or step.sparse:
            cases.append("left out")
            if why := self._model.never_left_out(step):
                without["left out"] = why
            elif step.due and not any(s.first <= number < i for i, s in enumerate(self._steps)
                                      if s.operation is Operation.REPEAT):
                without["left out"] = "it comes once, and is due until then"
        return Edge(self._names[number], tuple(cases), without)

    def _ends(self, step):
        if self._design.engine.always_on or self._design.engine.spiking:
            return {"at rest": "time steps go on to the last"} | (
                {"again": "there is one time step"} if step.turns == 1 else {})
        return {"again": "there is one turn"} if step.turns == 1 else {}

    def _filled(self, name, layer, kind, dense):
        matrix = next(s.matrix for s in self._steps if s.matrix and s.walked
                      and _walked(s) == (name, layer, kind, dense))
        size = self._design.network.sizes[layer]
        without: dict[str, str] = {}
        if kind == "blocks":
            size = matrix.blocks
        if dense:
            without = dict.fromkeys(FILLED[:2], "zeros are walked, too")
        elif size == 1:
            without = {"part": "there is one place"}
        if all(s.changes and not s.due for s in self._steps
               if s.matrix and s.walked and _walked(s) == (name, layer, kind, dense)):
            without = without | {"empty": "a pass over nothing is left out"}
        return Edge(_list_name(name, layer, kind, dense), FILLED, without)

    def _signs(self, key):
        kind, name = key
        network, without = self._design.network, {}
        if kind == "list" and not self._design.signed_lists:
            without = {"< 0": "column events have no sign"}
        if name in RATES and network.hidden in NEVER_NEGATIVE:
            without = {"< 0": "rates are never negative"}
        if name in ("spike", "trace"):
            without = {"< 0": "spikes and traces are never negative"}
        if name == "noise":
            without = {"0": "noise goes up or down"}
        return Edge(f"{kind} {name}", SIGNS, without)

    # ---- counting --------------------------------------------------------------------------

    def count(self, timeline, trace, train, target):
        """Count a traced sample.

        Parameters
        ----------
        timeline : Timeline
        trace : Trace
        train : bool
        target : int, int64 array (n_L,), or None
            Its class or target values; None if it has none.
        """
        case = self._meetings.case
        self._count_sample(trace, train, target)
        turns = dict.fromkeys(range(len(self._steps)), 0)
        wakers = {}  # passes that changed something, by the step that is due for it
        for number, done in timeline.course(trace, train):
            step, name = self._steps[number], self._names[number]
            if step.operation is Operation.QUIT:
                case(name, "goes on" if done.again else "ends")
            elif step.operation is Operation.REPEAT:
                turns[number] += 1
                case(name, "again" if done.again else
                     "out of turns" if turns[number] == step.turns else "at rest")
                turns[number] *= done.again  # a loop within a loop begins anew
            elif done is None:
                case(name, "left out")
            else:
                case(name, "runs")
                if not train:
                    case(name, "of an inference")
                self._count_pass(step, done, train)
                self._count_woken(step, done, wakers.pop(number, ()))
                for due in self._program.wakes(number) if done.changed else ():
                    wakers.setdefault(due, []).append(done)

    def _count_sample(self, trace, train, target):
        case = self._meetings.case
        if trace.standing:
            return case("sample", "stands")
        case("sample", "learned" if train else "inferred")
        if train:
            last = self._design.network.sizes[-1] - 1
            if target is None:
                case("sample", "no target")
            elif self._design.target is not Target.CLASS:
                for sign in np.unique(np.sign(target)):
                    case("sample", f"target {SIGNS[sign + 1]}")
            elif target == 0:
                case("sample", "first class")
            elif target == last:
                case("sample", "last class")

    def _count_woken(self, step, done, wakers):
        """A step that walks nothing runs for what passes before it have changed: drives alone."""
        if not wakers or done.walked.any() or any(waker.moved for waker in wakers):
            return
        signs = {int(sign) for waker in wakers for sign in np.sign(waker.drive)} - {0}
        for sign, name in ((-1, "< 0"), (1, "> 0")):
            self._meetings.case(WOKEN, name, signs == {sign})

    def _count_pass(self, step, done, train):
        case, program = self._meetings.case, self._program
        if step.walked and done.walked is not None:
            filled = done.walked[:step.matrix.inputs] != 0
            if step.operation is Operation.BACKWARD:
                filled = np.logical_or.reduceat(
                    done.walked != 0, range(0, len(done.walked), step.matrix.lanes))
            key = _walked(step)
            full = key[3] or filled.all()
            case(_list_name(*key), "full" if full else "part" if filled.any() else "empty")
        for name in self._cut(step.matrix):
            case("last block", name)
        for kind, name in _left(step):
            if kind == "words" and not program.leaves_words(name, train):
                continue
            values = np.sign((done.lists if kind == "list" else done.words)[name])
            for sign, times in zip(SIGNS, np.bincount(values + 1, minlength=3), strict=True):
                case(f"{kind} {name}", sign, times)


def _describe(number, step):
    """A step in words."""
    words = [step.matrix.name if step.matrix else "", step.operation.name.lower(),
             step.mode.name.lower() if step.mode else ""]
    return f"step {number}: " + " ".join(word for word in words if word)


def _walked(step):
    """(name, layer, kind, dense) of what a step walks."""
    kind = "blocks" if step.operation is Operation.BACKWARD else "list"
    if step.singly:
        kind = "values"
    return step.walked, step.source, kind, step.decays or step.singly or step.whole


def _list_name(name, layer, kind, dense):
    return f"{kind} {name} of layer {layer}" + " with zeros" * dense


def _left(step):
    return [("list", name) for name in step.lists] + [("words", name) for name in step.words]
