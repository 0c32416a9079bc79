"""Cycles of the pipeline, stated a second time, so that a change of either side alone is seen."""

from cortigate.golden.timeline import Latency

__all__ = ["latencies"]


def latencies(design):
    """`Latency` of a design."""
    return Latency(neuron=4)
