"""Rerun the tables of dynamic inversion in float64: regression, digits, the guard.

Rates are those of the reconstruction (golden/reference/inversion), on the nonlinear teacher the
best of 2^-5 … 2^-8 on held-out samples of other seeds. The networks of all seeds learn in step.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from cortigate.golden.datasets import load_digits_split, teacher_regression
from cortigate.golden.reference.inversion.model import DynamicInversion
from cortigate.golden.reference.inversion.rule import (
    DynamicInversionRule,
    InversionCredit,
    InversionFeedback,
    SlopeUse,
)
from cortigate.golden.spec import Network
from cortigate.golden.spec.plain import Plain
from cortigate.golden.spec.rules.ghost import design_for
from cortigate.scripts.tables import Experiment, Section, about, spread

from .accuracy.run import order_of

__all__ = ["Row", "inversion"]

LINEAR, TEACHER = (30, 20, 10), (30, 20, 10, 10)
SHALLOW, DEEP = (64, 32, 10), (64, 64, 32, 10)
EARLY = 1000  # samples after which a regression is looked at for the first time
TEST_SAMPLES = 2000
LEGEND = (
    f"Regression: squared error over the targets' own spread on {TEST_SAMPLES} held-out samples, "
    "geometric mean over the seeds. Digits: held-out accuracy in % after the last epoch, mean ± "
    "sample standard deviation over the seeds."
)
START, TRACKED = InversionFeedback.START, InversionFeedback.TRACKED


@dataclass(frozen=True)
class Row(Plain):
    """One configuration; `length` is samples of a regression, epochs of the digits."""

    label: str
    rule: DynamicInversionRule
    length: int

    @property
    def network(self):
        """Layer sizes and units, as in 64-32-10 htanh/clip."""
        sizes = "-".join(map(str, self.rule.sizes))
        return f"{sizes} {self.rule.hidden}/{self.rule.output}"


# ---- rows ----------------------------------------------------------------------------------


def _rows(base, length, table):
    """Rows of {label: changes}; none has a guard or an early stop unless it says so."""
    base = {"guard": False} | base
    return tuple(Row(label, DynamicInversionRule(**base | changes), length)
                 for label, changes in table.items())


def _loop(credit=InversionCredit.LAYERWISE, feedback=START, alpha=1 / 4, steps=20, **changes):
    return {"credit": credit, "feedback": feedback, "alpha": alpha, "steps": steps} | changes


BACKPROP = {"credit": InversionCredit.BACKPROP}
ALIGNMENT = {"credit": InversionCredit.ALIGNMENT, "feedback": InversionFeedback.RANDOM}
ALIGNMENT_START = {"credit": InversionCredit.ALIGNMENT, "feedback": START}
PSEUDO = {"credit": InversionCredit.PSEUDO_INVERSE}
SINGLE = _loop(InversionCredit.SINGLE_LOOP, ku=1 / 8, kd=1.0, steps=40)


def _eta(rows, shifts):
    return {label: changes | {"eta": 2.0**-shifts.get(label, shifts[None])}
            for label, changes in rows.items()}


def linear():
    """Copying a linear map with weights in -1 .. 1, 30-20-10, online, x ~ N(0, 1)."""
    table = _eta({
        "BP": BACKPROP, "FA": ALIGNMENT, "PBP": PSEUDO,
        "NDI alpha 1/16 B=W0^T": _loop(InversionCredit.STEADY, alpha=1 / 16),
        "DI alpha 1/16 T40 B=W0^T": _loop(alpha=1 / 16, steps=40),
        "DI alpha 1/4 T20 B=W^T": _loop(feedback=TRACKED),
        "SLDI alpha 1/4 B=W0^T": SINGLE,
    }, {None: 7, "NDI alpha 1/16 B=W0^T": 8})
    return Section(about(linear), _rows({"sizes": LINEAR, "hidden": "linear", "output": "linear"},
                                         4000, table), _regression((30, 10), 10.0**0.5), quick=1000)


def nonlinear():
    """Copying a random tanh network of the same shape, 30-20-10-10, gain 1.5, online."""
    follows = {"alpha": 1 / 16, "steps": 20}
    table = _eta({
        "BP": BACKPROP, "FA": ALIGNMENT,
        # Without the clip a small singular value of W now and then throws the weights far away.
        "PBP, delta up to 2": PSEUDO | {"largest_delta": 2.0},
        "DI alpha 1/16 T40 B=W^T": _loop(feedback=TRACKED, alpha=1 / 16, steps=40),
        "DI alpha 1/4 T20 B=W^T": _loop(feedback=TRACKED),
        **{f"DI alpha 1/16 T20 B<-W^T every {n}": _loop(
            feedback=InversionFeedback.REFRESHED, refresh=n, guard=True, **follows)
           for n in (100, 1000)},
        "DI alpha 1/4 T20 Kolen-Pollack": _loop(
            feedback=InversionFeedback.KOLEN_POLLACK, upper_gain=0.05, decay=2.0**-14, guard=True),
        "NDI alpha 1/16 B=W0^T": _loop(InversionCredit.STEADY, alpha=1 / 16),
        "DI alpha 1/4 T20 B=W0^T": _loop(),
        "SLDI alpha 1/4 B=W0^T": SINGLE,
    }, NONLINEAR_SHIFTS)
    return Section(about(nonlinear), _rows({"sizes": TEACHER, "hidden": "tanh",
                                             "output": "linear"}, 40000, table),
                   _regression(TEACHER, 1.5), quick=1000)


# Of 2^-5 … 2^-8. Fixed feedback comes near divergence at 2^-5 on some seeds.
NONLINEAR_SHIFTS = {None: 5, "BP": 6, "FA": 6, "NDI alpha 1/16 B=W0^T": 6,
                    "DI alpha 1/4 T20 B=W0^T": 6, "SLDI alpha 1/4 B=W0^T": 6}


def digits():
    """Digits, one sample at a time, 20 epochs."""
    rows = ()
    for sizes, steps in ((SHALLOW, 20), (DEEP, 30)):
        shallow = sizes == SHALLOW
        smooth = {
            "BP": BACKPROP, "FA": ALIGNMENT, "PBP": PSEUDO,
            "NDI alpha 1/4 B=W0^T": _loop(InversionCredit.STEADY),
            "DI alpha 1/4 B=W0^T": _loop(steps=steps),
            "SLDI alpha 1/4 B=W0^T": SINGLE,
        }
        clipped = smooth | {
            "FA B=W0^T": ALIGNMENT_START,
            "DI alpha 1/4 B=W^T": _loop(feedback=TRACKED, steps=steps),
            "DI gated alpha 1/4 B=W0^T": _loop(steps=steps, slope=SlopeUse.GATED),
        }
        if shallow:
            clipped |= {"DI alpha 1/16 T40 B=W0^T": _loop(alpha=1 / 16, steps=40)}
        faster = {None: 4} if shallow else {None: 5, "BP": 4, "FA": 4}
        rows += _rows({"sizes": sizes, "hidden": "tanh", "output": "softmax"}, 20,
                      _eta(smooth, faster))
        rows += _rows({"sizes": sizes}, 20, _eta(clipped, {None: 5 if shallow else 6}))
    return Section(about(digits), rows, partial(_train, _classify))


def guard():
    """B = W^T where the output weights outgrow the stable range: without and with the guard."""
    rows = ()
    for sizes, steps, shift in ((SHALLOW, 20, 4), (DEEP, 30, 5)):
        table = {f"DI alpha 1/4 B=W^T, {'guard' if on else 'no guard'}":
                 _loop(feedback=TRACKED, steps=steps, guard=on, eta=2.0**-shift)
                 for on in (False, True)}
        rows += _rows({"sizes": sizes, "hidden": "tanh", "output": "softmax"}, 20, table)
    return Section(about(guard), rows, partial(_train, _classify))


# ---- training ------------------------------------------------------------------------------


def normalised_error(model, x, y):
    """Squared error over the targets' own spread, one number for each network."""
    error = ((model.forward(x)[-1] - y) ** 2).sum(axis=(-1, -2))
    return error / ((y - y.mean(axis=-2, keepdims=True)) ** 2).sum(axis=(-1, -2))


def _regression(*teacher):
    """What trains the rows of a regression from a teacher (sizes, gain)."""
    return partial(_train, partial(_regress, teacher))


def _regress(teacher, model, row, seeds):
    """Normalised squared error of each network after EARLY samples and at the end."""
    sizes, gain = teacher
    sets = [teacher_regression(sizes, gain, row.length, TEST_SAMPLES, seed) for seed in seeds]
    x, y, x_test, y_test = (np.stack([getattr(data, name) for data in sets])
                            for name in ("x_train", "y_train", "x_test", "y_test"))
    checks = {}
    for sample in range(row.length):
        model.learn(x[:, sample], y[:, sample])
        if sample + 1 in (EARLY, row.length):
            checks[sample + 1] = normalised_error(model, x_test, y_test)
    final = checks[row.length]
    return {"error": _finite(final), "early": _finite(checks.get(EARLY, final))}


def _finite(errors):
    """A list with None (JSON has no infinity) where a network has diverged."""
    return [float(error) if np.isfinite(error) else None for error in errors]


def _classify(model, row, seeds):
    """Held-out accuracy in % of each network after each epoch, epochs x seeds."""
    sets = [load_digits_split(seed) for seed in seeds]
    x, y, x_test, y_test = (np.stack([getattr(data, name) for data in sets])
                            for name in ("x_train", "y_train", "x_test", "y_test"))
    design, member, accuracies = design_for(Network(row.rule.sizes)), np.arange(len(seeds)), []
    for epoch in range(row.length):
        orders = np.stack([order_of(design, x.shape[1], seed, epoch) for seed in seeds])
        for chosen in orders.T:
            model.learn(x[member, chosen], y[member, chosen])
        accuracies.append((100.0 * (model.predict(x_test) == y_test).mean(axis=-1)).tolist())
    return {"accuracies": accuracies}


def _train(learn, row, seeds):
    """What the networks of all seeds reach by `learn`, and how they stand at the end."""
    # Without a guard some rows diverge, which is their result.
    with np.errstate(over="ignore", invalid="ignore"):
        model = DynamicInversion(row.rule, seed=seeds)
        result = learn(model, row, seeds)
        top = model.weights[f"W{row.rule.depth}"][..., :-1]
        sigmas = [float(np.linalg.norm(w, 2)) if np.isfinite(w).all() else None for w in top]
    return {"guarded": int(sum(count.sum() for count in model.guarded.values())),
            "largest sigma of W_L": sigmas} | result


# ---- report --------------------------------------------------------------------------------


def geometric_mean(errors):
    """Geometric mean; infinite if one network has diverged (None)."""
    return np.inf if None in errors else float(np.exp(np.log(errors).mean()))


def _settings(row):
    rule = row.rule
    return {"eta": rule.eta, "alpha": rule.alpha, "ku": rule.ku, "kd": rule.kd,
            "steps": rule.steps, "credit": rule.credit.value, "feedback": rule.feedback.value,
            "slope": rule.slope.value, "guard": rule.guard}


def _figures(row):
    """Name and text of what a row has reached."""
    sigmas = [s for s in row["largest sigma of W_L"] if s is not None]
    common = {"rate": f"2^{np.log2(row['eta']):g}", "guard stepped in": (
        f"{row['guarded']}" if row["guard"] else "–"),
        "sigma max of W_L": f"{max(sigmas):.2f}" if len(sigmas) == len(row["seeds"]) else "∞"}
    if "accuracies" in row:
        final = row["accuracies"][-1]
        return [{"accuracy": spread(final), "least": f"{min(final):.2f}",
                 "epochs": f"{row['length']}"} | common]
    error, early = geometric_mean(row["error"]), geometric_mean(row["early"])
    return [{f"after {min(EARLY, row['length'])}": f"{early:.1e}", "at the end": f"{error:.1e}",
             "worst": f"{np.inf if None in row['error'] else max(row['error']):.1e}",
             "samples": f"{row['length']}"} | common]


INVERSION = Experiment(
    "inversion", "Dynamic inversion, float64", LEGEND,
    {"linear": linear, "nonlinear": nonlinear, "digits": digits, "guard": guard},
    _settings, _figures)
inversion = INVERSION.run
