"""Formats of what a sample is made of: inputs, targets, and the results that it leaves."""

from typing import TYPE_CHECKING

from .qformat import QFormat, check_integer
from .targets import Target

if TYPE_CHECKING:
    from .design import Design

__all__ = ["LARGEST_WORD", "MOST_CLASSES", "check_sample_formats"]

MOST_CLASSES = 256  # a class is one byte
LARGEST_WORD = 16  # bits of a word of the sample memory


def check_sample_formats(design: "Design") -> None:
    """Raise ValueError unless a design's formats of inputs, targets and results go together."""
    spiking, outputs = design.engine.spiking, design.network.sizes[-1]
    if spiking and (design.sample.signed or design.sample.width > 8):
        raise ValueError("sample must be unsigned and at most 8 bits wide, to be coded as "
                         f"spikes, not {design.sample}")
    _require_rate(design, "sample", design.sample)
    if design.target is Target.CLASS:
        check_integer("output layer size", outputs, 1, MOST_CLASSES)
    elif spiking:
        raise ValueError("target must be a class for spiking neurons, whose outputs are taught "
                         f"when to spike and not a value, not {design.target.value}")
    if design.target is Target.INPUT and outputs != design.network.sizes[0]:
        raise ValueError("the last layer must have as many neurons as there are inputs, "
                         f"{design.network.sizes[0]}, where the target is the input, "
                         f"not {outputs}")
    if design.target_format is not None:
        if design.target is not Target.VECTOR:
            raise ValueError("target_format must be None unless the target is a vector, "
                             f"not {design.target_format} with the target {design.target.value}")
        _require_rate(design, "target_format", design.target_format)
    if design.results and (spiking or design.rate.width > LARGEST_WORD):
        raise ValueError(f"results must be False with {'spikes' if spiking else design.rate}: "
                         f"they are rates of at most {LARGEST_WORD} bits")


def _require_rate(design: "Design", name: str, fmt: QFormat) -> None:
    """Raise ValueError unless every value of a format is one of the rate's."""
    if fmt.width > LARGEST_WORD:
        raise ValueError(f"{name} must be at most {LARGEST_WORD} bits wide, not {fmt}")
    if fmt.fraction > design.rate.fraction or (
        fmt.integer > design.rate.integer - (not fmt.signed)
    ):
        raise ValueError(f"{name} must fit into the rate {design.rate}, not be {fmt}")
