"""Phaseless Alignment Learning in float64: noise teaches the feedback weights, without phases.

After Max, Kriener, Pineda Garcia, Nowotny, Senn & Petrovici 2022 (arXiv:2212.10249), of which only
parts and the authors' published code were at hand.
"""

from .dendritic import DendriticCircuit
from .dendritic_rule import DendriticRule
from .layered import LayeredModel
from .measures import angle, angles, weight_angles
from .rule import Noise, Order, PalCredit, PhaselessRule

__all__ = ["DendriticCircuit", "DendriticRule", "LayeredModel", "Noise", "Order",
           "PalCredit", "PhaselessRule", "angle", "angles", "weight_angles"]
