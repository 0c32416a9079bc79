"""Checks of all that a design's memories are loaded with, the same for models and boards."""

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import ArrayLike

from .design import Design
from .memory_map import MemoryMap
from .plain import shown
from .qformat import check_integer

__all__ = ["check_inputs", "check_places", "checked_matrices", "input_type", "raw_generators",
           "raw_weights", "real_weights"]

LARGEST_STATE = 2**31 - 1


def raw_weights(design: Design, weights: Mapping[str, ArrayLike]) -> dict[str, np.ndarray]:
    """Raw integer weights, checked.

    Parameters
    ----------
    weights : dict of str to array
        W1 … WL with the bias in the last column (and G2 … GL where there are second weights, B1 …
        where there are feedback weights), rows x columns: float arrays hold real values, at most
        half a step beyond the format, integer arrays raw ones.

    Returns
    -------
    dict of str to int64 array

    Raises
    ------
    ValueError, TypeError
        A matrix is missing, unknown, of another shape or kind, not finite, or out of range.
    """
    shapes, raw = _shapes(design), {}
    for name, values in checked_matrices(weights, shapes, shapes).items():
        if values.dtype.kind != "f":
            _require_range(name, design.weight.contains(values), design)
        else:
            _require_range(name, design.weight.reaches(values), design)
            values = design.weight.from_float(values)
        raw[name] = values.astype(np.int64)
    return raw


def real_weights(design: Design, weights: Mapping[str, ArrayLike],
                 shapes: Mapping[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    """Weights as a model in float64 takes them, checked: real values, which no format holds back.

    Parameters
    ----------
    weights : dict of str to array
        As for `raw_weights`; raw integers become real values.
    shapes : dict of str to tuple
        Of the model's matrices: it may lack some, or have more of its own, which may be missing.

    Returns
    -------
    dict of str to float64 array
        Those that the model has.

    Raises
    ------
    ValueError, TypeError
        As `raw_weights`, but for real values beyond the format.
    """
    own, real = _shapes(design), {}
    needed = [name for name in own if name in shapes]
    for name, values in checked_matrices(weights, {**own, **shapes}, needed).items():
        if values.dtype.kind == "f":
            real[name] = values.astype(np.float64)
        else:
            _require_range(name, design.weight.contains(values), design)
            real[name] = design.weight.to_float(values)
    return {name: values for name, values in real.items() if name in shapes}


def _shapes(design):
    return MemoryMap(design).shapes


def checked_matrices(weights: Mapping[str, ArrayLike], shapes: Mapping[str, tuple[int, ...]],
                     needed: Collection[str]) -> dict[str, np.ndarray]:
    """Arrays of the matrices that are given, checked.

    Parameters
    ----------
    weights : dict of str to array
    shapes : dict of str to tuple
        Of all that may be given, in the order of the result.
    needed : collection of str
        Those that must be.

    Raises
    ------
    ValueError, TypeError
        A matrix is missing, unknown, of another shape or kind, or not finite.
    """
    if not isinstance(weights, Mapping):
        raise TypeError(f"weights must be a dictionary of arrays, not {shown(weights)}")
    if not set(needed) <= set(weights) <= set(shapes):
        more = ", ".join(name for name in shapes if name not in needed)
        allowed = f"{', '.join(needed)} (and may hold {more})" if needed and more else (
            ", ".join(needed) or f"some of {more}")
        raise ValueError(f"weights must hold {allowed}, not "
                         f"{', '.join(map(str, weights)) or 'nothing'}")
    found = {name: np.asarray(weights[name]) for name in shapes if name in weights}
    for name, values in found.items():
        if values.shape != shapes[name]:
            raise ValueError(f"{name} must have shape {shapes[name]}, not {values.shape}")
        if values.dtype.kind not in "fiu":
            raise TypeError(f"{name} must hold numbers, not {values.dtype}")
        if not np.isfinite(values).all():
            raise ValueError(f"{name} must be finite, but holds NaN or infinity")
    return found


def _require_range(name, inside, design):
    if not inside:
        fmt = design.weight
        raise ValueError(f"{name} must lie in {fmt.to_float(fmt.minimum)} .. "
                         f"{fmt.to_float(fmt.maximum)}, as raw integers in {fmt.minimum} .. "
                         f"{fmt.maximum} ({fmt}): scale the weights, or take a design with more "
                         "integer bits of weight")


def raw_generators(states: ArrayLike, count: int) -> np.ndarray:
    """States of generators, int64 array (count,): the lanes', then the noise's.

    Raises
    ------
    ValueError, TypeError
        A shape or kind is wrong, or a state is not in 1 .. 2**31 - 1: a generator of 0 stays 0.
    """
    states = np.asarray(states)
    if states.shape != (count,):
        raise ValueError(f"generators must have shape ({count},), not {states.shape}")
    if count and states.dtype.kind not in "iu":
        raise TypeError(f"generators must be integers, not {states.dtype}")
    if ((states < 1) | (states > LARGEST_STATE)).any():
        raise ValueError(f"generators must lie in 1 .. {LARGEST_STATE}, not in {states.min()} .. "
                         f"{states.max()}")
    return states.astype(np.int64)


def check_inputs(design: Design, inputs: ArrayLike, name: str = "inputs") -> np.ndarray:
    """Inputs (n, n_0), raw in design.sample, as an array of `input_type`.

    Raises
    ------
    ValueError
        A shape, kind or range is wrong; the message says `name`.
    """
    inputs, n_inputs = np.asarray(inputs), design.network.sizes[0]
    if inputs.ndim != 2 or inputs.shape[1] != n_inputs or inputs.dtype.kind not in "iu":
        raise ValueError(f"{name} must be integers of shape (n, {n_inputs}), "
                         f"not {inputs.dtype} of shape {inputs.shape}")
    if not design.sample.contains(inputs):
        raise ValueError(f"{name} must lie in {design.sample.minimum} .. {design.sample.maximum} "
                         f"(raw {design.sample}), not in {inputs.min()} .. {inputs.max()}")
    return inputs.astype(input_type(design))


def input_type(design: Design) -> np.dtype:
    """Smallest kind of array in which a design's inputs fit: uint8, int8, uint16 or int16."""
    return np.dtype(f"{'i' if design.sample.signed else 'u'}{1 if design.sample.width <= 8 else 2}")


def check_places(design: Design, first: int, count: int, least: int = 1) -> tuple[int, int]:
    """(first, count) of stored samples as plain ints, if the sample memory has such places.

    Parameters
    ----------
    first, count : int
        Place of the first one, and how many there are.
    least : int
        How many there must be.

    Raises
    ------
    TypeError, ValueError
        They are no integers, or the places do not lie in the memory.
    """
    capacity = design.sample_capacity
    count = check_integer("the number of samples", count, least, capacity)
    first = check_integer("the first sample", first, 0, capacity)
    if first + count > capacity:
        raise ValueError(f"samples must lie in 0 .. {capacity - 1} of the sample memory, not "
                         f"{first} .. {first + count - 1}")
    return first, count
