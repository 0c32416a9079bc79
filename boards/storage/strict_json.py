"""JSON, read strictly, and written from whatever values NumPy gives."""

import json
import math
from numbers import Integral, Real
from typing import Any

import numpy as np

__all__ = ["jsonable", "parse"]


def parse(text: str | bytes) -> Any:
    """Value of JSON text, str or bytes; ValueError if it is none that another reader sees alike.

    A name twice in an object, NaN and infinity are refused, and so is nesting without end.
    """
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def jsonable(value: object, where: str) -> Any:
    """A value as plain int, float, bool, str, None, and lists and dictionaries of these.

    Parameters
    ----------
    value : object
        Also of NumPy's kinds of numbers.
    where : str
        What it is, for the message.

    Raises
    ------
    TypeError, ValueError
        It is something else, or not finite.
    """
    if value is None or isinstance(value, str):
        return value if value is None else str(value)
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        if not math.isfinite(value):
            raise ValueError(f"{where} must be finite, not {value!r}")
        return float(value)
    if isinstance(value, dict):
        for name in value:
            if not isinstance(name, str):
                raise TypeError(f"names in {where} must be text, not {name!r}")
        return {str(name): jsonable(one, f"{name} of {where}") for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(one, f"{place} of {where}") for place, one in enumerate(value)]
    raise TypeError(f"{where} must be numbers, text, lists and dictionaries, not {value!r}")


def _once(pairs):
    """A dict in which no name stands twice: one reader would see one value, one the other."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("one of its objects has the same name twice")
    return found


def _refuse(text):
    raise ValueError(f"{text} is not a number")
