"""Latencies of the sign-concordant microcircuit."""

from .latency import Latency

__all__ = ["latencies"]


def latencies(design):
    """`Latency` of a design."""
    return Latency(6)
