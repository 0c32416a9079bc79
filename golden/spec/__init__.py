"""The specification: the only package that both the golden models and the hardware import."""

from .design import RULES, Activation, Design, MemoryKind, Network
from .equilibrium import EquilibriumRule
from .ghost import GhostRule, Mechanism, Schedule
from .inversion import InversionRule
from .memory_map import Matrix, MemoryMap
from .microcircuit import MicrocircuitRule
from .pal import PalRule
from .presets import (
    PRESETS,
    design_for,
    equilibrium_for,
    inversion_for,
    microcircuit_for,
    mnist_for,
    pal_for,
    preset,
    tiny_preset,
)
from .qformat import Overflow, QFormat, Rounding
from .rule import Rule
from .schedule import Mode, Operation, Program, Step

__all__ = ["PRESETS", "RULES", "Activation", "Design", "EquilibriumRule", "GhostRule",
           "InversionRule", "Matrix", "Mechanism", "MemoryKind",
           "MemoryMap", "MicrocircuitRule", "Mode", "Network", "Operation", "Overflow", "PalRule",
           "Program", "QFormat",
           "Rounding", "Rule", "Schedule", "Step", "design_for",
           "equilibrium_for", "inversion_for", "microcircuit_for",
           "mnist_for", "pal_for", "preset", "tiny_preset"]
