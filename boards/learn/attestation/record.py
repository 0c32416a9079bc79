"""A record of attested learning as a file: read with every value checked, written whole."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from typing import Any, Self

from ....golden.spec import Design, MemoryMap
from ...storage.files import read_whole, write_whole
from ...storage.strict_json import parse
from .course import FORMAT, AttestedCourse, canonical

__all__ = ["Record"]

MOST_BYTES = 1 << 28  # a link for each of `MOST` samples has fewer


@dataclass(frozen=True)
class Record:
    """A record, each value of its kind.

    Parameters
    ----------
    content : dict
        As the format says, without the checksum.
    design : Design
    course : AttestedCourse
    intact : bool
        The checksum is that of the content.
    """

    content: dict[str, Any]
    design: Design
    course: AttestedCourse
    intact: bool = True

    @classmethod
    def of(cls, content: dict[str, Any]) -> Self:
        """Record of what `attest` returned."""
        return cls(content, Design.from_dict(content["design"]),
                   AttestedCourse(**content["course"]))

    @classmethod
    def load(cls, path: str | PathLike) -> Self:
        """Record of a file, whether its numbers are right or not.

        Raises
        ------
        ValueError
            The file cannot be read, is no record, or a value in it is not of its kind.
        """
        data = read_whole(path, MOST_BYTES, "a record of cortigate attest")
        try:
            content = parse(data.decode())
            if not isinstance(content, dict) or content.get("format") != FORMAT:
                raise ValueError(f"its format must be {FORMAT!r}")
            match(content, RECORD, "the record")
            checksum = content.pop("checksum")
            design = Design.from_dict(content["design"])
            course = AttestedCourse(**content["course"])
            if canonical(design.to_dict()) != canonical(content["design"]):
                raise ValueError("its design is not in the form that cortigate writes")
            names = dict.fromkeys(MemoryMap(design).shapes, _hash)
            for place, link in enumerate(content["links"]):
                match(link["weights"], names, f"weights of link {place}")
        except (ValueError, TypeError, RecursionError) as error:
            raise ValueError(f"{path} is not a record of cortigate attest, or is damaged: {error}"
                             ) from error
        return cls(content, design, course, checksum == checksum_of(content))

    def save(self, path: str | PathLike) -> None:
        """Write the file, which is there whole or not at all.

        Raises
        ------
        OSError
            It could not be written; an older file of this name is as it was.
        """
        text = json.dumps(self.content | {"checksum": checksum_of(self.content)}, indent=1,
                          sort_keys=True)
        write_whole(path, f"{text}\n".encode(), "the record")


def checksum_of(content: dict[str, Any]) -> str:
    """Checksum over a record without one."""
    return hashlib.sha256(canonical(content)).hexdigest()


def match(value: object, shape: dict | list | Callable[[Any], object], where: str) -> None:
    """Raise ValueError unless a value is of a shape: a dict of shapes, [shape] or a test."""
    if isinstance(shape, dict):
        if not isinstance(value, dict) or set(value) != set(shape):
            raise ValueError(f"{where} must have the entries {', '.join(sorted(shape))}")
        for name, inner in shape.items():
            match(value[name], inner, f"{name} of {where}" if where != "the record" else name)
    elif isinstance(shape, list):
        if not isinstance(value, list) or not value:
            raise ValueError(f"{where} must be a list with at least one entry, not "
                             f"{json.dumps(value)[:70]}")
        for place, inner in enumerate(value):
            match(inner, shape[bool(place)], f"{where} {place}")
    elif not shape(value):
        raise ValueError(f"{where} must not be {json.dumps(value)[:70]}")


def _object(value):
    return isinstance(value, dict)


def _text(value):
    return isinstance(value, str) and len(value) <= 200 and value.isprintable()


def _count(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _share(value):
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _hash(value):
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def _bytes(value):
    return isinstance(value, str) and re.fullmatch("(?:[0-9a-f]{2})+", value) is not None


def _maybe(test):
    return lambda value: value is None or test(value)


def _build(value):
    if value is not None:
        match(value, {"board": _text, "bitstream": _text, "sha256": _hash,
                      "tools": _maybe(_object)}, "build")
    return True


_STATE = {"samples": _count, "weights": _object, "generators": _hash, "chain": _hash}
_COUNTERS = {"correct": _count, "weight_saturations": _count, "state_saturations": _count,
             "cycles": _maybe(_count)}
RECORD = {
    "format": _text, "design": _object, "digest": _text,
    "course": {"samples": _count, "portion": _count, "held_out": _count, "seed": _count},
    "data": {"name": _text, "sha256": _hash},
    "start": _hash,
    "links": [_STATE, _STATE | _COUNTERS],  # the first, and all others
    "end": {"predictions": _bytes, "correct": _count, "chain": _hash},
    "accuracy": _share,
    "board": {"device": _text, "name": _maybe(_text), "clock_hz": _maybe(_count),
              "baud": _maybe(_count)},
    "build": _build,
    "versions": {"cortigate": _text, "python": _text, "numpy": _text, "scikit-learn": _text},
    "checksum": _hash,
}
