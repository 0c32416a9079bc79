"""Designs drawn at random within the specification's limits: what their rules have in common."""

from dataclasses import replace
from typing import Any

import numpy as np

from .design import Design, Network, Target
from .memory_kind import MemoryKind
from .qformat import QFormat, Rounding
from .rule import Rule
from .sample_formats import LARGEST_WORD

__all__ = ["DesignSampler", "draw_targets"]


def draw_targets(design: Design, inputs: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Targets at random of samples (n, n_0), as `IntegerModel.learn_all` takes them: an array."""
    count, outputs, fmt = len(inputs), design.network.sizes[-1], design.target_values
    if design.target is Target.INPUT:
        return inputs
    if design.target is Target.VECTOR:
        return generator.integers(fmt.minimum, fmt.maximum + 1, (count, outputs))
    return generator.integers(0, outputs, count)


class DesignSampler:
    """Numbers of one design of a series.

    Parameters
    ----------
    seed, number : int
        Of the series, and of the design in it.

    Attributes
    ----------
    turn : int
        For what takes turns from design to design.
    memory : MemoryKind
        Where its weights lie: in a third of all designs in memories with one port.
    """

    LARGEST = 70  # neurons of a layer
    FEEDBACK = 5  # what a rule draws `apart` for its feedback

    def __init__(self, seed: int, number: int):
        self._seeds, self.turn = (seed, number), seed + number
        self._generator = np.random.default_rng([seed, number])
        self.memory = MemoryKind.AUTO if self.apart(3).integers(3) else MemoryKind.SINGLE

    def apart(self, what: int) -> np.random.Generator:
        """A generator of its own, so that whatever else is drawn stays the same.

        `what` tells generators apart: 1, 3, 4 and 6 are taken here.
        """
        return np.random.default_rng([*self._seeds, what])

    def number(self, low: int, high: int) -> int:
        """An integer of low .. high."""
        return int(self._generator.integers(low, high + 1))

    def layers(self, *, halved: bool = False) -> tuple[tuple[int, ...], QFormat]:
        """Sizes of 1 to 3 hidden layers with input and output, and a format of rates.

        Parameters
        ----------
        halved : bool
            At most half as many neurons: networks that relax take many times the cycles.
        """
        hidden, top = self.number(1, 3), self.LARGEST // 2 if halved else self.LARGEST
        sizes = tuple(self.number(1, top) for _ in range(hidden + 2))
        fraction = self.number(4, 12)
        return sizes, QFormat(self.number(2, 3), fraction)

    def design(self, rule: Rule, network: Network, rate: QFormat) -> Design:
        """A design of 2 to 16 lanes around a rule: formats within their limits.

        Parameters
        ----------
        rule : Rule
        network : Network
        rate : QFormat
        """
        draw, fraction = self.number, rate.fraction
        sample_fraction = draw(3, min(7, fraction))
        sample = QFormat(min(8 - sample_fraction, rate.integer - 1), sample_fraction, signed=False)
        # An update must drop at least one bit. Formats that are certainly allowed tell how many
        # more.
        engine = rule.engine
        network, told = self._told(rule, network, rate, sample)
        transposed = engine.may_transpose and bool(self.apart(1).integers(2))
        base = Design(network, rule, rate=rate, state=QFormat(8, fraction),
                      weight=QFormat(4, 4), transposed=transposed, **told)
        lowest = base.update_lowest_rate
        if transposed:  # a tail leaves less of the operand for the learning rate
            lowest = min(base.replace(lanes=lanes).update_lowest_rate for lanes in range(2, 17))
        highest = 2 * fraction + lowest - 1
        if engine.decay_shift is not None:  # nor may a decay lie below an update's last bit
            highest -= engine.decay_shift - 1
        weight_fraction = draw(min(5, highest), min(highest, 16))
        return Design(
            network=network, rule=rule, lanes=draw(2, 16),
            weight=QFormat(draw(1, min(8, 24 - weight_fraction)), weight_fraction,
                           rounding=list(Rounding)[draw(0, 2)]),
            rate=rate, state=QFormat(draw(rate.integer, 8), fraction),
            sample_capacity=4, generator_seed=draw(1, 2**31 - 1),
            transposed=transposed, weight_memory=self.memory,
            margin_shift=self._margin(rule, network, rate, told), **told)

    def _margin(self, rule, network, rate, told):
        """A margin for a third of all designs that may have one."""
        rng = self.apart(6)
        if not rule.knows_margins or network.sizes[-1] < 2 or rng.integers(3) or (
                told.get("target") is not Target.CLASS):
            return None
        return int(rng.integers(0, rate.fraction + 1))

    def _told(self, rule: Rule, network: Network, rate: QFormat, sample: QFormat,
              ) -> tuple[Network, dict[str, Any]]:
        """(Network, parameters of `Design`) of a target of any kind, and of inputs and results."""
        rng = self.apart(4)
        if rule.engine.spiking:
            return network, {"sample": sample}

        def some(widest):
            """A format of numbers, of either sign, that are rates."""
            fraction, signed = int(rng.integers(1, rate.fraction + 1)), bool(rng.integers(2))
            most = min(rate.integer - (not signed), widest - fraction)
            return QFormat(int(rng.integers(min(1, most), most + 1)), fraction, signed=signed)

        target = list(Target)[rng.integers(3)]
        if rng.integers(2):
            sample = some(LARGEST_WORD)
        if target is Target.INPUT:
            network = replace(network, sizes=(*network.sizes[:-1], network.sizes[0]))
        stored = some(LARGEST_WORD) if target is Target.VECTOR and rng.integers(2) else None
        results = rate.width <= LARGEST_WORD and bool(rng.integers(2))
        return network, {"sample": sample, "target": target, "target_format": stored,
                         "results": results}
