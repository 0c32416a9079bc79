"""Edges: where a pipeline's result changes, and which values of a run came there.

A comparison is met one below, at and one above its edge, a clip at both of its ends, a rounding at
its ties. The integer models tell a `Meetings` of every value (`IntegerModel.edges`); the hardware,
which equals them in every cycle, has met the same.
"""

from .course import Course
from .edge import Edge, Meetings, clip, comparison, halving, rounding
from .rules import edges_of

__all__ = ["Course", "Edge", "Meetings", "clip", "comparison", "edges_of", "halving", "rounding"]
