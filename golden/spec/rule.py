"""A learning rule as the specification knows it: one class, found by its entry point."""

from collections.abc import Mapping
from dataclasses import fields, replace
from enum import Enum
from inspect import getattr_static
from typing import TYPE_CHECKING, Any, ClassVar, Self

from .plain import Plain, plain, shown
from .qformat import check_integer

if TYPE_CHECKING:  # they know `Rule`
    import numpy as np

    from .design import Design
    from .engine import Engine
    from .sampler import DesignSampler
    from .steps import Step

__all__ = ["Rule"]

# What a subclass must say, and what it may leave out.
STATED = ("name", "code", "title", "units", "predicts_before_label", "learning_rate_shift")
DEFINED = ("engine", "check", "describe", "program", "design", "presets", "draw", "start")


class Rule(Plain):
    """Base of the rules' frozen dataclasses.

    A rule is found by the entry point of its name in the group ``cortigate.rules``. Its other
    parts have the same name in the groups of `golden.spec.entries.LAYERS`. A class that lacks one
    of the members up to `start` is refused where it is defined.

    Attributes
    ----------
    name : str
        In records and on the command line: lower-case letters and digits.
    code : int
        In the identity of a board, 1 .. 255; 1 .. 63 are cortigate's own.
    title : str
        What it does, as the beginning of a sentence: "The delta rule learns".
    units : tuple of Activation
        Hidden units that its integers and its float reference both know, its own first.
    predicts_before_label : bool
        While it learns from a sample, the rule has made its prediction before the label acts on
        anything that the prediction depends on: then the share of right ones is an accuracy on
        samples that were never seen before.
    learning_rate_shift : int
        A parameter: eta = 2**-learning_rate_shift.
    steps : int
        Time steps or turns of a sample, at most; a parameter of rules that have any.
    update_shift : int
        k of the factor 2**-k in front of the rule's weight updates; a rule may leave it out, if it
        is that of eta.
    engine : Engine
        What it needs of the engine.
    knows_margins : bool
        Its samples may end after the free phase: see `Design.margin_shift`.
    aliases : tuple of str
        Other names on the command line.
    choices : dict of str to Enum
        Parameters that are given as words.
    later : tuple of str
        Parameters that a record lacks at their defaults: designs from before there was a choice
        keep their digest.
    second_rate : str
        Parameter that gives the second learning rate by itself, if it is not None; "": none does.
    rate_followers : tuple of str
        Shifts that a learning rate moves along: see `at_rate`.
    small, large : str
        Presets that are built for small and large chips; "": none.
    """

    name: ClassVar[str]
    code: ClassVar[int]
    title: ClassVar[str]
    units: ClassVar[tuple]
    predicts_before_label: ClassVar[bool]
    knows_margins: ClassVar[bool] = False
    aliases: ClassVar[tuple[str, ...]] = ()
    choices: ClassVar[Mapping[str, type[Enum]]] = {}
    later: ClassVar[tuple[str, ...]] = ()
    second_rate: ClassVar[str] = ""
    rate_followers: ClassVar[tuple[str, ...]] = ()
    small: ClassVar[str] = ""
    large: ClassVar[str] = ""
    learning_rate_shift: int
    steps: int = 1

    def __init_subclass__(cls, **options: Any):
        super().__init_subclass__(**options)
        lacks = [name for name in STATED if not hasattr(cls, name)]
        lacks += [name for name in DEFINED  # as written: a class method is another one each time
                  if getattr_static(cls, name) is getattr_static(Rule, name)]
        if lacks:
            raise TypeError(f"the rule {cls.__name__} must define {', '.join(lacks)}")
        check_integer(f"code of the rule {cls.name}", cls.code, 1, 255)

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> Self:
        """Rule of the plain values that `dataclasses.asdict` gives, enums as their values."""
        return cls(**record | {name: kind(record[name]) for name, kind in cls.choices.items()
                               if name in record or name not in cls.later})

    def left_out(self) -> tuple[str, ...]:
        """Parameters that a record of this rule lacks: those of `later` at their defaults."""
        defaults = {field.name: field.default for field in fields(self)}
        return tuple(name for name in self.later if getattr(self, name) == defaults[name])

    @classmethod
    def of(cls, design: "Design") -> Self:
        """The rule of a design, for what reads the parameters of this class.

        Raises
        ------
        TypeError
            It is of another class.
        """
        if not isinstance(design.rule, cls):
            raise TypeError(f"the design's rule must be a {cls.__name__}, "
                            f"not {shown(design.rule)}")
        return design.rule

    @property
    def update_shift(self) -> int:
        """k of the factor 2**-k in front of the rule's weight updates: that of eta."""
        return self.learning_rate_shift

    @property
    def engine(self) -> "Engine":
        """`Engine`: what the rule, with these parameters, needs."""
        raise NotImplementedError

    def check(self, design: "Design") -> None:
        """Raise ValueError if the rule cannot work with the rest of a design."""
        raise NotImplementedError

    def describe(self) -> str:
        """The parameters in a few words."""
        raise NotImplementedError

    def program(self, design: "Design") -> "tuple[tuple[Step, ...], int]":
        """(Steps, number of the first step that an inference does not come to)."""
        raise NotImplementedError

    @classmethod
    def design(cls, sizes: tuple[int, ...], **changes: Any) -> "Design":
        """Design with the recommended parameters and formats.

        Parameters
        ----------
        sizes : tuple of int
            Neurons per layer, input first.
        **changes
            Of `Design`; and `choices`, by name.
        """
        raise NotImplementedError

    @classmethod
    def presets(cls) -> "dict[str, Design]":
        """Named designs: dict of str to Design, the smallest that has everything first."""
        raise NotImplementedError

    @classmethod
    def draw(cls, sampler: "DesignSampler") -> "Design":
        """A design drawn at random, to verify the engine with.

        Parameters
        ----------
        sampler : golden.spec.sampler.DesignSampler
            Draws numbers, and the formats around a rule and its network.
        """
        raise NotImplementedError

    def start(self, design: "Design", seed: int) -> "dict[str, np.ndarray]":
        """Random weights to begin with: dict of float64 arrays, rows x columns, by matrix name."""
        raise NotImplementedError

    def transposes(self, design: "Design") -> bool:
        """True if the last weights are better stored transposed (`Design.transposed`)."""
        return False

    def moved_along(self, learning_rate_shift: int) -> dict[str, int]:
        """Followers of another learning rate, name -> value, which may be out of range."""
        lower = learning_rate_shift - self.learning_rate_shift
        return {name: getattr(self, name) + lower for name in self.rate_followers}

    def at_rate(self, learning_rate_shift: int | None, **others: Any) -> Self:
        """The same rule with another learning rate, and with what must follow it.

        Parameters
        ----------
        learning_rate_shift : int or None
            None: its own.
        **others
            Further parameters to change. A follower among them does not follow.

        Raises
        ------
        TypeError, ValueError
            A parameter is wrong, or a follower has no room.
        """
        if learning_rate_shift is None:
            return replace(self, **others)
        shift = plain("learning_rate_shift", learning_rate_shift, int)
        chosen = replace(self, **{"learning_rate_shift": shift, **others})
        moved = {name: value for name, value in self.moved_along(shift).items()
                 if name not in others}
        try:
            return replace(chosen, **moved)
        except ValueError as error:
            raise ValueError(f"{error}, which follows from learning_rate_shift {shift}") from None

    @property
    def second_update_shift(self) -> int:
        """k of the rate 2**-k of what a rule learns besides, by an update of its own.

        The rule says what it is. If it is nothing, this is `update_shift`, and no update reads it.
        """
        return self.update_shift

    @property
    def learning_rate(self) -> float:
        """eta as a float."""
        return 2.0**-self.learning_rate_shift
