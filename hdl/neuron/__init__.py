"""Neuron pipelines: one file for each rule."""

from .lanes import NeuronLanes, pipeline_of

__all__ = ["NeuronLanes", "pipeline_of"]
