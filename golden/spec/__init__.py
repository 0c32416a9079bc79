"""The specification: the only package that both the golden models and the hardware import."""

from .design import Activation, Design, Network
from .engine import Engine
from .feedback import Feedback
from .memory_kind import MemoryKind
from .memory_map import Matrix, MemoryMap
from .program import Program
from .qformat import Overflow, QFormat, Rounding
from .registry import PRESETS, RULES, preset, tiny_preset
from .resizing import resized
from .rule import Rule
from .spikes import Magnitudes
from .steps import Backward, Forward, NeuronMode, Operation, Quit, Repeat, Step, Update
from .targets import Target

__all__ = ["PRESETS", "RULES", "Activation", "Backward", "Design", "Engine", "Feedback",
           "Forward", "Magnitudes", "Matrix", "MemoryKind", "MemoryMap", "Network", "NeuronMode",
           "Operation", "Overflow", "Program", "QFormat", "Quit", "Repeat", "Rounding", "Rule",
           "Step", "Target", "Update", "preset", "resized", "tiny_preset"]
