"""The observed port: every stream inside the engine, compared in every clock cycle.

Both the timeline and the gateware lay their fields out by this list.
"""

from dataclasses import dataclass

from .design import Design
from .ghost import GhostRule
from .memory_map import MemoryMap
from .schedule import Program

__all__ = ["Field", "observed_fields", "tag_bits", "word_bits"]


@dataclass(frozen=True)
class Field:
    """One field of the observed port.

    Parameters
    ----------
    name : str
    width : int
        Bits of one element.
    signed : bool
    fraction : int or None
        Fraction bits of a number with units; None for flags and addresses.
    valid : str
        Field that must be 1 for this one to mean anything; where it is 0 this one is 0, too.
    elements : int
        Elements side by side, the first in the least significant bits (weights: one per lane).
    """

    name: str
    width: int
    signed: bool = False
    fraction: int | None = None
    valid: str = ""
    elements: int = 1

    @property
    def bits(self):
        """Bits of the whole field."""
        return self.width * self.elements


def tag_bits(design: Design):
    """Bits of a step number."""
    return max(1, len(Program.of(design).steps).bit_length())


def word_bits(design: Design):
    """Bits of a weight memory address."""
    return max(1, MemoryMap(design).weight_depth.bit_length())


def observed_fields(design: Design):
    """Fields from the least significant bit up."""
    neuron = max(1, (MemoryMap(design).neurons - 1).bit_length())
    rate, state, program = design.rate, design.state, Program.of(design)
    word = word_bits(design)

    def number(name, fmt, valid):
        return Field(name, fmt.width, fmt.signed, fmt.fraction, valid)

    def left(kind, names):
        for name in names:
            yield Field(f"{kind}_{name}_valid", 1)
            yield number(f"{kind}_{name}", design.difference, f"{kind}_{name}_valid")

    ghosts = (
        Field("ghost_valid", 1), Field("ghost_address", neuron, valid="ghost_valid"),
        number("ghost", rate, "ghost_valid"),
    ) if isinstance(design.rule, GhostRule) else ()

    return (
        Field("start", 1), Field("done", 1), Field("prediction", 8, valid="done"),
        Field("request_valid", 1),
        Field("request_tag", tag_bits(design), valid="request_valid"),
        Field("request_address", word, valid="request_valid"),
        number("request_rate", design.event, "request_valid"),
        Field("drive_valid", 1), Field("drive_address", neuron, valid="drive_valid"),
        Field("drive", design.drive_width, True, design.drive_fraction, "drive_valid"),
        *ghosts,
        Field("neuron_valid", 1), Field("neuron_address", neuron, valid="neuron_valid"),
        number("rate", rate, "neuron_valid"), number("state", state, "neuron_valid"),
        Field("state_saturated", 1),
        *left("list", program.lists), *left("words", program.words),
        Field("weight_valid", 1), Field("weight_address", word, valid="weight_valid"),
        Field("weights", design.weight.width, True, design.weight.fraction, "weight_valid",
              design.lanes),
        Field("weight_saturated", 1),
    )
