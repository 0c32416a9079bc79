"""Samples with all that they start from, drawn so that many drives come beside an edge."""

from dataclasses import dataclass

import numpy as np

from ...golden.integer import arithmetic, integer_model
from ...golden.spec import Activation, Design, Target

__all__ = ["Draw", "Scene", "solve", "usual"]

UNUSUAL = 0.05  # of the scenes are inferences, or without a target
PUT = 0.8  # of the drives are put beside an edge
FARTHEST = 2  # that a target lies beside its edge


@dataclass(frozen=True)
class Scene:
    """A sample and all that it starts from.

    Parameters
    ----------
    weights : dict of int64 arrays
    generators : int64 array
        States of the rounding's and the noise's generators; may be empty.
    shifts : tuple of int
        Both learning rates' k.
    x : int64 array
    target : int, int64 array (n_L,), or None
        As `IntegerModel.learn` takes it.
    train : bool
    """

    weights: dict
    generators: np.ndarray
    shifts: tuple[int, int]
    x: np.ndarray
    target: int | np.ndarray | None
    train: bool = True

    def set(self, model):
        """Set an integer model to where the scene starts."""
        model.set_weights(self.weights)
        if len(self.generators):
            model.generator.states[:] = self.generators

    def play(self, model):
        """Trace of the sample."""
        if not self.train:
            return model.trace_inference(self.x)
        return model.learn(self.x, self.target, *self.shifts)


class Draw:
    """Draws the scenes of a design.

    Parameters
    ----------
    design : Design
    """

    def __init__(self, design: Design):
        self._design = design
        self._rng: np.random.Generator  # of the scene that is drawn
        self._model = integer_model(design)
        self._usual = usual(design.sample)
        low, high = design.weight.minimum, design.weight.maximum
        self._weights = np.array(sorted({low, low + 1, low // 2, -1, 0, 1, high // 2, high - 1,
                                        high}))
        self._targets = {False: _targets(design, output=False), True: _targets(design, output=True)}

    def scene(self, seed, number):
        """Scene `number` of the series `seed`."""
        self._rng = rng = np.random.default_rng([seed, 4, number])
        design = self._design
        sizes, (low, high) = design.network.sizes, design.update_shifts
        x = self._inputs(sizes[0])
        weights = {name: self._matrix(shape)
                   for name, shape in self._model.map.shapes.items()}
        if rng.random() < 0.9:
            self._put(weights, x)
        target = self._target(x)
        if design.engine.always_on and rng.random() < UNUSUAL:
            target = None
        generators = rng.integers(1, 1 << 31, design.generators)
        first, second = (low if rng.random() < 0.4 else int(rng.integers(low, high + 1))
                         for _ in range(2))
        return Scene(weights, generators, (first, second), x, target, bool(rng.random() > UNUSUAL))

    def _target(self, x):
        """Target of a sample; values are unusual ones as often as not."""
        rng, design = self._rng, self._design
        outputs = design.network.sizes[-1]
        if design.target is Target.CLASS:
            return int(rng.integers(outputs))
        if design.target is Target.INPUT:
            return x
        fmt = design.target_values
        if rng.random() < 0.5:
            return rng.choice(usual(fmt), outputs)
        return rng.integers(fmt.minimum, fmt.maximum + 1, outputs)

    def _inputs(self, count):
        rng, low, high = self._rng, self._design.sample.minimum, self._design.sample.maximum
        kind = rng.integers(4)
        if kind == 0:  # all sums whole, so that halves are exact
            return rng.choice([0, min(self._design.sample.one, high)], count)
        x = rng.choice(self._usual, count) if kind == 1 else rng.integers(low, high + 1, count)
        return x * (rng.random(count) < rng.choice([0.3, 0.7, 1.0]))

    def _matrix(self, shape):
        rng, fmt = self._rng, self._design.weight
        kind = rng.integers(3)
        if kind == 0:
            return rng.choice(self._weights, shape)
        weights = rng.integers(fmt.minimum, fmt.maximum + 1, shape) >> int(
            rng.integers(0, fmt.width))
        if kind == 1:
            chosen = rng.random(shape) < 0.3
            weights = np.where(chosen, rng.choice(self._weights, shape), weights)
        return weights

    def _put(self, weights, x):
        """Put drives of the first pass upwards beside edges, layer after layer."""
        rng, design = self._rng, self._design
        discard = design.drive_fraction - design.state.fraction
        one = design.rate.one
        rates = self._model._input(x)
        if design.engine.spiking:
            rates = one * (rates >= one // 2)
        for layer in range(1, design.network.depth + 1):
            matrix = weights[f"W{layer}"]
            walked = np.append(rates, one) if design.engine.biases else rates
            targets = self._targets[layer == design.network.depth]
            common = rng.choice(targets) if rng.random() < 0.3 else None  # as equal as can be
            for row in matrix:
                if rng.random() < PUT:
                    state = rng.choice(targets) if common is None else common
                    state = int(state + rng.integers(-FARTHEST, FARTHEST + 1))
                    solve(row, walked, (state << discard) + self._rest(discard),
                          design.weight, one, design.engine.biases)
            drive = matrix @ walked
            state, _ = arithmetic.requantise(drive, design.drive_fraction, design.state)
            if design.engine.spiking:
                rates = one * (state >= design.state.one)
            else:
                rates = arithmetic.activate(state, design, layer)

    def _rest(self, discard):
        """Bits that the drive's rounding drops: a half, or beside it, or nothing, or any."""
        half = 1 << discard >> 1
        if self._design.engine.spiking:
            return 0
        return int(self._rng.choice([0, half, half - 1, half + 1, self._rng.integers(0, 2 * half)],
                                   p=[0.2, 0.3, 0.15, 0.15, 0.2]))


def usual(fmt):
    """Numbers of a format beside which something may happen, in order."""
    return sorted(value for value in {
        fmt.minimum, fmt.minimum + 1, -1, 0, 1, 2, 3, fmt.one // 2, fmt.one - 1, fmt.one,
        fmt.maximum - 1, fmt.maximum} if fmt.contains(value))


def _targets(design, output):
    """States beside which a drive of the first pass upwards shows what edges do.

    They are the edges themselves, and what comes to one when noise or nudging is added.
    """
    rule, state, rate, one = design.rule, design.state, design.rate, design.rate.one
    if rule.engine.spiking:
        return np.array([-state.one, state.one, 3 * state.one, *_lasting(design)])
    ends, offsets = {state.minimum, state.maximum, 0, one}, {0}
    activation = design.network.output if output else design.network.hidden
    if activation is Activation.SOFT:
        ends |= {sign * edge for edge in arithmetic.soft_edges(one) for sign in (-1, 1)}
        offsets = {sign * (one >> rule.noise_shift) for sign in (-1, 1)}
    else:
        ends |= set(arithmetic.rate_limits(design, design.network.depth if output else 1))
    if output and rule.engine.feedback_weights:
        ends |= {target - end for target in (0, one)
                 for end in (design.difference.minimum, design.difference.maximum)}
    if output and hasattr(rule, "nudging_shift"):
        offsets |= {sign * ((target - r) >> rule.nudging_shift) for sign in (-1, 1)
                    for target in (0, one) for r in (0, rate.minimum, rate.maximum, one)}
    return np.array(sorted({end + offset for end in ends for offset in offsets}))


def _lasting(design):
    """Drives that bring a potential to its format's lower end if they come in every time step."""
    lowest, steps = design.state.minimum, design.rule.steps
    drives = np.arange(lowest // 2, 0)
    current, u, found = np.zeros_like(drives), np.zeros_like(drives), []
    for _ in range(steps):
        current = current - (current >> 1) + drives
        u = u - (u >> 2) + current
        found += list(drives[abs(u - lowest) <= 1])
        u = np.maximum(u, lowest)
    return found


def solve(row, rates, wanted, fmt, one, biased):
    """Change a row of weights so that row @ rates is `wanted`, as far as the weights go."""
    def change(j, by):
        new = min(max(int(row[j]) + by, fmt.minimum), fmt.maximum)
        row[j], by = new, new - int(row[j])
        return by * int(rates[j])

    last = len(row) - 1 if biased else len(row)
    rest = wanted - int(row @ rates)
    reach = one << fmt.width - 2 if biased else 0
    for j in sorted(range(last), key=lambda j: -abs(int(rates[j]))):
        if rates[j] and abs(rest) > reach:
            rest -= change(j, int(rest / int(rates[j])))
    if not biased:
        return
    odd = next((j for j in range(last) if rates[j] % 2), None)
    if rest % one and odd is not None:
        by = rest * pow(int(rates[odd]), -1, one) % one
        rest -= change(odd, by if row[odd] + by <= fmt.maximum else by - one)
    change(last, rest // one)
