"""Repeat a record's course on the integer model, and find the first place where it differs."""

from collections.abc import Callable
from dataclasses import dataclass

from ....golden.spec.plain import Plain
from ..models import IntegerDevice
from .course import COUNTED, Data, follow, start_of, versions
from .record import Record

__all__ = ["Verdict", "check"]


@dataclass(frozen=True)
class Verdict(Plain):
    """The result of a record's repetition.

    Parameters
    ----------
    difference : str or None
        Where the record first differs; None: all that can be repeated is equal.
    links : int
        Links of the chain that were found equal before that.
    """

    difference: str | None
    links: int

    @property
    def equal(self) -> bool:
        """True if nothing differs."""
        return self.difference is None


def check(record: Record, progress: Callable[[int], object] | None = None) -> Verdict:
    """`Verdict` on a record; what is the writer's word (board, build, versions) is not judged.

    Parameters
    ----------
    record : Record
    progress : callable or None
        ``progress(samples)``: repeated so far.
    """
    difference, links = None, 0
    try:
        data = Data.of(record.design, record.course)
    except ValueError as error:
        difference = f"course: {error}"
    difference = difference or _before(record, data)
    if difference is None:
        difference, links = _repeated(record, data, progress)
    if not record.intact:
        changed = ("checksum: it is not that of the record, which was changed after it was "
                   "written")
        difference = f"{difference}; {changed}" if difference else (
            f"{changed}, in what no model repeats: board, build, versions, cycles")
    return Verdict(difference, links)


def _before(record, data):
    """Difference in what is known without learning, None if there is none."""
    content, design, course = record.content, record.design, record.course
    if content["digest"] != design.digest:
        return f"design: its digest is {design.digest}, not {content['digest']}"
    if content["data"]["name"] != data.name:
        return f"data: this design learns {data.name}, not {content['data']['name']}"
    if content["data"] != data.record:
        return ("data: the checksum is not that of the samples of this course"
                f"{_drawn(record, 'scikit-learn') if data.name == 'digits' else ''}")
    if content["start"] != start_of(design, course, data):
        return "start of the chain: it is not that of this design, course and data"
    if [link["samples"] for link in content["links"]] != course.ends:
        return (f"links: there must be {len(course.ends)}, one before learning and one after each "
                f"{course.portion} of {course.samples} samples")
    found = len(content["end"]["predictions"]) // 2  # two hexadecimal digits each
    if found != course.held_out:
        return f"predictions: there must be {course.held_out}, not {found}"
    return None


def _repeated(record, data, progress):
    """(First difference or None, links found equal) of the course on the integer model."""
    content, course = record.content, record.course
    steps = follow(IntegerDevice(record.design), course, data, progress)
    for place, link in enumerate(content["links"]):
        expected = next(steps)
        wrong = [f"weights {name}" for name, found in link["weights"].items()
                 if found != expected["weights"][name]]
        wrong += [name.replace("_", " ") for name in ("generators", *COUNTED)
                  if name in link and link[name] != expected[name]]
        # The hash of a chain follows from what it hashes: it is named if it alone differs.
        if not wrong and link["chain"] != expected["chain"]:
            wrong = ["chain"]
        if wrong:
            return f"{', '.join(wrong)}: {_where(record, place)}", place
    return _end(content, next(steps), course), len(content["links"])


def _where(record, place):
    """A link in words."""
    if place:
        first, last = record.course.ends[place - 1] + 1, record.course.ends[place]
        return f"portion {place}, samples {first} .. {last}"
    return f"initial state, before learning{_drawn(record, 'numpy')}"


def _drawn(record, library):
    """A remark where a library that draws at random has another version than the record's."""
    here, there = versions()[library], record.content["versions"][library]
    return "" if here == there else f" ({library}, which draws it, is {here} here, {there} there)"


def _end(content, expected, course):
    """Difference in what follows the last link, None if there is none."""
    end = content["end"]
    ours, theirs = (bytes.fromhex(entry["predictions"]) for entry in (end, expected))
    wrong = [number for number, pair in enumerate(zip(ours, theirs, strict=True), 1)
             if pair[0] != pair[1]]
    if wrong:
        return (f"predictions: {len(wrong)} of {len(theirs)} differ, the first of held-out sample "
                f"{wrong[0]}")
    for name in ("correct", "chain"):
        if end[name] != expected[name]:
            return f"{name}: the end, after the predictions"
    if content["accuracy"] != end["correct"] / course.held_out:
        return f"accuracy: it must be {end['correct'] / course.held_out}, not {content['accuracy']}"
    return None
