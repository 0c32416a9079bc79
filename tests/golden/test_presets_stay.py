"""What every preset has been since it was published: digest, rule code, and, after samples that
anyone can draw again, the bits of its weights and the cycles that they took.

`python tests/golden/test_presets_stay.py` writes the table anew, for a preset that is meant to
change.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import PRESETS, preset
from cortigate.golden.timeline import Timeline

TABLE = Path(__file__).with_name("presets.json")
SAMPLES = 100
SYNAPSES = 100_000  # a preset with more learns a tenth of the samples


def facts(design):
    """What must stay of a design, as JSON has it."""
    rng, network = np.random.default_rng(1), design.network
    count = SAMPLES if network.synapses < SYNAPSES else SAMPLES // 10
    samples = rng.integers(0, design.sample.maximum + 1, (count, network.sizes[0]))
    samples[rng.random(samples.shape) < 0.5] = 0
    labels = rng.integers(0, network.sizes[-1], count)
    model, timeline, cycles = integer_model(design), Timeline(design), 0
    model.set_weights(initial_weights(design, 1))
    for x, label in zip(samples, labels, strict=True):
        cycles += timeline.cycles(model.learn(x, int(label)))
    digest = hashlib.sha256()
    for name, weights in sorted(model.weights.items()):
        digest.update(name.encode() + np.ascontiguousarray(weights, "<i8").tobytes())
    return {"digest": design.digest, "rule": design.rule.code, "samples": count,
            "cycles": cycles, "weights": digest.hexdigest()[:16]}


def test_every_preset_is_in_the_table():
    assert list(json.loads(TABLE.read_text())) == list(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_stays_what_it_was(name):
    assert facts(preset(name)) == json.loads(TABLE.read_text())[name]


if __name__ == "__main__":
    TABLE.write_text(json.dumps({name: facts(preset(name)) for name in PRESETS}, indent=2) + "\n")
