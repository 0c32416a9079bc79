"""Measures of noise: what they say of the chip's, and what they would say of a bad one."""

import numpy as np
import pytest

from cortigate.golden.spec.rules.pal import PalRule
from cortigate.scripts.experiments.noise import noise
from cortigate.scripts.experiments.noise.measures import (
    CHIP,
    NUMPY,
    SOURCES,
    Replay,
    alignment,
    measure,
    overlapping,
)

DESIGN = PalRule.design((64, 12, 10), lanes=16)
STEPS = 4096
# Standard deviations: one of 100,000 pairs and lags, or frequencies, is not outside.
WIDE = 5.5


def drawn(source, neurons, steps=STEPS):
    return source.draw(DESIGN, 0, steps, neurons)


def complaints(found):
    """What is wrong with white noise of the variance 1."""
    steps, neurons = found.noise.shape
    bins, segments = len(found.frequencies) / 3, steps / 256
    wrong = set()
    if found.bias > WIDE / np.sqrt(steps):
        wrong.add("bias")
    if abs(found.deviation - 1.0) > 0.01:
        wrong.add("deviation")
    if found.largest_pair > WIDE / np.sqrt(steps):
        wrong.add("pairs")
    if max(abs(band - 1.0) for band in found.bands) > WIDE / np.sqrt(bins * segments * neurons):
        wrong.add("bands")
    # The mean of so many exponential variables.
    if found.peak > 1.0 + 1.5 * WIDE / np.sqrt(segments):
        wrong.add("peak")
    return wrong


@pytest.mark.parametrize("neurons", [30, 33, 68, 72])
def test_the_chips_noise_is_like_numpys(neurons):
    assert complaints(measure(drawn(CHIP, neurons))) == set()
    assert complaints(measure(drawn(NUMPY, neurons))) == set()


def test_words_that_overlap_are_found():
    found = measure(overlapping(DESIGN, 0, STEPS, 40))
    # Of two neighbours' words, one is half of the other but for a bit.
    assert found.largest_pair == pytest.approx(0.5, abs=0.06)
    assert complaints(found) == {"pairs"}


def spoilt(how):
    """NumPy's noise with a fault of one of the 20 neurons."""
    noise = drawn(NUMPY, 20)
    generator = np.random.default_rng(5)
    if how == "bias":
        noise[:, 3] = np.where(generator.random(STEPS) < 0.57, 1.0, -1.0)
    elif how == "pairs":  # what another neuron had 32 steps before
        noise[32:, 7] = np.where(generator.random(STEPS - 32) < 0.6, noise[:-32, 2], noise[32:, 7])
    elif how == "bands":  # all neurons: rarely two steps alike
        noise[1::2] = np.where(generator.random((STEPS // 2, 20)) < 0.3, -noise[::2], noise[1::2])
    elif how == "peak":
        noise[:, 11] = np.sign(noise[:, 11] + 1.2 * np.sin(np.arange(STEPS) * np.pi / 4))
    else:
        noise *= 1.1
    return noise


@pytest.mark.parametrize("how", ["bias", "deviation", "pairs", "bands", "peak"])
def test_each_measure_finds_its_fault(how):
    assert complaints(measure(drawn(NUMPY, 20))) == set()
    assert how in complaints(measure(spoilt(how)))


def trinomial_triples(neurons):
    """Triples of s[n] = s[n - 31 a] xor s[n - 28 a], a = 1, 2, 4 …, that lie as `measure` looks."""
    count, scale = 0, 1
    while 28 * scale < 3 * neurons:
        for start in range(neurons):
            steps = [(start + offset * scale) // neurons for offset in (0, 3, 31)]
            lone = [one for one in steps if steps.count(one) == 1]
            pair = [one for one in steps if steps.count(one) > 1]
            count += not lone or (len(lone) == 1 and lone[0] - pair[0] in (-1, 1, 2))
        scale *= 2
    return count


@pytest.mark.parametrize("neurons", [30, 32, 72])
def test_triples_are_the_trinomials(neurons):
    assert measure(drawn(CHIP, neurons)).triples == trinomial_triples(neurons) > 50
    assert measure(drawn(NUMPY, neurons)).triples == 0


def test_a_triple_counts_once():
    noise = drawn(NUMPY, 5)
    noise[:, 4] = noise[:, 0] * noise[:, 2]
    noise[1:, 3] = noise[:-1, 1] * noise[:-1, 2]
    assert measure(noise).triples == 2


def test_slow_noise_is_wider_and_low():
    found = measure(drawn(SOURCES[3], 20))
    # sigma / sqrt(2 - 1 / tau) with sigma 0.05 and A = 2^-5.
    assert found.deviation == pytest.approx(0.05 * 32 / np.sqrt(1.5), rel=0.02)
    low, mid, high = found.bands
    assert low > 2 * mid > 2 * high > 0.0


def test_too_little_noise_is_an_error():
    with pytest.raises(ValueError, match="256 steps and 2 neurons or more, not 255 and 2"):
        measure(np.ones((255, 2)))


def test_what_b_learns_from_the_chips_noise_and_from_a_bad_one():
    ends = {}
    for source in (CHIP, NUMPY, SOURCES[-1]):
        course = alignment(source, DESIGN, 3000, range(3))
        assert course["steps"][-1] == 12_000 and np.shape(course["angles"]) == (9, 3, 1)
        assert np.min(course["angles"][0]) > 60.0
        ends[source.name] = np.array(course["angles"][-1])
    chip, numpy, bad = ends.values()
    assert numpy.max() < 30.0 and np.abs(chip - numpy).max() < 4.0
    assert (bad > numpy + 10.0).all()


def test_noise_is_replayed_in_order():
    noise = np.arange(12.0).reshape(3, 2, 2)
    replay = Replay(noise)
    np.testing.assert_array_equal([replay.step() for _ in range(3)], noise)


def test_the_command_prints_a_table_and_draws(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    noise(layers="64-12-10", seeds=2, samples=100, output=tmp_path / "quick.svg", quick=True)
    said = capsys.readouterr().out
    assert "Noise of 12 hidden neurons (64-12-10), 2048 time steps" in said
    assert "angle" not in said and (tmp_path / "quick.svg").stat().st_size > 10_000
    [mean] = [line for line in said.splitlines() if "mean / A" in line]
    assert len(mean.split("│")) == 2 + 1 + len(SOURCES)


def test_the_command_compares_angles(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("cortigate.scripts.experiments.noise.command.STEPS", 512)
    noise(layers="64-8-6-10", seeds=2, samples=200, output=tmp_path / "picture.png", quick=False)
    said = capsys.readouterr().out
    assert "angle of B2" in said and "± of seeds, B2" in said
    assert "mean of 2 seeds ± standard error: B1" in " ".join(said.split())
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("wrong, message", [
    ({"layers": "60-12-10"}, "layers must begin with 64 and end with 10, not 60-12-10"),
    ({"output": "picture.txt"}, "with the ending .pdf or .png or .svg in a folder that exists"),
])
def test_wrong_options_are_errors(tmp_path, wrong, message):
    options = {"layers": "64-12-10", "output": "picture.png"} | wrong
    with pytest.raises(ValueError, match=message):
        noise(layers=options["layers"], seeds=1, samples=1, output=tmp_path / options["output"],
              quick=True)
