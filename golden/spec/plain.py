"""Plain values: what a public dataclass stores, whichever library its values came from.

A parameter grid or an array hands out NumPy's numbers. Their arithmetic wraps, JSON does not know
them, and a design that holds them has another digest than one that is equal to it. So what has
the value of a plain int, float, bool or str becomes one where it enters, and all else is refused.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, ClassVar, TypeVar, get_args, get_origin, get_type_hints, overload

import numpy as np

__all__ = ["Plain", "plain", "shown"]

LONGEST = 1 << 20  # entries of a sequence: a range may be longer than any memory
SHOWN = 100  # characters of a wrong value that a message repeats, about a line
BOOLS = bool | np.bool_
# Annotation -> (what it takes, what it does not take although that is one of these).
SCALARS = {int: (int | np.integer, BOOLS), bool: (BOOLS, ()), str: (str, ()),
           float: (int | float | np.integer | np.floating, BOOLS)}
WORDS = {int: ("an integer", "integers"), bool: ("True or False", "True or False"),
         str: ("a string", "strings"), float: ("a number", "numbers"), NoneType: ("None", "None"),
         np.ndarray: ("an array", "arrays"), Callable: ("callable", "callables"),
         dict: ("a dictionary", "dictionaries"), type: ("a class", "classes"),
         tuple: ("a sequence", "sequences"), list: ("a sequence", "sequences")}


class Plain:
    """Base of a dataclass whose fields are plain values of what their annotations say.

    Annotations are int, float, bool, str, an Enum, another class, None, tuple, list, dict and
    Mapping of these, and unions. A dataclass that checks ranges does so after
    ``super().__post_init__()``.

    Raises
    ------
    TypeError
        A value is of another kind.
    ValueError
        It is NaN.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def __post_init__(self):
        for name, kind in _kinds(type(self)).items():
            object.__setattr__(self, name, plain(name, getattr(self, name), kind))


Value = TypeVar("Value")


class _OtherKind(Exception):
    """A value is not of the kind that was asked for."""


class _NotANumber(_OtherKind):
    """It is NaN."""


class _TooLong(_OtherKind):
    """It is a sequence of more than `LONGEST` entries."""


@cache
def _kinds(owner):
    """Annotation of each field of a dataclass."""
    hints = get_type_hints(owner)
    return {field.name: hints[field.name] for field in fields(owner)}


@overload
def plain(name: str, value: object, kind: type[Value]) -> Value: ...


@overload
def plain(name: str, value: object, kind: object) -> Any: ...  # a union, a sequence of a kind


def plain(name: str, value: object, kind: object) -> object:
    """The value as a plain one of a kind.

    Parameters
    ----------
    name : str
        Of the parameter, for the message.
    value : object
        A NumPy integer, float, bool or string counts as the plain one; a list, range or array as
        a tuple. An integer is a number too, but a bool is neither, and NaN is no number.
    kind : type
        An annotation: see `Plain`.

    Raises
    ------
    TypeError
        It is not of this kind.
    ValueError
        It is NaN, or a sequence of more than 2**20 entries.
    """
    try:
        return _converted(value, kind)
    except _TooLong as length:
        raise ValueError(f"{name} must have at most {LONGEST} entries, not {length}") from None
    except _OtherKind as reason:
        error = ValueError if isinstance(reason, _NotANumber) else TypeError
        raise error(f"{name} must be {_words(kind)}, not {shown(value)}") from None


def shown(value: Any) -> str:
    """A value in a message: an array by its shape, and nothing longer than a line."""
    if isinstance(value, np.ndarray) and value.size > 8:
        return f"{value.dtype} of shape {value.shape}"
    long = isinstance(value, int) and value.bit_length() > 4 * SHOWN  # repr has a limit
    text = " ".join((hex(value) if long else repr(value)).split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _converted(value: Any, kind: Any) -> Any:
    if type(value) is kind and kind in (int, str, bool):  # nearly always
        return value
    origin, arguments = get_origin(kind), get_args(kind)
    if isinstance(kind, UnionType):
        return _first(value, arguments)
    if kind in SCALARS:
        return _scalar(value, kind)
    if origin in (tuple, list) and arguments:
        return origin(_elements(value, origin, arguments))
    if origin in (dict, Mapping):
        if not isinstance(value, Mapping):
            raise _OtherKind
        return {_converted(key, arguments[0]): _converted(held, arguments[1])
                for key, held in value.items()}
    if not isinstance(value, origin or kind):
        raise _OtherKind
    return value


def _first(value, kinds):
    """The value as the first of several kinds that it is of."""
    for kind in kinds:
        try:
            return _converted(value, kind)
        except _OtherKind:
            continue
    raise _OtherKind


def _scalar(value, kind):
    taken, refused = SCALARS[kind]
    if not isinstance(value, taken) or isinstance(value, refused):
        raise _OtherKind
    try:
        value = kind(value)
    except OverflowError:  # an integer beyond every float
        raise _OtherKind from None
    if kind is float and math.isnan(value):
        raise _NotANumber
    return value


def _elements(value, origin, arguments):
    """Converted elements of a sequence: any number of one kind, or one of each kind."""
    if not isinstance(value, Sequence | np.ndarray) or isinstance(value, str | bytes) or (
            isinstance(value, np.ndarray) and not value.ndim):
        raise _OtherKind
    if len(value) > LONGEST:
        raise _TooLong(len(value))
    if origin is list or arguments[-1] is Ellipsis:
        return [_converted(element, arguments[0]) for element in value]
    if len(value) != len(arguments):
        raise _OtherKind
    return [_converted(element, one) for element, one in zip(value, arguments, strict=True)]


def _words(kind, many=False):
    """A kind in words: one of it, or many."""
    origin, arguments = get_origin(kind), get_args(kind)
    if isinstance(kind, UnionType):
        return " or ".join(_words(one, many) for one in arguments)
    if origin is tuple and arguments[-1] is not Ellipsis:
        return f"({', '.join(_words(one) for one in arguments)})"
    if origin in (tuple, list) and arguments:
        return f"{'sequences' if many else 'a sequence'} of {_words(arguments[0], True)}"
    if origin in (dict, Mapping):
        held = " to ".join(_words(argument, True) for argument in arguments)
        return f"{'dictionaries' if many else 'a dictionary'} of {held}"
    if (words := WORDS.get(origin or kind)) is not None:
        return words[many]
    article = "an" if kind.__name__[0] in "AEIOU" else "a"
    allowed = ""
    if issubclass(kind, Enum):
        allowed = f" ({', '.join(str(member.value) for member in kind)})"
    return f"{kind.__name__}s" if many else f"{article} {kind.__name__}{allowed}"
