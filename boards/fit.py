"""What a design needs of a chip, before any tool has run, and the largest that has room.

Multipliers and the two large memories follow from the design, exactly: they are what a build is
refused for. Everything else is an estimate, a straight line in the number of lanes through what
real builds took (`boards.measured`), good to some 10 %.
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from ..golden.spec import RULES, Design, MemoryMap
from .chip import Chip
from .measured import MEASURED

__all__ = ["Need", "largest_hidden", "largest_lanes", "multipliers", "need", "resized",
           "shortage"]

# A chip is full before its last LUT: nextpnr needs room to move, or fails or takes hours.
USABLE_LUTS = 0.95
REFERENCE = "ecp5"  # the family with points of every rule that was measured
# Of a lane with its part of the array, where only one number of lanes was measured: on iCE40 8
# lanes and what is between them take 2267 logic cells.
PER_LANE = {"luts": 283, "small_block_rams": 0}
# LUTs of every further neuron lane: its pipeline, its memories, which are too short for block RAM,
# and its part of the event lists, by the rule's code. Of 64-64-32-10 on ECP5, 1 and 4 neuron lanes;
# rough elsewhere.
PER_NEURON_LANE = {1: 573, 2: 2358, 3: 1664, 4: 1628, 5: 1106}
# What makes an engine larger, or smaller.
TRAITS = ("biases", "second_weights", "feedback_weights", "decays", "noise", "output_lists",
          "relaxes", "signed_events", "doubled_words", "spiking")
LARGE_RAM_WORDS = 16384  # of 16 bits
LANES = (64, 48, 32, 24, 20, 16, 12, 8, 6, 4, 2, 1)


@dataclass(frozen=True)
class Need:
    """What a design takes of a chip.

    Parameters
    ----------
    luts : int
        Estimate.
    dsps : int
        Exact.
    block_rams : int
        Estimate, of which `large_block_rams` are weights and samples, exactly.
    large_rams : int
        Exact.
    """

    luts: int
    dsps: int
    block_rams: int
    large_block_rams: int
    large_rams: int


def multipliers(design: Design, operand_bits):
    """Multipliers of one lane, each of two signed operands of `operand_bits`."""
    if design.engine.spiking:
        return 0
    pre = design.event.width + design.update_span + (not design.event.signed)
    a = max(design.weight.width, design.difference.width)
    b = max(pre, design.difference.width)
    return -(-a // operand_bits) * -(-b // operand_bits)


def block_rams(words, bits, shapes):
    """Block RAMs of one memory, in whichever shape takes the fewest."""
    return min(-(-words // depth) * -(-bits // width) for depth, width in shapes)


def weight_block_rams(design: Design, shapes):
    """Block RAMs of the weight memory: lanes lie side by side, each with a write enable."""
    words, bits = MemoryMap(design).weight_depth, design.weight.width
    return min(-(-words // depth) * -(-design.lanes // max(1, width // bits))
               * (1 if width >= bits else -(-bits // width)) for depth, width in shapes)


def large_memories(design: Design, chip: Chip):
    """(Block RAMs of weights and stored samples, large RAMs)."""
    maps = MemoryMap(design)
    if not design.single_port:
        weights = weight_block_rams(design, chip.family.block_shapes), 0
        samples = single_ports(maps.sample_depth, 16, chip, large=True)
    else:  # samples leave the large RAMs to the weights
        weights = single_ports(maps.weight_depth, design.weight.width, chip, large=True)
        weights = tuple(design.lanes * count for count in weights)
        samples = single_ports(maps.sample_depth, 16, chip, large=False)
    return weights[0] + samples[0], weights[1] + samples[1]


def single_ports(words, bits, chip, *, large):
    """(Block RAMs, large RAMs) of a memory of one port, 16 bits wide or several side by side."""
    banks, wide = -(-words // LARGE_RAM_WORDS), -(-bits // 16)
    if large and chip.large_rams:
        return 0, banks * wide
    # More than one bank: whole ones, as hdl.lib.memory has them.
    words = LARGE_RAM_WORDS if banks > 1 else words
    return banks * wide * block_rams(words, 16, chip.family.block_shapes), 0


def _measured(design: Design):
    """Code of the rule whose measurements stand for a design's: its own, if there are any.

    Else that of the measured rule whose engine has most of the design's traits, and of several
    the one that takes most.
    """
    points = {p.rule: p.luts / p.lanes for p in MEASURED if p.family == REFERENCE}
    if design.rule.code in points:
        return design.rule.code

    def alike(rule):
        theirs = rule().engine
        return sum(getattr(theirs, trait) == getattr(design.engine, trait)
                   for trait in TRAITS), points[rule.code]

    return max((rule for rule in RULES.values() if rule.code in points), key=alike).code


@cache
def _line(family, rule, what):
    """(Slope, offset) over the lanes of LUTs or small block RAMs, from `MEASURED`.

    Through the points of the family and rule; with the usual slope if there is but one; and if
    there is none, the reference family's line times the mean ratio of the family's own points to
    that family's lines.

    Parameters
    ----------
    family : str
    rule : int
        Code of a rule that was measured: see `_measured`.
    what : str
        Field of a `Measurement`.
    """
    points = [(p.lanes, getattr(p, what)) for p in MEASURED if (p.family, p.rule) == (family, rule)]
    if len(points) >= 2:
        lanes, taken = zip(*points, strict=True)
        return tuple(np.polyfit(lanes, taken, 1))
    if points:
        ((lanes, taken),) = points
        return PER_LANE[what], taken - PER_LANE[what] * lanes
    ratios = [getattr(p, what) / np.polyval(_line(REFERENCE, p.rule, what), p.lanes)
              for p in MEASURED if p.family == family]
    return tuple(np.mean(ratios) * np.array(_line(REFERENCE, rule, what)))


def _along(line: tuple[float, float], lanes: int) -> float:
    """A line's value at a number of lanes."""
    slope, offset = line
    return slope * lanes + offset


def need(design: Design, chip: Chip) -> Need:
    """`Need` of a design on a chip."""
    family, rule = chip.family.name, _measured(design)
    luts = _along(_line(family, rule, "luts"), design.lanes) + (
        PER_NEURON_LANE[rule] * (design.neuron_lanes - 1))
    rams = _along(_line(family, rule, "small_block_rams"), design.lanes)
    large, large_rams = large_memories(design, chip)
    # What keeps one word per neuron takes another block RAM for every further 512. The inputs of
    # two samples wait in one memory, or two where two are fed a cycle; what was measured has 64.
    longer = max(0, -(-MemoryMap(design).neurons // 512) - 1)
    inputs = [width * block_rams(2 * -(-n // width), (n - 1).bit_length() + design.event.width,
                                 chip.family.block_shapes)
              for n, width in ((64, 1), (max(64, design.network.sizes[0]), design.feed_width))]
    small = max(0, round(rams)) * (1 + longer) + inputs[1] - inputs[0]
    return Need(
        luts=round(luts),
        dsps=design.lanes * multipliers(design, chip.family.operand_bits),
        block_rams=large + small,
        large_block_rams=large,
        large_rams=large_rams,
    )


def shortage(design: Design, chip: Chip, *, certain=False):
    """What the chip has too little of: a list of texts such as ``32 DSP of 28``.

    Parameters
    ----------
    design : Design
    chip : Chip
    certain : bool
        Leave out what is estimated.
    """
    wanted = need(design, chip)
    rams = wanted.large_block_rams if certain else wanted.block_rams
    found = [("DSP", wanted.dsps, chip.dsps), ("block RAM", rams, chip.block_rams),
             ("SPRAM", wanted.large_rams, chip.large_rams)]
    if not certain:
        found.append(("LUT", wanted.luts, int(USABLE_LUTS * chip.luts)))
    return [f"{used} {name} of {has}" for name, used, has in found if used > has]


def resized(design: Design, sizes):
    """`design` with other layers, and as many samples as fill the same memory."""
    words = MemoryMap(design).sample_depth
    other = design.replace(network=replace(design.network, sizes=tuple(sizes)))
    capacity = max(1, words // MemoryMap(other).sample_words)
    return other.replace(sample_capacity=min(design.sample_capacity, capacity))


def largest_lanes(design: Design, chip: Chip):
    """Most lanes with which the design's network fits, by the estimate; 0: it does not."""
    for lanes in LANES:
        if lanes % design.neuron_lanes == 0 and not shortage(design.replace(lanes=lanes), chip):
            return lanes
    return 0


def largest_hidden(design: Design, chip: Chip):
    """Most neurons h of a network n_0-h-n_L with the design's lanes, by the estimate; 0: none."""
    sizes = design.network.sizes

    def fits(hidden):
        return not shortage(resized(design, (sizes[0], hidden, sizes[-1])), chip)

    low, high = 0, 1025  # fits, does not fit
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
