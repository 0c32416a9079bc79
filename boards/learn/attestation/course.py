"""The course of attested learning, on any device that computes in integers."""

import hashlib
import json
import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib import metadata
from typing import Any, Self

import numpy as np

from ....golden.datasets import load_digits_split, patterns
from ....golden.initial import initial_weights
from ....golden.spec import Design, MemoryMap, Target
from ....golden.spec.plain import Plain
from ....golden.spec.qformat import check_integer
from ...device import Device
from ...host.driver import check_identity
from ..trainer import learn_in_order, predict_all
from ..training import initial_generators

__all__ = ["COUNTED", "DIGITS", "FORMAT", "MOST", "AttestedCourse", "Data", "attest", "canonical",
           "follow", "start_of"]

FORMAT = "cortigate attest 1"
MOST = 100_000  # samples, learned or held out: 80 MB of MNIST's size
DIGITS = (1437, 360)  # that scikit-learn's digits are split into
COUNTED = ("correct", "weight_saturations", "state_saturations")


def require_classes(design: Design) -> None:
    """ValueError unless a design's target is a class."""
    if design.target is not Target.CLASS:
        raise ValueError("only a design whose target is a class can be attested, not one whose "
                         f"target is the {design.target.value}")


@dataclass(frozen=True)
class AttestedCourse(Plain):
    """A course: how many samples, in which portions, from which seed.

    Parameters
    ----------
    samples : int
        Learned, one after the other, 1 .. `MOST`.
    portion : int
        Samples from one link of the chain to the next, 1 .. `samples`.
    held_out : int
        Samples predicted at the end, 1 .. `MOST`; of the digits there are 360.
    seed : int
        Of the initial weights and of the data, 0 .. 2**32 - 1.
    """

    samples: int
    portion: int
    held_out: int
    seed: int = 0

    def __post_init__(self):
        super().__post_init__()
        check_integer("samples", self.samples, 1, MOST)
        check_integer("portion", self.portion, 1, self.samples)
        check_integer("held_out", self.held_out, 1, MOST)
        check_integer("seed", self.seed, 0, 2**32 - 1)

    @classmethod
    def of(cls, design: Design, *, samples: int | None = None, portion: int | None = None,
           held_out: int | None = None, seed: int = 0) -> Self:
        """Course with what is usual for a design where nothing is said.

        The digits once and all 360 held out, or 256 patterns and 64; a link after each quarter.
        ValueError if the design has no classes.
        """
        require_classes(design)
        usual = DIGITS if learns_digits(design) else (256, 64)
        samples = usual[0] if samples is None else samples
        check_integer("samples", samples, 1, MOST)
        return cls(samples, -(-samples // 4) if portion is None else portion,
                   usual[1] if held_out is None else held_out, seed)

    @property
    def ends(self) -> list[int]:
        """Samples learned at each link: 0, portion, …, samples."""
        return [*range(0, self.samples, self.portion), self.samples]


@dataclass(frozen=True)
class Data(Plain):
    """Samples of a course.

    Parameters
    ----------
    name : str
        "digits" or "patterns".
    inputs, held_inputs : uint8 array (n, n_0)
        Raw in design.sample.
    labels, held_labels : int64 array (n,)
        Classes.
    """

    name: str
    inputs: np.ndarray
    labels: np.ndarray
    held_inputs: np.ndarray
    held_labels: np.ndarray

    @classmethod
    def of(cls, design: Design, course: AttestedCourse) -> "Data":
        """Data of a course; ValueError if there are not as many, or a design has no classes."""
        require_classes(design)
        if learns_digits(design):
            if course.held_out > DIGITS[1]:
                raise ValueError(f"held_out must lie in 1 .. {DIGITS[1]} of the digits, "
                                 f"not {course.held_out}")
            data = load_digits_split(course.seed)
            order = np.arange(course.samples) % len(data.y_train)
            return cls("digits", design.sample.from_float(data.x_train)[order].astype(np.uint8),
                       data.y_train[order],
                       design.sample.from_float(data.x_test[:course.held_out]).astype(np.uint8),
                       data.y_test[:course.held_out])
        sizes, maximum = design.network.sizes, design.sample.maximum
        learned, held = (patterns(sizes[0], sizes[-1], maximum, count, course.seed, held_out=held)
                         for count, held in ((course.samples, False), (course.held_out, True)))
        return cls("patterns", *learned, *held)

    @cached_property
    def record(self) -> dict[str, str]:
        """Its entry in a record: name and checksum."""
        digest = hashlib.sha256()
        for inputs, labels in ((self.inputs, self.labels), (self.held_inputs, self.held_labels)):
            digest.update(np.column_stack([inputs, labels.astype(np.uint8)]).tobytes())
        return {"name": self.name, "sha256": digest.hexdigest()}


def learns_digits(design: Design) -> bool:
    """True if a network has the inputs and outputs of scikit-learn's digits."""
    return (design.network.sizes[0], design.network.sizes[-1]) == (64, 10)


def canonical(value: object) -> bytes:
    """Bytes of a value's canonical JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def start_of(design: Design, course: AttestedCourse, data: Data) -> str:
    """h_0, the chain's beginning, in hexadecimal digits."""
    said = {"course": asdict(course), "data": data.record, "design": design.to_dict()}
    return hashlib.sha256(f"{FORMAT}\n".encode() + canonical(said)).hexdigest()


def follow(device: Device, course: AttestedCourse, data: Data,
           progress: Callable[[int], object] | None = None) -> Iterator[dict[str, Any]]:
    """Take a course on a device; yields the record's links, then its end, as they are reached.

    Parameters
    ----------
    device : Device
        Its weights, generators and stored samples are overwritten.
    course : AttestedCourse
    data : Data
        Of this course.
    progress : callable or None
        ``progress(samples)``: learned so far.

    Yields
    ------
    dict

    Raises
    ------
    ValueError
        The device does not compute in integers.
    LinkError
        From the board.
    """
    design = device.design
    device.write_weights(initial_weights(design, course.seed))
    weights = device.read_weights()
    if any(values.dtype.kind != "i" for values in weights.values()):
        raise ValueError("only a device that computes in integers can be attested: a board, or the "
                         "integer model")
    device.write_generators(initial_generators(design))
    link = _link(device, weights, start_of(design, course, data), 0)
    yield link
    for first, stop in zip(course.ends, course.ends[1:], strict=False):
        told = None if progress is None else (
            lambda counters, first=first, told=progress: told(first + counters.samples))
        done = learn_in_order(device, data.inputs[first:stop], data.labels[first:stop],
                              progress=told)
        link = _link(device, device.read_weights(), link["chain"], stop)
        yield link | {name: getattr(done, name) for name in COUNTED} | {
            "cycles": done.cycles or None}
    found = predict_all(device, data.held_inputs)
    predictions = found.astype(np.uint8).tobytes()
    yield {"predictions": predictions.hex(), "correct": int((found == data.held_labels).sum()),
           "chain": _next(link["chain"], predictions)}


def _link(device, weights, before, samples):
    """What a device holds, chained to the link before."""
    parts = {name: weights[name].astype("<i4").tobytes()
             for name in MemoryMap(device.design).shapes}
    states = device.read_generators().astype("<u4").tobytes()
    return {"samples": samples,
            "weights": {name: hashlib.sha256(part).hexdigest() for name, part in parts.items()},
            "generators": hashlib.sha256(states).hexdigest(),
            "chain": _next(before, b"".join(parts.values()) + states)}


def _next(before, state):
    return hashlib.sha256(bytes.fromhex(before) + state).hexdigest()


def attest(device: Device, course: AttestedCourse, *, kind: str, name: str | None = None,
           build: dict[str, Any] | None = None,
           progress: Callable[[int], object] | None = None) -> dict[str, Any]:
    """Take a course on a device; returns the record's dict, without its checksum.

    Parameters
    ----------
    device : Device
    course : AttestedCourse
    kind : str
        What it is, in words.
    name : str or None
        Of the board, if it is known.
    build : dict or None
        Of the build that was loaded: see the format.
    progress : callable or None
        As of `follow`.

    Raises
    ------
    ValueError, LinkError
        As of `follow`.
    """
    design = device.design
    data = Data.of(design, course)
    link = getattr(device, "link", None)
    *links, end = follow(device, course, data, progress)
    return {
        "format": FORMAT, "design": design.to_dict(), "digest": design.digest,
        "course": asdict(course), "data": data.record, "start": start_of(design, course, data),
        "links": links, "end": end, "accuracy": end["correct"] / course.held_out,
        "board": {"device": kind, "name": name,
                  "clock_hz": link and check_identity(link, design).clock_hz,
                  "baud": link and link.baud},
        "build": build,
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Versions of what computes."""
    return {"python": platform.python_version(),
            **{name: metadata.version(name) for name in ("cortigate", "numpy", "scikit-learn")}}
