"""Neurons of ghost units: one pipeline for the sweep, one for small steps."""

from .relaxation import RelaxationPipeline
from .sweep import SweepPipeline

__all__ = ["RelaxationPipeline", "SweepPipeline", "pipeline"]


def pipeline(design):
    """Class of a design's neurons."""
    return RelaxationPipeline if design.engine.relaxes else SweepPipeline
