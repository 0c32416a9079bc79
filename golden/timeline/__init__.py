"""Which observed port carries what in which cycle, and how many cycles a sample takes."""

from .timeline import SampleTimeline, Timeline

__all__ = ["SampleTimeline", "Timeline"]
