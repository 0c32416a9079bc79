"""Latencies of ghost units."""

from ..spec.design import Design
from .latency import Latency

__all__ = ["latencies"]


def latencies(design: Design) -> Latency:
    """`Latency` of a design, whose small steps take longer than a sweep."""
    if design.engine.relaxes:
        return Latency(11, {"ghost": 7})
    return Latency(6, {"ghost": 3})
