"""A design's need of a chip, before any tool has run, and the largest that has room.

Multipliers and the two large memories follow from the design, exactly: they are what a build is
refused for. Everything else is an estimate, straight lines in the number of lanes between what
real builds took (`boards.measured`), as good as `LUT_ERROR` and `RAM_ERROR` say.
"""

from bisect import bisect
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from ..golden.spec import RULES, Design, MemoryMap, Target, preset, resized
from .chip import Chip, ChipFamily
from .measured import MEASURED

__all__ = ["LUT_ERROR", "USABLE_LUTS", "Need", "doubtful", "largest_hidden", "largest_lanes",
           "multipliers", "need", "shortage", "with_layers"]

# A chip is full before its last LUT: nextpnr needs room to move, or fails or takes hours.
USABLE_LUTS = 0.95
# How far the estimate was off: thirteen designs beside those that it comes from, synthesised and
# packed, eleven of them for iCE40, 8-16-6-4 to 64-32-16-10 with 4 and 8 lanes, inputs with and
# without a sign, took 9 % fewer LUTs to 14 % more, and 7 block RAMs fewer to 2 more
# (tests/boards/test_fit.py). Shorter formats of other rules take fewer still: phaseless alignment
# with rates of Q2.6 19 %.
LUT_ERROR = 0.15
RAM_ERROR = {"fewer": 7, "more": 2}
REFERENCE = "ecp5"  # the family with points of every rule that was measured
# Of a lane with its part of the array, where only one number of lanes was measured: on iCE40 8
# lanes and what is between them take 2267 logic cells.
FLASH_LUTS = 1300  # of samples in flash memory: 64-64-32-10 on ECP5, with and without
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
    """The need of a design: parts of a chip.

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
    a, b = operands(design)
    return -(-a // operand_bits) * -(-b // operand_bits)


def operands(design: Design) -> tuple[int, int]:
    """Widths of the two signed operands of a lane's multiplier."""
    pre = design.event.width + design.update_span + (not design.event.signed)
    return (max(design.weight.width, design.difference.width),
            max(pre, design.difference.width))


def soft_multiplier(design: Design, family: ChipFamily) -> float:
    """LUTs of a lane's multiplier where the family makes it of these; 0: it is in blocks."""
    if not family.soft_multiplier or multipliers(design, family.operand_bits) < 2:
        return 0.0
    a, b = operands(design)
    return family.soft_multiplier * a * b


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
        # Two words in a cycle come from two memories.
        halves = max(1, design.feed_width // 2)
        depth = -(-maps.sample_depth // halves)
        samples = tuple(halves * n for n in single_ports(depth, 16, chip, large=True))
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
def _as_measured(rule: int) -> Design:
    """The design that stands for what was measured of a rule, by its code."""
    return preset(next(kind.large for kind in RULES.values() if kind.code == rule))


@cache
def _points(family: str, rule: int, what: str) -> tuple[tuple[float, float], ...]:
    """At least two points (lanes, LUTs or small block RAMs), by lanes, from `MEASURED`.

    Those of the family and rule; with one more by the usual slope if there is but one; and if there
    is none, the reference family's times the mean ratio of the family's own points to that
    family's lines.

    Parameters
    ----------
    family : str
    rule : int
        Code of a rule that was measured: see `_measured`.
    what : str
        Field of a `Measurement`.
    """
    points = sorted((p.lanes, getattr(p, what)) for p in MEASURED
                    if (p.family, p.rule) == (family, rule))
    if len(points) >= 2:
        return tuple(points)
    if points:
        ((lanes, taken),) = points
        return (0, taken - PER_LANE[what] * lanes), (lanes, taken)
    ratio = np.mean([getattr(p, what) / _along(_points(REFERENCE, p.rule, what), p.lanes)
                     for p in MEASURED if p.family == family])
    return tuple((lanes, float(ratio * taken)) for lanes, taken in _points(REFERENCE, rule, what))


def _along(points: tuple[tuple[float, float], ...], lanes: int) -> float:
    """Value at a number of lanes: between two points, or on the line of the two nearest."""
    place = min(max(bisect([at for at, _ in points], lanes), 1), len(points) - 1)
    (low, first), (high, second) = points[place - 1:place + 1]
    return first + (second - first) * (lanes - low) / (high - low)


def need(design: Design, chip: Chip) -> Need:
    """`Need` of a design on a chip."""
    family, rule = chip.family.name, _measured(design)
    soft = soft_multiplier(design, chip.family)
    luts = _along(_points(family, rule, "luts"), design.lanes) + (
        PER_NEURON_LANE[rule] * (design.neuron_lanes - 1)
        + design.lanes * (soft - soft_multiplier(_as_measured(rule), chip.family)))
    rams = _along(_points(family, rule, "small_block_rams"), design.lanes)
    large, large_rams = large_memories(design, chip)
    # What keeps one word per neuron takes another block RAM for every further 512. The inputs of
    # two samples wait in one memory, or two where two are fed a cycle; what was measured has 64.
    longer = max(0, -(-MemoryMap(design).neurons // 512) - 1)
    inputs = [width * block_rams(2 * -(-n // width), (n - 1).bit_length() + design.entry.width,
                                 chip.family.block_shapes)
              for n, width in ((64, 1), (max(64, design.network.sizes[0]), design.feed_width))]
    small = max(0, round(rams)) * (1 + longer) + inputs[1] - inputs[0] + _values(design, chip)
    return Need(
        luts=round(luts) + FLASH_LUTS * design.flash,
        dsps=0 if soft else design.lanes * multipliers(design, chip.family.operand_bits),
        block_rams=large + small,
        large_block_rams=large,
        large_rams=large_rams,
    )


def _values(design, chip):
    """Block RAMs that keep target values of two samples, and the results of one."""
    lanes, sizes, shapes = design.neuron_lanes, design.network.sizes, chip.family.block_shapes
    targets = results = 0
    if design.target is not Target.CLASS:
        targets = block_rams(2 * -(-sizes[-1] // lanes), design.target_values.width, shapes)
    if design.results:
        results = block_rams(-(-max(sizes[1:]) // lanes), design.rate.width, shapes)
    return lanes * (targets + results)


def shortage(design: Design, chip: Chip, *, certain=False):
    """Parts of which the chip has too few: a list of texts such as ``32 DSP of 28``.

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


def doubtful(design: Design, chip: Chip) -> bool:
    """True if only a build can tell whether the design fits: the estimate's own error decides."""
    if shortage(design, chip, certain=True):
        return False
    wanted = need(design, chip)
    fits = ((1 + LUT_ERROR) * wanted.luts <= USABLE_LUTS * chip.luts
            and wanted.block_rams + RAM_ERROR["more"] <= chip.block_rams)
    lacks = ((1 - LUT_ERROR) * wanted.luts > chip.luts
             or wanted.block_rams - RAM_ERROR["fewer"] > chip.block_rams)
    return not (fits or lacks)


def with_layers(design: Design, sizes):
    """`design` with other layers, and as many samples as fill the same memory."""
    words = MemoryMap(design).sample_depth
    other = resized(design, network=replace(design.network, sizes=tuple(sizes)))
    capacity = max(1, words // MemoryMap(other).sample_words)
    return other.replace(sample_capacity=min(design.sample_capacity, capacity))


def largest_lanes(design: Design, chip: Chip):
    """Most lanes with which the design's network fits, by the estimate; 0: it does not."""
    for lanes in LANES:
        if lanes % design.neuron_lanes == 0 and not shortage(resized(design, lanes=lanes), chip):
            return lanes
    return 0


def largest_hidden(design: Design, chip: Chip):
    """Most neurons h of a network n_0-h-n_L with the design's lanes, by the estimate; 0: none."""
    sizes = design.network.sizes

    def fits(hidden):
        try:
            other = with_layers(design, (sizes[0], hidden, sizes[-1]))
        except ValueError:  # more neurons than these lanes go together with
            return False
        return not shortage(other, chip)

    low, high = 0, 1025  # fits, does not fit
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
