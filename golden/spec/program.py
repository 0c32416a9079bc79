"""The order in which a rule uses the synapse array: a short program of the steps in `steps`."""

from dataclasses import dataclass, replace
from functools import cached_property

from .design import Design
from .plain import Plain
from .steps import Backward, Operation, Quit, Repeat, Step, Update
from .waiting import Waits, waits_of

__all__ = ["Program"]


@dataclass(frozen=True)
class Program(Plain):
    """Steps of one learning sample.

    Parameters
    ----------
    steps : tuple of Step
    free_phase : int
        An inference runs only steps before this one, and of them only those without `learning`.
    single_port : bool
        The weights' memory has one port.

    Raises
    ------
    ValueError
        A step walks a list, or takes words, that no step leaves in that layer, or what the step
        before it uses up, or what decays and what does not walk one list.
    """

    steps: tuple[Step, ...]
    free_phase: int
    single_port: bool = False

    def __post_init__(self):
        super().__post_init__()
        left = {(kind, name, step.target) for step in self.steps if step.matrix
                for kind, names in (("list", step.lists), ("words", step.words)) for name in names}
        for number, step in enumerate(self.steps):
            if step.matrix is None:
                continue
            learns = step.operation is Operation.UPDATE
            for kind, name, layer in (("words" if step.singly else "list", step.events,
                                       step.source),
                                      ("words", step.lanes, step.target if learns
                                       else step.source)):
                if name and (kind, name, layer) not in left and (kind, layer) != ("list", 0):
                    raise ValueError(f"step {number}, of {step.matrix.name}, must not take the "
                                     f"{kind} {name!r} of layer {layer}, which no step leaves")
            before = self.steps[number - 1] if number else None
            if before and before.consumes and _walked(before) == _walked(step):
                raise ValueError(f"step {number}, of {step.matrix.name}, must not walk what the "
                                 "step before it uses up: it is judged before that is empty")
            if step.events in self.dense and step.decays != bool(step.source):
                raise ValueError(
                    f"step {number}, of {step.matrix.name}, must not walk the list "
                    f"{step.events!r} of layer {step.source}: an update that decays walks lists "
                    "of that name, and they need zeros" + (
                        ", which a sample's lacks" if step.decays else
                        ", which no other step may walk: leave the same in a list of another name"))

    @classmethod
    def of(cls, design: Design) -> "Program":
        """Program of a design.

        Raises
        ------
        ValueError
            A step needs a trait that the rule's engine does not have.
        """
        steps, free_phase = design.rule.program(design)
        _check_traits(design, steps)
        if design.margin_shift is not None:
            steps = _quit_if_leading(steps, free_phase)
        if design.single_port:
            steps = _wait_for_updates(steps)
        return cls(steps, free_phase, design.single_port)

    @cached_property
    def waits(self) -> Waits:
        """How every step waits."""
        return waits_of(self.steps, self.free_phase, self.single_port)

    def runs(self, number: int, train: bool = True) -> bool:
        """True if a sample fetches the step and does not pass over it."""
        return train or (number < self.free_phase and not self.steps[number].learning)

    @property
    def lists(self) -> tuple[str, ...]:
        """Names of all event lists, in the order of their first use."""
        return tuple(dict.fromkeys(name for step in self.steps for name in step.lists))

    @property
    def words(self) -> tuple[str, ...]:
        """Names of all post-synaptic words, likewise."""
        return tuple(dict.fromkeys(name for step in self.steps for name in step.words))

    @property
    def dense(self) -> tuple[str, ...]:
        """Names of the lists that hold zeros, too."""
        return tuple(dict.fromkeys(step.events for step in self.steps if step.decays))

    def leaves_words(self, name: str, train: bool = True) -> bool:
        """True if neurons write these words: an inference only needs what it sends down itself."""
        return train or any(self.runs(i, False) and isinstance(step, Backward)
                            and step.lanes == name for i, step in enumerate(self.steps))

    def wakes(self, number: int) -> tuple[int, ...]:
        """Steps that are due after this one has changed something."""
        step = self.steps[number]
        return tuple(
            i for i, other in enumerate(self.steps)
            if step.mode in other.due and other.matrix is not None
            and other.target == step.target)


def _walked(step):
    """What a pass walks: kind, name and layer."""
    kind = "words" if step.operation is Operation.BACKWARD else "list"
    return kind, step.walked, step.source


def _check_traits(design, steps):
    engine, depth = design.engine, design.network.depth
    for number, step in enumerate(steps):
        needs = {
            "output_lists": not (engine.output_lists or design.last.turned) and step.lists
                            and step.target == depth,
            "decay_shift": step.decays and not engine.decays,
            "lowered": step.lowered > engine.lowered,
            "guarded": step.restless and not engine.guarded,
        }
        for trait, lacks in needs.items():
            if lacks:
                raise ValueError(f"the engine of the rule {design.rule.name} must have {trait}: "
                                 f"step {number}, of "
                                 f"{step.matrix.name if step.matrix else step.operation.name}, "
                                 "needs it")


def _quit_if_leading(steps, free_phase):
    """The steps, with one after the free phase that ends a sample which leads by the margin."""
    later = [replace(step, first=step.first + 1)
             if isinstance(step, Repeat) and step.first >= free_phase else step for step in steps]
    return *later[:free_phase], Quit(leading=True), *later[free_phase:]


def _wait_for_updates(steps):
    """The steps, each waiting if the one before it is an UPDATE."""
    return tuple(
        replace(step, wait=True) if i and isinstance(steps[i - 1], Update) else step
        for i, step in enumerate(steps))
