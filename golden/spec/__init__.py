"""The specification: the only package that both the golden models and the hardware import."""

from .design import Activation, Design, MemoryKind, Network
from .ghost import GhostRule, Mechanism, Schedule
from .memory_map import Matrix, MemoryMap
from .presets import PRESETS, design_for, preset
from .qformat import Overflow, QFormat, Rounding
from .schedule import Mode, Operation, Program, Step

__all__ = ["PRESETS", "Activation", "Design", "GhostRule", "Matrix", "Mechanism", "MemoryKind",
           "MemoryMap", "Mode", "Network", "Operation", "Overflow", "Program", "QFormat",
           "Rounding", "Schedule", "Step", "design_for", "preset"]
