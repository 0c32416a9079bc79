"""Neuron pipelines: one file for each rule."""

from ...golden.spec.design import Design
from .equilibrium import EquilibriumPipeline
from .inversion import InversionPipeline
from .membrane import MembranePipeline
from .pal import PalPipeline
from .relaxation import RelaxationPipeline
from .sweep import SweepPipeline

__all__ = ["pipeline_of"]


def pipeline_of(design: Design):
    """The class of a design's neurons."""
    if design.rule.name == "ghost":
        return RelaxationPipeline if design.rule.relaxes else SweepPipeline
    return {"equilibrium": EquilibriumPipeline, "inversion": InversionPipeline,
            "pal": PalPipeline, "microcircuit": MembranePipeline}[design.rule.name]
