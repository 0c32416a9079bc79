"""Neuron pipelines: a file for each rule; ghost units, with two pipelines, have a folder."""

from .lanes import NeuronLanes, pipeline_of

__all__ = ["NeuronLanes", "pipeline_of"]
