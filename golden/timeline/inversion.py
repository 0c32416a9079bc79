"""Latencies of dynamic inversion."""

from ..spec.design import Design
from .latency import Latency

__all__ = ["latencies"]


def latencies(design: Design) -> Latency:
    """`Latency` of a design."""
    return Latency(11)
