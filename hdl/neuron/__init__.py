"""Neuron pipelines: a file for each rule, or a folder where a rule has several."""

from .lanes import NeuronLanes, pipeline_of

__all__ = ["NeuronLanes", "pipeline_of"]
