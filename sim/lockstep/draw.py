"""Designs drawn at random within the specification's limits, to verify the engine with."""

import numpy as np

from ...golden.spec import Activation, Design, GhostRule, Mechanism, Network, QFormat, Schedule
from ...golden.spec.qformat import Rounding

__all__ = ["draw_design"]

LARGEST = 70
KINDS = [(m, s) for s in Schedule for m in Mechanism]


def draw_design(seed, number):
    """Design `number` of the series `seed`.

    1 to 3 hidden layers of 1 to 70 neurons, 2 to 16 lanes, formats within their limits; mechanism
    and schedule take turns, so that 8 designs in a row have every pair of them.
    """
    rng = np.random.default_rng([seed, number])

    def draw(low, high):
        return int(rng.integers(low, high + 1))

    mechanism, schedule = KINDS[(number + seed) % len(KINDS)]
    relaxes = schedule is Schedule.RELAXATION
    hidden = draw(1, 3)
    # Relaxation costs many times the cycles; half as large, it is drawn as often.
    top = LARGEST // 2 if relaxes else LARGEST
    sizes = tuple(draw(1, top) for _ in range(hidden + 2))
    fraction = draw(4, 12)
    rate = QFormat(draw(2, 3), fraction)
    learning, nudging = draw(2, 6), draw(0, 2)
    rule = GhostRule(mechanism, schedule, learning, nudging, step_shift=draw(0, 3),
                     steps=draw(1, 6))
    sample_fraction = draw(3, min(7, fraction))
    sample = QFormat(min(8 - sample_fraction, rate.integer - 1), sample_fraction, signed=False)
    base = Design(Network(sizes), rule, rate=rate, state=QFormat(8, fraction), sample=sample,
                  weight=QFormat(4, 4))
    # An update must drop at least one bit.
    highest = 2 * fraction + base.update_shifts[1] - 1
    weight_fraction = draw(min(5, highest), min(highest, 16))
    return Design(
        network=Network(sizes, list(Activation)[draw(0, 1)]), rule=rule, lanes=draw(2, 16),
        weight=QFormat(draw(1, min(8, 24 - weight_fraction)), weight_fraction,
                       rounding=list(Rounding)[draw(0, 2)]),
        rate=rate, state=QFormat(draw(rate.integer, 8), fraction),
        sample=sample, sample_capacity=4, generator_seed=draw(1, 2**31 - 1),
    )
