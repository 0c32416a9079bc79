"""Integer phaseless alignment learning against the float reference; units, noise, decay, angles."""

from dataclasses import replace

import numpy as np
import pytest

from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import RoundingGenerator, integer_model
from cortigate.golden.integer.arithmetic import activate, round_shift, soft_slope
from cortigate.golden.reference.pal import LayeredModel, Noise, PalCredit, angle
from cortigate.golden.reference.pal import PhaselessRule as FloatRule
from cortigate.golden.reference.pal.rule import HIDDEN, KNOTS
from cortigate.golden.reference.samples import targets_of
from cortigate.golden.spec import Feedback, Operation, QFormat, Rounding
from cortigate.golden.spec.rules.pal import Mode, PalRule

SIZES = (6, 5, 4, 3)
FINE = {"rate": QFormat(2, 13), "state": QFormat(4, 13), "weight": QFormat(2, 18)}
STEP = 2.0**-13  # of rates and states; half of it is a rounding's largest error
PHI = HIDDEN["ptanh"]


def design_of(rule, sizes=SIZES, **formats):
    return PalRule.design(sizes, rule=rule, **FINE | formats)


def start(design, seed=0):
    """A model and its weights as real numbers, exactly."""
    model = integer_model(design)
    model.set_weights(initial_weights(design, seed))
    return model, {n: design.weight.to_float(w) for n, w in model.weights.items()}


def samples(design, count, seed=1):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, design.sample.one + 1, (count, design.network.sizes[0]))
    return x, rng.integers(0, design.network.sizes[-1], count)


def passes(trace, name, mode=None, operation=Operation.FORWARD):
    return [p for p in trace.passes
            if p.operation is operation and p.matrix == name and p.mode is mode]


class Replayed:
    """The noise of a trace for the float reference, time step after time step."""

    def __init__(self, trace, design):
        hidden = range(1, design.network.depth)
        discard = design.drive_fraction - design.state.fraction
        signs = [[np.sign(p.state - round_shift(p.drive, discard))
                  for p in passes(trace, f"W{n}", Mode.FREE)] for n in hidden]
        self.steps = iter([np.concatenate(one)[None] * 2.0**-design.rule.noise_shift
                           for one in zip(*signs, strict=True)])

    def step(self):
        return next(self.steps)


def float_of(design, weights, trace):
    """The float reference about to take a trace's steps with the same noise."""
    rule = design.rule
    model = LayeredModel(FloatRule(
        design.network.sizes, steps=rule.steps, noise=Noise.BINARY, sigma=2.0**-rule.noise_shift,
        tau_noise=1.0, tau_highpass=1.0, limit=2.0**-rule.clip_shift, rate=rule.learning_rate,
        back_rate=2.0**(rule.noise_shift - rule.feedback_rate_shift),
        back_decay=2.0**-rule.decay_shift,
        credit=PalCredit.PAL if rule.feedback.learns else PalCredit.ALIGNMENT), weights)
    model.noise = Replayed(trace, design)
    return model


class Bounds:
    """Bounds of |integer - float| of every quantity, carried along with the float reference.

    Each state is an exact sum rounded to a half step, each slope below 1 may cut another step off
    a rate, and each weight is rounded once a time step. A slope is that of another piece where the
    potential is nearer to a knot than it is wrong.
    """

    def __init__(self, design, weights):
        self.design, self.rule = design, design.rule
        self.weights = {n: np.zeros_like(w) for n, w in weights.items()}
        self.rates = None

    def drive(self, w, dw, r, dr):
        return abs(w) @ dr + dw @ (abs(r) + dr) + STEP / 2

    def step(self, floats, weights):
        """After the reference has taken a step from `weights`."""
        depth, rule, to_one = self.design.network.depth, self.rule, floats.rates
        rates = [to_one[floats._with_bias[n]] for n in range(depth + 1)]
        old, self.rates = self.rates, [np.zeros(len(rates[0]))]
        potentials = [None]
        for n in range(1, depth + 1):
            potentials.append(self.drive(weights[f"W{n}"], self.weights[f"W{n}"],
                                         rates[n - 1], self.rates[-1]))
            self.rates.append(np.append(potentials[n] + STEP * (n < depth), 0.0))
        errors = {depth: potentials[depth]}
        for n in range(depth - 1, 0, -1):
            exact = weights[f"B{n}"] @ floats.errors[n + 1]
            wrong = self.drive(weights[f"B{n}"], self.weights[f"B{n}"], floats.errors[n + 1],
                               errors[n + 1])
            u, du = floats.potentials[n], potentials[n]
            slopes = np.stack([PHI.slope(u), PHI.slope(u - du), PHI.slope(u + du)])
            errors[n] = (slopes.max(axis=0) * wrong + STEP / 2
                         + np.ptp(slopes, axis=0) * (abs(exact) + wrong))
        half = 2.0**-(self.design.weight.fraction + 1)
        for n in range(1, depth + 1):
            e, de, r, dr = floats.errors[n], errors[n], rates[n - 1], self.rates[n - 1]
            self.weights[f"W{n}"] += half + rule.learning_rate * (
                np.outer(abs(e), dr) + np.outer(de, abs(r) + dr))
        for n in range(1, depth) if rule.feedback.learns else ():
            hat = np.zeros(len(floats.potentials[n + 1])) if old is None else (
                (old[n + 1] + self.rates[n + 1])[:-1])
            self.weights[f"B{n}"] *= 1.0 - 2.0**-rule.decay_shift
            self.weights[f"B{n}"] += half + 2.0**-rule.feedback_rate_shift * hat


@pytest.mark.parametrize("rule", [
    PalRule(), PalRule(4, 3, 4, 6, 2, 4), PalRule(4, 5, 4, 9, 0, 2),
    PalRule(4, 3, 4, 6, 2, 4, Feedback.RANDOM)],
    ids=["recommended", "large steps", "never clipped", "fixed feedback"])
def test_every_weight_is_that_of_the_float_reference(rule):
    design = design_of(rule)
    model, weights = start(design)
    raw = dict(model.weights)
    largest, moved = ({name: 0.0 for name in weights} for _ in range(2))
    for x, label in zip(*samples(design, 12), strict=True):
        model.set_weights(raw)
        trace = model.learn(x, int(label))
        assert trace.weight_saturations == trace.state_saturations == 0
        floats, bounds = float_of(design, weights, trace), Bounds(design, weights)
        real = design.sample.to_float(x)
        for turn in range(rule.steps):
            before = {name: w.copy() for name, w in floats.weights.items()}
            if turn == 0:  # no rate counts as changed: see what the step will make of them
                twin = float_of(design, before, trace)
                twin.step(real, targets_of(int(label), SIZES[-1]))
                floats.highpass.before = twin.rates.copy()
            output = floats.step(real, targets_of(int(label), SIZES[-1]))
            bounds.step(floats, before)
            if turn == 0:
                prediction = int(output.argmax())
                margin = np.sort(output)[-1] - np.sort(output)[-2]
                unsure = 2 * bounds.rates[-1].max()
        assert trace.prediction == prediction or margin <= unsure
        for name, w in floats.weights.items():
            wrong = abs(design.weight.to_float(model.weights[name]) - w)
            assert (wrong <= bounds.weights[name]).all(), name
            largest[name] = max(largest[name], bounds.weights[name].max())
            moved[name] = max(moved[name], abs(w - weights[name]).max())
    # The bound means something: every matrix moves by far more.
    learned = [name for name in weights if name[0] == "W" or rule.feedback.learns]
    assert all(moved[name] > 3 * largest[name] for name in learned), (moved, largest)
    assert all(moved[name] == 0.0 for name in weights if name not in learned)


def test_the_first_step_of_a_sample_counts_no_change():
    design = design_of(PalRule(steps=1, decay_shift=1))
    model, _ = start(design)
    for x, label in zip(*samples(design, 3), strict=True):
        old = dict(model.weights)
        trace = model.learn(x, int(label))
        for layer in (1, 2):
            (update,) = passes(trace, f"B{layer}", operation=Operation.UPDATE)
            assert not update.walked.any() and update.lanes.any()
            # What does not learn still decays: to a half, rounded to the nearest.
            left = np.abs(2 * model.weights[f"B{layer}"] - old[f"B{layer}"])
            assert left.max() <= 1
        assert (model.weights["W1"] != old["W1"]).any()
    trace = integer_model(design_of(PalRule(steps=3)))
    trace.set_weights(initial_weights(design, 0))
    hats = [p.walked for p in passes(trace.learn(x, 0), "B1", operation=Operation.UPDATE)]
    assert not hats[0].any() and hats[1].any() and hats[2].any()
    limit = design.rate.one >> design.rule.clip_shift
    assert max(abs(h).max() for h in hats) <= limit


def test_feedback_weights_halve_in_the_time_that_their_decay_says():
    """Without noise reaching them, B shrinks by (1 - 2**-k) a step, whatever the rounding."""
    design = PalRule.design((4, 3, 2), rule=PalRule(decay_shift=6, steps=32), lanes=2)
    model = integer_model(design)
    weights = {name: 0 * w for name, w in model.weights.items()}
    weights["B1"] = design.weight.from_float(np.array([[1.5, -1.5], [0.75, 1.0], [-1.0, 0.5]]))
    model.set_weights(weights)
    zero = np.zeros(4, np.int64)
    for _ in range(2):
        model.learn(zero, 0, update_shift=design.update_shifts[1])
    wanted = (1.0 - 2.0**-6)**64 * weights["B1"]
    # Stochastic rounding: 64 errors below a unit each, deviation 1/2 at most.
    assert (abs(model.weights["B1"] - wanted) < 5 * 0.5 * 8 + 64 * 2.0**-8).all()


def test_fixed_feedback_is_all_that_is_fixed():
    """One step, the same noise: W learns what it does with feedback that learns, B nothing."""
    rule = PalRule(4, 3, 4, 6, 2, steps=1)
    learned, fixed = (start(design_of(replace(rule, feedback=feedback)))[0]
                      for feedback in (Feedback.LEARNED, Feedback.RANDOM))
    first = {name: w.copy() for name, w in fixed.weights.items()}
    for x, label in zip(*samples(fixed.design, 8), strict=True):
        for model in (learned, fixed):
            model.learn(x, int(label))
        assert (learned.weights["B1"] != first["B1"]).any()
        for name, values in fixed.weights.items():
            if name[0] == "B":
                np.testing.assert_array_equal(values, first[name])
                learned.weights[name] = values.copy()
            else:
                np.testing.assert_array_equal(values, learned.weights[name])
                assert (values != first[name]).any()
    np.testing.assert_array_equal(fixed.states, learned.states)
    before = {name: w.copy() for name, w in fixed.weights.items()}
    fixed.learn(x, None)  # without a target nothing is wrong, and nothing learns
    assert all((before[name] == w).all() for name, w in fixed.weights.items())


def test_angles_fall_while_the_forward_weights_stand_still():
    """With a memory of 1024 steps instead of 8192, after one and two of them."""
    design = PalRule.design((12, 8, 4, 6, 3), lanes=4, weight=QFormat(2, 16),
                     rule=PalRule(4, feedback_rate_shift=4, decay_shift=10))
    model, _ = start(design, 3)
    fixed = {n: w.copy() for n, w in model.weights.items() if n[0] == "W"}
    found = []

    def measure():
        return [angle(model.weights[f"B{n}"].astype(float),
                      model.weights[f"W{n + 1}"][:, :-1].T.astype(float)) for n in (1, 2, 3)]

    x, labels = samples(design, 600, 4)
    for count, (one, label) in enumerate(zip(x, labels, strict=True)):
        if count in (0, 250):
            found.append(measure())
        model.learn(one, int(label))
        model.weights |= {n: w.copy() for n, w in fixed.items()}
    found.append(measure())
    first, middle, last = np.array(found)
    assert (first > 60).all() and (middle < first).all()
    assert (last < 40).all(), found


# ---- noise ---------------------------------------------------------------------------------


def test_noise_goes_on_from_its_state_and_is_not_moved_by_the_rounding():
    whole, parts = (RoundingGenerator(3, 5, noise=1) for _ in range(2))
    one = whole.noise(100)
    pieces = []
    for count in (1, 2, 30, 67):
        pieces.append(parts.noise(count))
        parts.draw(count)
    assert np.array_equal(one, np.concatenate(pieces))
    assert whole.states[3] == parts.states[3] and (whole.states[:3] != parts.states[:3]).all()
    again = RoundingGenerator(3, 5, noise=1)
    again.states[...] = parts.states
    assert np.array_equal(again.noise(50), parts.noise(50))
    alone = RoundingGenerator(0, 5, noise=1)
    assert alone.states.shape == (1,) and set(alone.noise(100)) == {0, 1}


def test_noise_is_balanced_white_and_independent_across_neurons():
    """Bounds of 5 standard deviations, or of the largest of so many values."""
    neurons, steps = 40, 2048
    sign = 2.0 * RoundingGenerator(8, 1, noise=1).noise(neurons * steps).reshape(
        steps, neurons) - 1.0
    assert abs(sign.mean()) < 5 / np.sqrt(neurons * steps)
    correlation = sign.T @ sign / steps - np.eye(neurons)
    assert abs(correlation).max() < 5 / np.sqrt(steps)
    # Sampled at a power of two, a trinomial's sequence stays one, with wider tails: 32 neurons.
    even = 2.0 * RoundingGenerator(8, 1, noise=1).noise(32 * steps).reshape(steps, 32) - 1.0
    assert abs(even.T @ even / steps - np.eye(32)).max() < 8 / np.sqrt(steps)
    later = sign[:-1].T @ sign[1:] / (steps - 1)  # of each neuron with all one step later
    assert abs(later).max() < 5 / np.sqrt(steps)
    # Periodograms of white noise are exponential with mean 1: flat over 16 bands, no line.
    spectrum = np.abs(np.fft.rfft(sign, axis=0)[1:-1])**2 / steps
    bands = np.array([band.mean() for band in np.array_split(spectrum, 16)])
    count = spectrum.size / 16
    assert abs(bands - 1.0).max() < 5 / np.sqrt(count)
    assert spectrum.max() < np.log(spectrum.size) + 7  # one in 1000 noises has a larger one
    # Sums over 24 neurons are as wide as the binomial distribution says.
    sums = sign[:, :24].sum(axis=1)
    assert sums.var() == pytest.approx(24, rel=5 * np.sqrt(2 / steps))


def test_an_inference_draws_nothing_and_has_no_noise():
    design = design_of(PalRule())
    model, weights = start(design)
    before = model.generator.states.copy()
    x, _ = samples(design, 5)
    found = model.predict(x)
    assert np.array_equal(model.generator.states, before)
    floats = LayeredModel(FloatRule(SIZES), weights)
    outputs = floats.forward(design.sample.to_float(x))[-1]
    assert np.array_equal(found, outputs.argmax(axis=-1))


# ---- units ---------------------------------------------------------------------------------


@pytest.mark.parametrize("fraction", [4, 8, 12, 13])
def test_the_soft_tanh_is_continuous_odd_and_its_slope_the_difference_quotient(fraction):
    design = design_of(PalRule(noise_shift=4, clip_shift=3, decay_shift=3),
                       rate=QFormat(2, fraction), state=QFormat(4, fraction),
                       sample=QFormat(1, 4, signed=False), weight=QFormat(2, 4 + fraction // 2))
    one = design.rate.one
    s = np.arange(-4 * one, 4 * one)
    r, k = activate(s, design, 1), soft_slope(s, design)
    assert set(np.diff(r)) == {0, 1}, "never falls, never jumps"
    assert np.array_equal(activate(-s, design, 1), -r) and r.max() == one
    assert np.array_equal(soft_slope(-s, design), k)
    # The pieces of the float reference; what a slope shifts out is at most a unit.
    wanted = PHI.rate(s / one) * one
    assert (abs(r - wanted) < 1).all() and (abs(r) <= abs(wanted)).all()
    inside = ~np.isin(s / one, KNOTS)
    slope = np.where(k < 4, 2.0**-k, 0.0)
    assert np.array_equal(slope[inside], PHI.slope(s / one)[inside])
    # Over 8 units of one piece the rate rises by 8 slopes, exactly.
    start_of = np.flatnonzero((k[:-8] == k[8:]) & (np.sign(s[:-8]) == np.sign(s[8:])))
    assert np.array_equal(r[start_of + 8] - r[start_of], 8 * slope[start_of])


def test_errors_pass_the_slope_of_their_own_neuron():
    design = design_of(PalRule(steps=1), sizes=(2, 8, 2))
    model = integer_model(design)
    weights = {name: 0.0 * w for name, w in model.weights.items()}
    weights["W1"][:, -1] = [0.1, -0.7, 1.2, -1.9, 1.4, 0.9, -0.3, 1.99]
    weights["B1"][:] = 0.5
    model.set_weights(weights)
    trace = model.learn(np.zeros(2, np.int64), 0)
    (up,), (down,) = passes(trace, "W1", Mode.FREE), passes(trace, "B1", Mode.ERROR)
    slope = PHI.slope(design.state.to_float(up.state))
    # e_2 = (1, 0): phi' B e is half the slope, which is a power of two.
    assert np.array_equal(design.rate.to_float(down.state), 0.5 * slope)
    assert len(set(slope)) == 4


@pytest.mark.parametrize("rounding", [Rounding.NEAREST_EVEN, Rounding.STOCHASTIC])
def test_a_rate_below_the_last_bit_learns_only_by_chance(rounding):
    design = PalRule.design((2, 2, 2), rule=PalRule(steps=64), lanes=2,
                     weight=QFormat(2, 8, rounding=rounding))
    model = integer_model(design)
    weights = {name: 0.0 * w for name, w in model.weights.items()}
    weights["W2"][:, -1] = [0.9, 0.0]  # e = (0.1, 0): 0.4 of the last bit with 2**-6
    model.set_weights(weights)
    model.learn(np.zeros(2, np.int64), 0)
    assert (model.weights["W2"][0, -1] > design.weight.from_float(np.array(0.9))) == (
        rounding is Rounding.STOCHASTIC)
