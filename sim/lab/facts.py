"""Facts that the page has to know of designs, protocol and digits, read off the specification."""

from collections.abc import Iterable

import numpy as np

from ...boards.icebreaker import BOARD
from ...boards.learn.training import design_by_name, initial_generators
from ...golden.datasets import load_digits_split
from ...golden.initial import initial_weights
from ...golden.integer import epoch_mask
from ...golden.spec import RULES, Design, MemoryMap, Target
from ...golden.spec.contents import raw_weights
from ...golden.spec.generator import GALOIS_TAPS
from ...golden.spec.image import weight_image
from ...golden.spec.link import (
    PROTOCOL_VERSION,
    READ_BYTES,
    RESULT_SHIFT,
    WRITE_BYTES,
    Control,
    Operation,
    Register,
    Space,
    Status,
    space_words,
)

__all__ = ["check_design", "common_facts", "design_facts", "digit_bytes", "lab_design"]

LAYERS, LANES = (64, 32, 10), 8
CAPACITY = 1800  # samples: the digits, and a place for the drawing
FEWEST = 16  # samples that a design must hold: some to learn from, some to test, the drawing
IDENTITY_BYTES = 12  # up to the digest's end
PIXEL_BITS = 4  # fraction bits of a pixel, of 0 .. 16 sixteenths
MASKS = 64  # epochs until the orders repeat
SEED = 0  # of weights, split and order


def lab_design(rule: str) -> Design:
    """The design that a rule has in the lab; ValueError if there is no such rule."""
    spiking = rule in RULES and design_by_name(LAYERS, rule=rule).engine.spiking
    return design_by_name(LAYERS, rule=rule, lanes=LANES, sample_capacity=CAPACITY,
                          results=not spiking)


def check_design(design: Design) -> None:
    """ValueError unless the page can show a design: it learns to tell the digits apart."""
    ends = design.network.sizes[0], design.network.sizes[-1]
    if ends != (LAYERS[0], LAYERS[-1]) or design.target is not Target.CLASS:
        raise ValueError(f"the lab's design must tell {LAYERS[-1]} classes of {LAYERS[0]} inputs "
                         f"apart, not be {design.network} with the target {design.target.value}")
    if not 8 < design.weight.width <= 16:
        raise ValueError(f"weights in the lab must have 9 .. 16 bits, not {design.weight}")
    if design.sample.width > 8 or design.sample.fraction < PIXEL_BITS or not design.sample.reaches(
            np.array([0.0, 1.0])):
        raise ValueError("samples in the lab must have 8 bits at most, of them 4 or more for the "
                         f"fraction, and reach 1, not be {design.sample}")
    if design.sample_capacity < FEWEST:
        raise ValueError(f"sample_capacity must be at least {FEWEST} in the lab, "
                         f"not {design.sample_capacity}")


def design_facts(design: Design) -> dict:
    """Of a design, for JSON: formats, places in its memories, and the state before learning."""
    maps = MemoryMap(design)
    start = raw_weights(design, initial_weights(design, SEED))
    return {
        "rule": design.rule.name, "digest": design.digest, "sizes": list(design.network.sizes),
        "lanes": design.lanes, "laneBits": maps.lane_address_bits, "results": design.results,
        "weightBits": design.weight.width, "weightFraction": design.weight.fraction,
        "weightWords": space_words(design, Space.WEIGHTS), "rateFraction": design.rate.fraction,
        "pixelShift": design.sample.fraction - PIXEL_BITS, "capacity": design.sample_capacity,
        "sampleWords": maps.sample_words, "labelWord": maps.label_word,
        "resultWord": maps.result_word,
        "shifts": [design.rule.update_shift, design.rule.second_update_shift],
        "matrices": [{"name": m.name, "shape": list(m.shape), "columns": m.columns, "base": m.base,
                      "transposed": m.transposed, "first": m.first} for m in maps.matrices],
        "masks": [epoch_mask(SEED, epoch, maps.shuffle_bits) for epoch in range(MASKS)],
        "shuffleTaps": GALOIS_TAPS[maps.shuffle_bits],
        "generators": initial_generators(design).tolist(),
        "start": weight_image(design, start).tolist(),
        "chipHertz": BOARD.clock_hz,
    }


def common_facts(designs: Iterable[str]) -> dict:
    """Of all designs, for JSON: their names, digits and protocol."""
    return {
        "designs": list(designs), "training": len(load_digits_split(SEED).y_train),
        "protocol": {
            "version": PROTOCOL_VERSION, "readBytes": READ_BYTES, "writeBytes": WRITE_BYTES,
            "identityBytes": IDENTITY_BYTES, "resultShift": RESULT_SHIFT,
            "statuses": [status.name for status in Status],
            **{plural: {member.name: member.value for member in kind} for plural, kind in
               (("spaces", Space), ("operations", Operation), ("registers", Register),
                ("control", Control))},
        },
    }


def digit_bytes() -> bytes:
    """scikit-learn's digits: 64 pixels of 0 .. 16 and the class each, the test samples last."""
    data = load_digits_split(SEED)
    pixels = np.rint(np.concatenate([data.x_train, data.x_test]) * 16)
    labels = np.concatenate([data.y_train, data.y_test])
    return np.column_stack([pixels, labels]).astype(np.uint8).tobytes()
