"""Phaseless Alignment Learning in float64: noise teaches the feedback weights, without phases.

After Max, Kriener, Pineda Garcia, Nowotny, Senn & Petrovici 2022 (arXiv:2212.10249), of which only
parts and the authors' published code were at hand.
"""

from .dendritic import Microcircuit
from .dendritic_rule import CircuitRule
from .layered import LayeredModel
from .measures import angle, angles, weight_angles
from .rule import Credit, Noise, Order, PalRule

__all__ = ["CircuitRule", "Credit", "LayeredModel", "Microcircuit", "Noise", "Order", "PalRule",
           "angle", "angles", "weight_angles"]
