"""Which edges, steps, lists and signs a run of the lockstep has met."""

from ...golden.edges import Course, Meetings, edges_of
from ...golden.spec import Design

__all__ = ["Coverage"]


class Coverage:
    """Counts along the integer model, which equals the hardware in every cycle.

    Parameters
    ----------
    design : Design

    Attributes
    ----------
    meetings : Meetings
    """

    def __init__(self, design: Design):
        self.meetings = Meetings(edges_of(design))
        self._course = Course(design, self.meetings)

    def count(self, timeline, trace, train, target):
        """Count a traced sample; parameters as `Course.count`."""
        self._course.count(timeline, trace, train, target)

    def to_dict(self):
        """Counts as plain lists by the edge's name."""
        return {name: counts.tolist() for name, counts in self.meetings.counts.items()}

    @classmethod
    def from_dict(cls, design, counts):
        """Coverage of a design with these counts."""
        coverage = cls(design)
        for name, own in coverage.meetings.counts.items():
            own += counts[name]
        return coverage
