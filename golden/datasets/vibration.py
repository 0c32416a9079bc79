"""Levels of a machine's vibration, band by band: normal, and with a bearing's fault that grows.

A spindle turns at 160 Hz (9600/min). A measurement is its mean power in 32 bands of 100 Hz each, as
an averaged periodogram gives it, drawn here right away as a spectrum:

    P_k = (F_k + s R_k) chi_k + H_k

- F_k, the broadband floor, falls by 20 dB from the lowest to the highest band and grows with the
  load, drawn between 0.2 and 1.
- H_k, lines of the shaft: harmonic h = 1 .. 10 lies in the band that holds 160 h Hz. Its power
  falls as 1 / h^2. A share of it, drawn for the machine and the harmonic, grows with the square of
  the load; each harmonic varies by up to 1 dB either way.
- R_k, what a fault of the bearing's outer race adds: each passage of a ball is a blow that excites
  a resonance of the housing at 2350 Hz, whose lines lie so close that a band holds several. Its
  power has the shape 1 / (1 + ((f - 2350 Hz) / 200 Hz)^2) and grows with the load; blows differ by
  up to half. The severity s, 0 .. 1, scales it: 1 is 12 dB above the floor.
- chi_k, the noise of the estimate of a random signal's power: chi-squared of 2 n degrees of freedom
  over its mean, n = 8 averaged spectra, some 1.5 dB.

The level is 10 lg P_k in dB, from -40 to 20 dB mapped to 0 .. 1 and clipped. A seed draws the
machine, so that its harmonics stay while load and noise change. Only uniform numbers are drawn, and
the functions are those of golden/floats.py: the same levels on every machine that computes them.
"""

import numpy as np

from ..floats import exponential, logarithm
from ..spec.qformat import check_integer
from .dataset import Dataset

__all__ = ["BANDS", "levels", "machine_vibration"]

BANDS, WIDTH = 32, 100.0  # Hz
SHAFT, HARMONICS = 160.0, 10  # Hz
RESONANCE, HALF_WIDTH = 2350.0, 200.0  # Hz
AVERAGES = 8
FLOOR, SLOPE = -10.0, -20.0  # dB: of the lowest band, and from there to the highest
STRONGEST = 12.0  # dB above the floor
LOWEST, HIGHEST = -40.0, 20.0  # dB
DECIBEL = 10.0 / 2.302585092994046  # for each unit of the natural logarithm
HEALTHY = 1 / 3  # share of the watched measurements before the fault begins


def levels(severity: np.ndarray, seed: int, machine: int = 0) -> np.ndarray:
    """Levels of one measurement for each severity (n,), 0 .. 1: float64 (n, 32) in 0 .. 1.

    Parameters
    ----------
    severity : float array (n,)
    seed : int
        Of load and noise.
    machine : int
        Seed of the machine.

    Raises
    ------
    ValueError
        A severity lies outside of 0 .. 1.
    """
    severity = np.asarray(severity, np.float64)
    if severity.ndim != 1 or not ((severity >= 0.0) & (severity <= 1.0)).all():
        raise ValueError("severity must be an array (n,) of numbers in 0 .. 1, not "
                         f"{severity!r}")
    own, random = np.random.default_rng([machine, 3]), np.random.default_rng([seed, 4])
    count, centres = len(severity), WIDTH * (np.arange(BANDS) + 0.5)
    floor = _powers(FLOOR + SLOPE * np.arange(BANDS) / (BANDS - 1))
    shape = 1.0 / (1.0 + ((centres - RESONANCE) / HALF_WIDTH)**2)
    peak = floor[int(RESONANCE / WIDTH)] * _powers(np.array([STRONGEST]))
    share = own.uniform(0.3, 0.9, HARMONICS)
    strength = own.uniform(0.5, 1.0, HARMONICS) / np.arange(1, HARMONICS + 1)**2

    load = random.uniform(0.2, 1.0, (count, 1))
    random_part = floor * (0.5 + 0.5 * load)
    blows = severity[:, None] * load * random.uniform(0.5, 1.5, (count, 1))
    random_part = random_part + blows * peak * shape
    lines = strength * (1.0 - share + share * load**2)
    lines *= _powers(random.uniform(-1.0, 1.0, (count, HARMONICS)))
    power = random_part * _estimates(random, (count, BANDS))
    power[:, (SHAFT * np.arange(1, HARMONICS + 1) / WIDTH).astype(int)] += lines
    decibels = DECIBEL * logarithm(power)
    return np.clip((decibels - LOWEST) / (HIGHEST - LOWEST), 0.0, 1.0)


def machine_vibration(samples: int = 1500, watched: int = 600, seed: int = 0) -> Dataset:
    """Normal measurements to learn from, and a record of the same machine while it breaks.

    Parameters
    ----------
    samples, watched : int
        Measurements to learn from, and of the record, 3 or more: for its first third the bearing is
        sound, then the fault's severity grows linearly to 1.
    seed : int
        Of everything.

    Returns
    -------
    Dataset
        Levels; as y the severities, float64 (n, 1), all 0 of those to learn from.
    """
    samples = check_integer("samples", samples, 1, 1 << 20)
    watched = check_integer("watched", watched, 3, 1 << 20)
    sound = int(HEALTHY * watched)
    severity = np.concatenate([np.zeros(sound),
                               np.arange(1, watched - sound + 1) / (watched - sound)])
    both = levels(np.concatenate([np.zeros(samples), severity]), seed, seed)
    return Dataset(both[:samples], np.zeros((samples, 1)), both[samples:], severity[:, None],
                   "machine-vibration")


def _powers(decibels):
    """10^(x / 10)."""
    return exponential(decibels / DECIBEL)


def _estimates(random, shape):
    """Chi-squared of 2 `AVERAGES` degrees of freedom over its mean.

    The sum of n exponential variables: -ln of the product of n uniform ones in 0 < u <= 1.
    """
    uniform = 1.0 - random.random((*shape, AVERAGES))
    product = uniform[..., 0]
    for number in range(1, AVERAGES):
        product = product * uniform[..., number]
    return -logarithm(product) / AVERAGES
