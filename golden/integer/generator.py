"""The gateware's pseudo-random generators in NumPy (facts: golden.spec.generator)."""

import numpy as np

from ..spec.design import Design
from ..spec.generator import (
    GALOIS_TAPS,
    ROUNDING_BITS,
    ROUNDING_LAGS,
    ROUNDING_WIDTH,
    lane_seed,
)
from ..spec.memory_map import MemoryMap
from ..spec.qformat import check_integer

__all__ = ["RoundingGenerator", "Shuffler", "epoch_mask", "epoch_order"]


class RoundingGenerator:
    """One 31-bit shift register per lane, 8 fresh bits for every update word, and those of noise.

    Parameters
    ----------
    lanes : int
    seed : int
    noise : int
        Further registers, after the lanes', that yield the neurons' noise: one per neuron lane.

    Attributes
    ----------
    states : int64 array (lanes + noise,)
        Register contents; the newest bit is the least significant one.
    """

    def __init__(self, lanes: int, seed: int, *, noise: int = 0):
        self.lanes = lanes
        self.states = np.array([lane_seed(seed, lane) for lane in range(lanes + noise)],
                               dtype=np.int64)

    @classmethod
    def of(cls, design: Design) -> "RoundingGenerator":
        """Those of a design after reset."""
        return cls(design.lanes * design.stochastic, design.generator_seed,
                   noise=design.noise_generators)

    def draw(self, words: int) -> np.ndarray:
        """Advance by `words` update words; random bits, int64 array (words, lanes), 0 .. 255."""
        self.states[:self.lanes], fresh = self._advance(self.states[:self.lanes], words)
        return fresh

    def noise(self, neurons: int) -> np.ndarray:
        """Advance by the `neurons` of a layer; a bit for each, int64 array: the lowest of 8 fresh
        ones. Neuron i draws from register i mod K of the K of the noise."""
        bits = np.zeros(neurons, np.int64)
        lanes = len(self.states) - self.lanes
        for lane in range(min(lanes, neurons)):
            own = slice(self.lanes + lane, self.lanes + lane + 1)
            count = len(range(lane, neurons, lanes))
            self.states[own], fresh = self._advance(self.states[own], count)
            bits[lane::lanes] = fresh[:, 0] & 1
        return bits

    @staticmethod
    def _advance(states: np.ndarray, words: int) -> tuple[np.ndarray, np.ndarray]:
        far, near = ROUNDING_LAGS
        bits = np.zeros((len(states), ROUNDING_WIDTH + ROUNDING_BITS * words), dtype=np.uint8)
        powers = np.arange(ROUNDING_WIDTH - 1, -1, -1)
        bits[:, :ROUNDING_WIDTH] = states[:, None] >> powers & 1
        done = ROUNDING_WIDTH
        while done < bits.shape[1]:
            # b[n] = b[n - far] ^ b[n - near]: squaring over GF(2) doubles both lags, so that
            # every turn of this loop may fill as many bits as the shorter lag.
            scale = 1
            while 2 * scale * far <= done:
                scale *= 2
            count = min(near * scale, bits.shape[1] - done)
            a, b = done - far * scale, done - near * scale
            bits[:, done:done + count] = bits[:, a:a + count] ^ bits[:, b:b + count]
            done += count
        last = bits[:, bits.shape[1] - ROUNDING_WIDTH:].astype(np.int64)
        states = last @ (np.int64(1) << powers)
        fresh = bits[:, ROUNDING_WIDTH:].reshape(len(states), words, ROUNDING_BITS)
        weights = 1 << np.arange(ROUNDING_BITS - 1, -1, -1)
        return states, (fresh.astype(np.int64) @ weights).T


class Shuffler:
    """Order of the samples of an epoch, drawn on the chip.

    Parameters
    ----------
    bits : int
        Register width, 2 .. 16.
    mask : int
        This epoch's mask, 0 .. 2**bits - 1.
    state : int
        0 at the start of an epoch, else the register.
    """

    def __init__(self, bits: int, mask: int, state: int = 0):
        self.bits = check_integer("bits", bits, min(GALOIS_TAPS), max(GALOIS_TAPS))
        self.mask = check_integer("mask", mask, 0, (1 << self.bits) - 1)
        self.state = check_integer("state", state, 0, (1 << self.bits) - 1)

    def next(self, set_size: int) -> int:
        """Index of the next sample of a set of `set_size`, 1 .. 2**bits."""
        set_size = check_integer("set_size", set_size, 1, 1 << self.bits)
        while True:
            index = self.state ^ self.mask
            if self.state == 0:
                self.state = 1
            else:
                out = self.state & 1
                self.state = (self.state >> 1) ^ (GALOIS_TAPS[self.bits] if out else 0)
                if self.state == 1:  # every non-zero value was visited
                    self.state = 0
            if index < set_size:
                return index


def epoch_mask(seed: int, epoch: int, bits: int) -> int:
    """Mask of epoch `epoch` of a run with seed `seed`."""
    return int(np.random.default_rng([seed, epoch]).integers(1 << bits))


def epoch_order(design: Design, set_size: int, mask: int) -> np.ndarray:
    """Indices of one whole epoch, int64 array (set_size,)."""
    shuffler = Shuffler(MemoryMap(design).shuffle_bits, mask)
    return np.array([shuffler.next(set_size) for _ in range(set_size)], dtype=np.int64)
