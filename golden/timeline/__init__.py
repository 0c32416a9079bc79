"""Which observed port carries what in which cycle, and how many cycles a sample takes."""

from .account import Account
from .latency import Latency
from .timeline import SampleTimeline, Timeline

__all__ = ["Account", "Latency", "SampleTimeline", "Timeline"]
