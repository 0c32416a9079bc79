"""Samples that a device takes: one set of checks for boards and models."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...golden.spec import Design, Target
from ...golden.spec.contents import check_inputs, check_places
from ...golden.spec.link import NO_TARGET
from ...golden.spec.qformat import check_integer
from ...golden.spec.targets import check_targets

__all__ = ["Targets", "check_layer", "check_samples", "check_stored", "check_streamed",
           "require_classes"]


@dataclass(frozen=True)
class Targets:
    """Targets of samples as the sample memory has them.

    Parameters
    ----------
    labels : uint8 array (n,)
        Classes; or 0; or NO_TARGET.
    values : int64 array (n, n_L) or None
        Values raw in design.target_values, those of samples without a target 0; None of classes.
    """

    labels: np.ndarray
    values: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, part: slice) -> "Targets":
        return Targets(self.labels[part], None if self.values is None else self.values[part])

    def of(self, number: int) -> int | np.ndarray | None:
        """Target of one sample, as the golden models take it."""
        if self.labels[number] == NO_TARGET:
            return None
        return int(self.labels[number]) if self.values is None else self.values[number]


def require_classes(design: Design) -> None:
    """Raise ValueError unless a design predicts classes."""
    if design.target is not Target.CLASS:
        raise ValueError(f"a design whose target is the {design.target.value} predicts no classes: "
                         "ask for outputs")


def check_layer(design: Design, layer: int | None) -> int:
    """A layer whose rates are asked for, 1 .. L, None is L; ValueError if there is no such one."""
    depth = design.network.depth
    return depth if layer is None else check_integer("layer", layer, 1, depth)


def check_samples(design: Design, inputs: ArrayLike, targets: ArrayLike | None, first: int = 0,
                  ) -> tuple[np.ndarray, Targets, int]:
    """(inputs, targets, first) if they fit the sample memory.

    Parameters
    ----------
    inputs : int array (n, n_0)
        Raw in design.sample.
    targets : int array (n,) or (n, n_L), or None
        Classes 0 .. n_L - 1; or values, raw in design.target_values. None: for inferences alone;
        or, where the target is the input, the inputs.
    first : int
        Place of the first one.

    Raises
    ------
    ValueError, TypeError
        A shape, kind or range is wrong, or there are too many; or they are not the inputs where
        the target is the input.
    """
    inputs = check_inputs(design, inputs)
    first = check_places(design, first, len(inputs), least=0)[0]
    return *check_stored(design, inputs, targets), first


def check_stored(design: Design, inputs: ArrayLike, targets: ArrayLike | None,
                 ) -> tuple[np.ndarray, Targets]:
    """(inputs, targets) if they are samples of a design, however many: see `check_samples`."""
    inputs = check_inputs(design, inputs)
    count = len(inputs)
    if targets is not None:
        return inputs, _targets(design, inputs, check_targets(design, targets, count))
    values = None
    if design.target is not Target.CLASS:
        shape = count, design.network.sizes[-1]
        values = inputs.astype(np.int64) if design.target is Target.INPUT else (
            np.zeros(shape, np.int64))
    return inputs, Targets(np.zeros(count, np.uint8), values)


def _targets(design, inputs, found):
    """`Targets` of checked ones."""
    if design.target is Target.CLASS:
        return Targets(found.astype(np.uint8))
    if design.target is Target.INPUT and not np.array_equal(inputs, found):
        raise ValueError("targets must be the inputs themselves, since the design learns to give "
                         "them back: hand over the same array, or None")
    return Targets(np.zeros(len(inputs), np.uint8), found)


def check_streamed(design: Design, inputs: ArrayLike,
                   targets: Sequence[int | ArrayLike | None] | np.ndarray | None,
                   ) -> tuple[np.ndarray, Targets]:
    """(inputs, targets) of streamed samples.

    Parameters
    ----------
    inputs : int array (n, n_0)
        Raw in design.sample.
    targets : None, or sequence (n,)
        Classes, or values (n_L,), or inputs, as of `check_samples`; an entry of None (of classes
        also -1): a sample without a target; None alone: no sample has one, also where the target
        is the input, which a stream is given twice.

    Raises
    ------
    ValueError
        A shape, kind or range is wrong.
    """
    inputs = check_inputs(design, inputs)
    count = len(inputs)
    if design.target is Target.CLASS:
        return inputs, Targets(_streamed_classes(design, targets, count))
    entries = [None] * count if targets is None else list(targets)
    if len(entries) != count:
        raise ValueError(f"targets must be {count}, one for each sample, or None where there is "
                         f"none, not {len(entries)}")
    taught = np.array([entry is not None for entry in entries], bool)
    values = np.zeros((count, design.network.sizes[-1]), np.int64)
    if taught.any():
        given = np.array([entry for entry in entries if entry is not None])
        values[taught] = check_targets(design, given, len(given))
        _targets(design, inputs[taught], values[taught])
    return inputs, Targets(np.where(taught, 0, NO_TARGET).astype(np.uint8), values)


def _streamed_classes(design, labels, count):
    """Labels of streamed samples as the board takes them, uint8 array (count,)."""
    if labels is None:
        return np.full(count, NO_TARGET, np.uint8)
    if not isinstance(labels, np.ndarray) or labels.dtype.kind == "O":
        labels = np.array([-1 if label is None else label for label in labels])
    classes = design.network.sizes[-1]
    if labels.shape != (count,) or (count and labels.dtype.kind not in "iu"):
        raise ValueError(f"labels must be {count} integers, or None where there is no target, "
                         f"not {labels.dtype} of shape {labels.shape}")
    if ((labels < -1) | (labels >= classes)).any():
        raise ValueError(f"labels must lie in 0 .. {classes - 1}, or be -1 or None for no target, "
                         f"not lie in {labels.min()} .. {labels.max()}")
    return np.where(labels < 0, NO_TARGET, labels).astype(np.uint8)
