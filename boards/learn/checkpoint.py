"""Checkpoints: everything that a run needs to go on bit for bit, in one file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from ...golden.spec import Design, MemoryMap
from ...golden.spec.contents import checked_matrices, raw_generators, raw_weights
from ..device import Device
from ..storage.files import read_whole, write_whole
from ..storage.strict_json import jsonable, parse
from .sealed import seal, texts_of, unseal

__all__ = ["Checkpoint"]

FORMAT = "cortigate 2"
GENERATORS = "generators"
EXTRA = "extra."
MOST_BYTES = 1 << 30
MOST_REAL = 2.0**31  # a weight in real numbers that no learning reaches


@dataclass(frozen=True)
class Checkpoint:
    """State of a device between two samples, every value checked.

    Parameters
    ----------
    design : Design
    weights : dict of str to array
        As `Device.read_weights` returns them, in any order of memory: integer arrays are raw,
        inside of design.weight, float arrays real values of a device that computes in these.
    generators : int array
        States of the generators, each 1 .. 2**31 - 1: the lanes', then the noise's; empty if there
        are none.
    position : dict
        Where the run stands, and what else the caller needs to go on: numbers, texts, None, lists
        and dictionaries of these.
    extra : dict of str to array
        Further integer or float arrays of the caller, finite.

    Raises
    ------
    ValueError, TypeError
        A shape, a kind or a value is wrong.
    """

    design: Design
    weights: dict[str, np.ndarray]
    generators: np.ndarray
    position: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self):
        for name, values in (("weights", checked_weights(self.design, self.weights)),
                             ("generators", self._checked_generators()),
                             ("position", jsonable(self.position, "position")),
                             ("extra", {name: numbers(name, values)
                                        for name, values in self.extra.items()})):
            object.__setattr__(self, name, values)

    def _checked_generators(self):
        count = self.design.generators
        if self.real and not np.size(self.generators):  # such a model may have none
            count = 0
        return raw_generators(self.generators, count)

    @property
    def real(self) -> bool:
        """True if the weights are those of a device that computes in real numbers."""
        return np.asarray(self.weights["W1"]).dtype.kind == "f"

    @classmethod
    def of(cls, device: Device, extra: dict[str, np.ndarray] | None = None,
           **position: Any) -> Self:
        """Checkpoint of a device that is not running."""
        return cls(device.design, device.read_weights(), device.read_generators(), position,
                   extra or {})

    def restore(self, device: Device) -> None:
        """Load a device with this checkpoint.

        Raises
        ------
        ValueError
            The device is of another configuration, or would round real numbers; it is as it was.
        """
        require(self.design, device.design, "the checkpoint")
        if self.real and device.read_weights()["W1"].dtype.kind != "f":
            raise ValueError("the checkpoint holds real numbers, which this device would round: "
                             "take a device that computes in them, such as reference")
        states = device.read_generators()
        if states.size and states.shape != self.generators.shape:
            raise ValueError(f"the checkpoint has {self.generators.size} generators, this device "
                             f"has {states.size}")
        device.write_weights(self.weights)
        if states.size:  # a model in real numbers may have none
            device.write_generators(self.generators)

    def to_bytes(self) -> bytes:
        """The file as bytes."""
        texts = {"format": FORMAT, "digest": self.design.digest,
                 "design": json.dumps(self.design.to_dict()),
                 "position": json.dumps(self.position, allow_nan=False)}
        data = seal({**self.weights, GENERATORS: self.generators,
                     **{EXTRA + name: values for name, values in self.extra.items()}}, texts)
        if len(data) > MOST_BYTES:
            raise ValueError(f"the checkpoint would have {len(data)} bytes, but at most "
                             f"{MOST_BYTES} are allowed: it was not saved, and an older file is "
                             "unchanged")
        return data

    def save(self, path: str | PathLike) -> None:
        """Write to a new file in the same folder, flush it to the disk, then rename it.

        Whatever goes wrong (a full disk, a power cut), `path` holds either the old checkpoint or
        the new one, whole. If several threads save, it holds the whole one of one of them.

        Raises
        ------
        OSError
            It could not be written; what was there is as it was.
        ValueError
            It is larger than `load` takes; likewise.
        """
        write_whole(path, self.to_bytes(), "the checkpoint")

    @classmethod
    def from_bytes(cls, data: bytes, name: object) -> Self:
        """Checkpoint of a file's bytes; `name` is for messages. ValueError as of `load`."""
        try:
            texts = texts_of(data)
            version = texts.get("format")
        except ValueError as error:
            raise ValueError(f"{name} is not a checkpoint, or is damaged: {error}") from error
        if version != FORMAT:
            raise ValueError(f"{name} is not a checkpoint of this version of cortigate: its format "
                             f"is {version!r:.60}, not {FORMAT!r}")
        try:
            return cls._opened(*unseal(data))
        except (AttributeError, KeyError, OverflowError, RecursionError, TypeError,
                ValueError) as error:
            raise ValueError(f"{name} is damaged, or was written by another version of cortigate: "
                             f"{error}") from error

    @classmethod
    def load(cls, path: str | PathLike, design: Design | None = None) -> Self:
        """Checkpoint from a file.

        Parameters
        ----------
        path : path
        design : Design or None
            The configuration that it must be of.

        Raises
        ------
        ValueError
            There is no such file, it may not be read, or is no file; it is no checkpoint, of
            another version, damaged in any bit, or of another configuration.
        """
        found = cls.from_bytes(read_whole(path, MOST_BYTES, "a checkpoint"), path)
        if design is not None:
            require(found.design, design, path)
        return found

    @classmethod
    def _opened(cls, tensors, texts):
        """Checkpoint of what a file holds."""
        expected = {"format", "digest", "design", "position"}
        if set(texts) != expected:
            raise ValueError(f"its texts must be {', '.join(sorted(expected))}, "
                             f"not {', '.join(sorted(texts))}")
        record, position = parse(texts["design"]), parse(texts["position"])
        design = Design.from_dict(record)
        if design.to_dict() != record or design.digest != texts["digest"]:
            raise ValueError("its configuration does not match its digest")
        if not isinstance(position, dict):
            raise ValueError(f"position must be a dictionary, not {position!r:.60}")
        extra = {name.removeprefix(EXTRA): tensors.pop(name) for name in list(tensors)
                 if name.startswith(EXTRA)}
        if GENERATORS not in tensors:
            raise ValueError("its generators are missing")
        return cls(design, tensors, tensors.pop(GENERATORS), position, extra)


def checked_weights(design: Design, weights: Mapping[str, ArrayLike]) -> dict[str, np.ndarray]:
    """Weights as int64 or float64 arrays of their own, in the order of the memory map."""
    kinds = {np.asarray(values).dtype.kind for values in weights.values()}
    if "f" not in kinds:
        return raw_weights(design, weights)
    if kinds != {"f"}:
        raise TypeError("weights must be all raw integers or all real numbers")
    shapes = MemoryMap(design).shapes
    # A model in real numbers may do without second or feedback weights.
    needed = [name for name in shapes if name.startswith("W")]
    for name, values in checked_matrices(weights, shapes, needed).items():
        if (np.abs(values) > MOST_REAL).any():
            raise ValueError(f"{name} must lie in -2**31 .. 2**31, not in {np.min(values)} .. "
                             f"{np.max(values)}")
    return {name: numbers(name, weights[name]) for name in shapes if name in weights}


def numbers(name: str, values: ArrayLike) -> np.ndarray:
    """A copy as int64 or float64 array; TypeError or ValueError if it would change a number."""
    values = np.asarray(values)
    if values.dtype.kind not in "iuf" or values.dtype.itemsize > 8:
        raise TypeError(f"{name} must hold integers or real numbers, not {values.dtype}")
    if values.dtype.kind == "f":
        if not np.isfinite(values).all():
            raise ValueError(f"{name} must be finite, but holds NaN or infinity")
        return values.astype(np.float64)
    if values.dtype.kind == "u" and (values >= 1 << 63).any():
        raise ValueError(f"{name} must lie below 2**63, not reach {values.max()}")
    return values.astype(np.int64)


def require(found: Design, wanted: Design, what: object) -> None:
    """Raise ValueError unless both designs are the same."""
    if found.digest != wanted.digest:
        raise ValueError(f"{what} is for {found.network} (configuration {found.digest}), not for "
                         f"{wanted.network} (configuration {wanted.digest})")
