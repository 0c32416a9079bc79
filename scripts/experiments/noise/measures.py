"""The noise of phaseless alignment learning: the chip's bits beside other kinds of noise.

Its product with the rates above teaches the feedback weights, so that what counts is that the
neurons' noises are independent of each other, in the same step and in the next ones; their
distribution does not. Noise is an array (steps, neurons) in units of the chip's amplitude A.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from threadpoolctl import threadpool_limits

from cortigate.golden.integer import RoundingGenerator
from cortigate.golden.reference.pal import LayeredModel, Noise, PhaselessRule
from cortigate.golden.reference.pal.design import SampleHighPass, pal_rule
from cortigate.golden.reference.pal.noise import OrnsteinUhlenbeck
from cortigate.golden.spec import Design
from cortigate.golden.spec.generator import ROUNDING_WIDTH
from cortigate.golden.spec.plain import Plain
from cortigate.golden.spec.rules.pal import PalRule

from ..pal import Row, align, unlabelled

__all__ = ["CHIP", "NUMPY", "SOURCES", "Measures", "Source", "alignment", "measure"]

LAGS = 33  # steps between two neurons' noises: 0 … 32
SEGMENT = 256  # steps of one periodogram
TRIPLE_STEPS = 2048  # suffice: a triple that is certain is 45 standard deviations from chance
TRIPLE_LAGS = (-1, 0, 1, 2)
CERTAIN = 0.5


# ---- kinds of noise ------------------------------------------------------------------------


def chip(design: Design, seed, steps, neurons):
    """The bits of the chip's generator, as it stands after reset with this seed."""
    generator = RoundingGenerator.of(design.replace(generator_seed=seed + 1))
    return 2.0 * generator.noise(steps * neurons).reshape(steps, neurons) - 1.0


def overlapping(design: Design, seed, steps, neurons):
    """A bad generator: the whole register as a number, moved on by a single bit for each neuron.

    Neighbours share 30 of 31 bits.
    """
    count = steps * neurons + ROUNDING_WIDTH - 1
    words = RoundingGenerator(1, seed + 1).draw(-(-count // 8))[:, 0].astype(np.uint8)
    bits = 2.0 * np.unpackbits(words)[:count] - 1.0
    places = 2.0**-np.arange(1, ROUNDING_WIDTH + 1)
    # Uniform in -1 … 1: made as wide as the others.
    return np.sqrt(3.0) * np.convolve(bits, places, mode="valid").reshape(steps, neurons)


def process(tau, kind, sigma=None):
    """Noise of the float reference; sigma in units of the potential, None is A."""
    def draw(design, seed, steps, neurons):
        scale = 1.0 if sigma is None else sigma * 2.0**PalRule.of(design).noise_shift
        noise = OrnsteinUhlenbeck([[seed, 2]], neurons, tau, scale, kind)
        return np.stack([noise.step()[0] for _ in range(steps)])

    return draw


@dataclass(frozen=True)
class Source(Plain):
    """A kind of noise.

    Parameters
    ----------
    name : str
        Short.
    draw : callable
        ``draw(design, seed, steps, neurons)``: float64 array (steps, neurons).
    rule : dict
        Changes of the float rule that the noise is used with.
    """

    name: str
    draw: Callable
    rule: dict = field(default_factory=dict)


CHIP = Source("chip, ±A", chip)
NUMPY = Source("NumPy, ±A", process(1.0, Noise.BINARY))
SOURCES = (
    CHIP, NUMPY, Source("Gaussian, white", process(1.0, Noise.GAUSSIAN)),
    # The reference's own, with a high-pass as slow as the noise.
    Source("Gaussian, tau 2", process(PhaselessRule.tau_noise, Noise.GAUSSIAN,
                                      PhaselessRule.sigma),
           {"tau_highpass": PhaselessRule.tau_highpass}),
    Source("bad: overlaps", overlapping),
)


# ---- measures ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measures:
    """What noise (steps, neurons) is like.

    Attributes
    ----------
    noise : float64 array (steps, neurons)
    pairs : float64 array
        Correlations of two different neurons, the second 0 … 32 steps later.
    frequencies : float64 array (bins,)
        In cycles per step, without 0.
    spectrum : float64 array (bins, neurons)
        Mean periodogram: 1 for white noise of the variance 1.
    triples : int
        Products of two neurons' noises in a step that tell a third one's, from one step earlier
        to two later: their correlation with it is above 1/2, over at most 2048 steps.
    """

    noise: np.ndarray
    pairs: np.ndarray
    frequencies: np.ndarray
    spectrum: np.ndarray
    triples: int

    @property
    def mean(self):
        """Over all neurons."""
        return float(self.noise.mean())

    @property
    def bias(self):
        """Largest |mean| of a neuron."""
        return float(np.abs(self.noise.mean(axis=0)).max())

    @property
    def deviation(self):
        """Standard deviation over all neurons."""
        return float(self.noise.std())

    @property
    def largest_pair(self):
        """Largest |pair correlation|."""
        return float(np.abs(self.pairs).max())

    @property
    def bands(self):
        """Mean spectrum of the low, middle and high third of the frequencies."""
        return [float(band.mean()) for band in np.array_split(self.spectrum, 3)]

    @property
    def peak(self):
        """Largest ratio of a neuron's strongest frequency to its mean."""
        return float((self.spectrum.max(axis=0) / self.spectrum.mean(axis=0)).max())


def measure(noise):
    """Measures of noise (steps, neurons) of two neurons or more and 256 steps or more."""
    steps, neurons = noise.shape
    if steps < SEGMENT or neurons < 2:
        raise ValueError(f"noise must have {SEGMENT} steps and 2 neurons or more, not "
                         f"{steps} and {neurons}")
    scaled = (noise - noise.mean(axis=0)) / noise.std(axis=0)
    segments = noise[:steps - steps % SEGMENT].reshape(-1, SEGMENT, neurons)
    power = (np.abs(np.fft.rfft(segments, axis=1))**2 / SEGMENT).mean(axis=0)
    # Neither bias nor the frequency of 1/2, which no neighbour shares, belong to the spectrum.
    return Measures(noise, _pairs(scaled), np.fft.rfftfreq(SEGMENT)[1:-1], power[1:-1],
                    _triples(scaled[:TRIPLE_STEPS]))


def _pairs(scaled):
    steps, neurons = scaled.shape
    other, found = ~np.eye(neurons, dtype=bool), []
    for lag in range(LAGS):
        correlation = scaled[:steps - lag].T @ scaled[lag:] / (steps - lag)
        found.append(correlation[np.triu(other) if lag == 0 else other])
    return np.concatenate(found)


def _triples(scaled):
    steps, neurons = scaled.shape
    first, second = np.triu_indices(neurons, 1)
    count, scaled = 0, scaled.astype(np.float32)
    for lag in TRIPLE_LAGS:
        at = slice(max(0, -lag), steps - max(0, lag))
        third = scaled[at.start + lag:at.stop + lag]
        products = scaled[at, first] * scaled[at, second]
        certain = np.abs(products.T @ third) > CERTAIN * len(third)
        if lag == 0:  # each once
            certain &= np.arange(neurons) > second[:, None]
        count += int(certain.sum())
    return count


# ---- alignment -----------------------------------------------------------------------------


class Replay:
    """Noise drawn before, step after step; `noise` is (steps, members, units)."""

    def __init__(self, noise):
        self._steps = iter(noise)

    def step(self):
        """Noise of one time step, (members, units)."""
        return next(self._steps)


def alignment(source, design: Design, samples, seeds):
    """Angles over time with fixed forward weights, digits as inputs, in float64 as on the chip.

    Parameters
    ----------
    source : Source
    design : Design
        Of phaseless alignment learning on the digits.
    samples : int
        Digits, each of which stands for the rule's time steps.
    seeds : sequence of int
        Of weights, digits and noise; the networks learn side by side.

    Returns
    -------
    dict of str to list
        "steps" (looks,) and "angles" (looks, seeds, hidden layers) in degrees.
    """
    rule = pal_rule(design, rate=0.0, **source.rule)
    steps, units = samples * rule.steps, sum(rule.sizes[1:-1])
    model, digits = LayeredModel(rule, seed=seeds), unlabelled(samples, seeds)
    amplitude = 2.0**-PalRule.of(design).noise_shift
    model.noise = Replay(amplitude * np.stack(
        [source.draw(design, seed, steps, units) for seed in seeds], axis=1))
    model.highpass = highpass = SampleHighPass(model.rates, rule.tau_highpass)

    def present(index):
        highpass.begins = True
        for _ in range(rule.steps):
            model.step(digits[index])

    with threadpool_limits(1):
        return align(model, Row(source.name, rule, samples), present)
