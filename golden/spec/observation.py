"""The observed port: every stream inside the engine, compared in every clock cycle.

Both the timeline and the gateware lay their fields out by this list.
"""

from dataclasses import dataclass

from .design import Design
from .memory_map import MemoryMap
from .plain import Plain
from .program import Program

__all__ = ["Field", "observed_fields", "tag_bits", "word_bits"]


@dataclass(frozen=True)
class Field(Plain):
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
        Elements side by side, the first in the least significant bits (weights: one per lane;
        drives, further rates, neurons, lists and words: one per neuron lane, like their valid
        bits).
    """

    name: str
    width: int
    signed: bool = False
    fraction: int | None = None
    valid: str = ""
    elements: int = 1

    @property
    def bits(self) -> int:
        """Bits of the whole field."""
        return self.width * self.elements


def tag_bits(design: Design) -> int:
    """Bits of a step number."""
    return max(1, len(Program.of(design).steps).bit_length())


def word_bits(design: Design) -> int:
    """Bits of a weight memory address."""
    return max(1, MemoryMap(design).weight_depth.bit_length())


def observed_fields(design: Design) -> tuple[Field, ...]:
    """Fields from the least significant bit up."""
    neuron = max(1, (MemoryMap(design).neurons - 1).bit_length())
    rate, state, program = design.rate, design.state, Program.of(design)
    word, lanes = word_bits(design), design.neuron_lanes

    def number(name, fmt, valid, elements=lanes):
        return Field(name, fmt.width, fmt.signed, fmt.fraction, valid, elements)

    def stream(name):
        return (Field(f"{name}_valid", 1, elements=lanes),
                Field(f"{name}_address", neuron, valid=f"{name}_valid", elements=lanes))

    def left(kind, names):
        for name in names:
            yield Field(f"{kind}_{name}_valid", 1, elements=lanes)
            yield number(f"{kind}_{name}", design.difference, f"{kind}_{name}_valid")

    further = [field for name in design.engine.streams
               for field in (*stream(name), number(name, rate, f"{name}_valid"))]

    return (
        Field("start", 1), Field("done", 1), Field("prediction", 8, valid="done"),
        Field("request_valid", 1),
        Field("request_tag", tag_bits(design), valid="request_valid"),
        Field("request_address", word, valid="request_valid"),
        number("request_rate", design.event, "request_valid", 1),
        *stream("drive"), number("drive", design.drive, "drive_valid"),
        *further,
        *stream("neuron"),
        number("rate", rate, "neuron_valid"), number("state", state, "neuron_valid"),
        Field("state_saturated", 1, elements=lanes),
        *left("list", program.lists), *left("words", program.words),
        Field("weight_valid", 1), Field("weight_address", word, valid="weight_valid"),
        Field("weights", design.weight.width, True, design.weight.fraction, "weight_valid",
              design.lanes),
        Field("weight_saturated", 1),
    )
