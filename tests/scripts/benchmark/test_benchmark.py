"""The programs that the chip is compared with: they learn the same, and say what is missing."""

import dataclasses
import math
import sys
import time

import numpy as np
import pytest

from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.reference.baselines import BackpropModel
from cortigate.golden.spec import Activation, Network, preset
from cortigate.golden.spec.rules.ghost import design_for
from cortigate.golden.spec.rules.inversion import InversionRule
from cortigate.scripts.benchmark import compiled, portion, timing
from cortigate.scripts.benchmark.backprop import BOUNDS, RATE, NumpyBackprop, task_for
from cortigate.scripts.benchmark.compiled import CompiledBackprop, NoCompiler, compiler
from cortigate.scripts.benchmark.portion import Portion
from cortigate.scripts.benchmark.timing import Speed, check_losses, speed_of, speeds

DATA = load_digits_split(0)
SAMPLES = 120
# Sums in float32, 64 terms of order 1, over 120 updates that build on each other.
CLOSE = {"rtol": 2e-4, "atol": 2e-4}


def have_compiler():
    try:
        compiler()
    except NoCompiler:
        return False
    return True


needs_compiler = pytest.mark.skipif(not have_compiler(), reason="there is no C compiler")


def task(design, samples=SAMPLES, **changes):
    return task_for(design, DATA.x_train[:samples], DATA.y_train[:samples], **changes)


def learned(program):
    program.learn()
    return program


def assert_same(program, other):
    np.testing.assert_allclose(program.losses, other.losses, **CLOSE)
    assert program.weights.keys() == other.weights.keys()
    for name, values in other.weights.items():
        np.testing.assert_allclose(program.weights[name], values, **CLOSE)


# Widths below, at and above whole vectors of 16; one, two and four hidden layers.
DESIGNS = [design_for(Network((64, *hidden, 10))) for hidden in
           ((32,), (64, 32), (17, 48, 150, 9))]


@needs_compiler
@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: str(design.network))
@pytest.mark.parametrize("dense", [False, True])
def test_c_learns_what_numpy_learns(design, dense):
    here = task(design)
    assert_same(learned(CompiledBackprop(here, dense)), learned(NumpyBackprop(here)))


@needs_compiler
@pytest.mark.parametrize("hidden", list(BOUNDS))
def test_every_hidden_unit(hidden):
    design = InversionRule.design((64, 30, 20, 10))
    here = dataclasses.replace(task(design), bounds=BOUNDS[hidden])
    numpy = learned(NumpyBackprop(here))
    assert_same(learned(CompiledBackprop(here)), numpy)
    assert numpy.losses[-20:].mean() < numpy.losses[:20].mean()


@needs_compiler
def test_a_rate_of_zero_between_the_bounds_still_gets_its_error():
    # All potentials are exactly zero at first: the slope is 1 for hard tanh, 0 for a clip at zero.
    for hidden, moves in ((Activation.TANH, True), (Activation.CLIP, False)):
        here = task(preset("digits"), samples=1)
        weights = {name: np.zeros_like(values) for name, values in here.weights.items()}
        weights["W2"][:, :-1] = 1
        here = dataclasses.replace(here, bounds=BOUNDS[hidden], weights=weights)
        numpy, c = learned(NumpyBackprop(here)), learned(CompiledBackprop(here))
        assert_same(c, numpy)
        assert bool(c.weights["W1"].any()) is moves


def test_numpy_learns_what_the_float64_baseline_learns():
    design = preset("digits-deep")
    here = task(design)
    model = BackpropModel.from_design(design, here.weights)
    shift = -math.log2(here.rate / model.rule.beta)  # its k is that of eta / beta
    losses = []
    for x, label in zip(here.x, here.labels, strict=True):
        target = np.eye(10)[label]
        losses.append(0.5 * ((target - model.forward(x)[-1][0]) ** 2).sum())
        model.learn(x, int(label), update_shift=shift)
    for ger in (True, False):
        numpy = learned(NumpyBackprop(here, ger))
        np.testing.assert_allclose(numpy.losses, losses, **CLOSE)
        for name, values in model.weights.items():
            np.testing.assert_allclose(numpy.weights[name], values, **CLOSE)
    assert "ger" in NumpyBackprop(here).about  # SciPy comes with scikit-learn


@pytest.mark.parametrize("design", [preset("digits-deep"), preset("inversion-deep")],
                         ids=["clip", "tanh"])
def test_pytorch_learns_what_numpy_learns(design):
    pytest.importorskip("torch")
    from cortigate.scripts.benchmark.pytorch import TorchBackprop
    here = task(design)
    assert_same(learned(TorchBackprop(here)), learned(NumpyBackprop(here)))


# ---- samples left alone ----------------------------------------------------------------------

MARGINS = [design.replace(margin_shift=2) for design in (
    DESIGNS[0], design_for(Network((64, 70, 17, 10))), InversionRule.design((64, 30, 20, 10)))]


def test_a_task_has_its_designs_margin_and_then_its_rate():
    here = task(MARGINS[0], samples=1)
    assert (here.margin, here.rate) == (0.25, 2.0**-MARGINS[0].rule.learning_rate_shift)
    assert (task(DESIGNS[0], samples=1).margin, task(DESIGNS[0], samples=1).rate) == (
        math.inf, RATE)


@needs_compiler
@pytest.mark.parametrize("design", MARGINS, ids=lambda design: str(design.network))
@pytest.mark.parametrize("dense", [False, True])
def test_c_leaves_alone_what_numpy_leaves_alone(design, dense):
    here = task(design, samples=400)
    numpy, c = learned(NumpyBackprop(here)), learned(CompiledBackprop(here, dense))
    assert_same(c, numpy)
    assert c.left == numpy.left and 20 < c.left < 380
    everything = learned(CompiledBackprop(dataclasses.replace(here, margin=math.inf), dense))
    assert everything.left == 0
    assert not np.allclose(everything.weights["W1"], c.weights["W1"], **CLOSE)
    learned(c)
    assert c.left < 400  # of this pass alone


def test_numpy_leaves_alone_what_the_float64_baseline_leaves_alone():
    here = task(MARGINS[1], samples=400)
    model = BackpropModel.from_design(MARGINS[1].replace(margin_shift=None), here.weights)
    shift = -math.log2(here.rate / model.rule.beta)
    left = 0
    for x, label in zip(here.x, here.labels, strict=True):
        outputs = model.forward(x)[-1][0]
        if outputs[label] - np.delete(outputs, label).max() >= 0.25:
            left += 1
        else:
            model.learn(x, int(label), update_shift=shift)
    numpy = learned(NumpyBackprop(here))
    assert numpy.left == left > 20
    for name, values in model.weights.items():
        np.testing.assert_allclose(numpy.weights[name], values, **CLOSE)


@needs_compiler
@pytest.mark.parametrize("bias, left", [(0.25, 1), (np.nextafter(np.float32(0.25), 0), 0)])
def test_a_lead_of_the_very_margin_is_enough_and_a_bit_less_is_not(bias, left):
    here = task(MARGINS[0], samples=1)
    weights = {name: np.zeros_like(values) for name, values in here.weights.items()}
    weights["W2"][here.labels[0], -1] = bias
    here = dataclasses.replace(here, weights=weights)
    for program in (CompiledBackprop(here), NumpyBackprop(here)):
        before = program.weights
        learned(program)
        assert program.left == left
        same = [np.array_equal(program.weights[name], before[name]) for name in before]
        assert all(same) is bool(left)
        assert program.losses[0] == pytest.approx(0.5 * (1 - bias) ** 2)


def test_pytorch_leaves_alone_what_numpy_leaves_alone():
    pytest.importorskip("torch")
    from cortigate.scripts.benchmark.pytorch import TorchBackprop
    here = task(MARGINS[0], samples=300)
    numpy, torch = learned(NumpyBackprop(here)), learned(TorchBackprop(here))
    assert_same(torch, numpy)
    assert torch.left == numpy.left > 20


def test_the_share_that_is_left_alone_is_in_the_speed():
    program = NumpyBackprop(task(MARGINS[0], samples=300))
    found = speed_of(program, seconds=0)
    assert found.left == program.left / 300 > 0
    assert speed_of(NumpyBackprop(task(DESIGNS[0], samples=20)), seconds=0).left == 0


# ---- what is learned before ------------------------------------------------------------------


def test_a_portion_goes_round_and_is_no_larger_than_the_data():
    size = len(DATA.x_train)
    x, labels = Portion(DATA, 5, size - 2).samples
    np.testing.assert_array_equal(labels, DATA.y_train[[size - 2, size - 1, 0, 1, 2]])
    np.testing.assert_array_equal(x[2], DATA.x_train[0])
    assert len(Portion(DATA, 10 * size).samples[0]) == size


def test_weights_are_those_that_the_samples_before_leave(monkeypatch):
    monkeypatch.setattr(portion, "CHUNK", 16)
    design = preset("digits")
    model = integer_model(design)
    model.set_weights(initial_weights(design, 3))
    for name, values in Portion(DATA, 5).weights(design, 3).items():
        np.testing.assert_array_equal(values, model.weights[name])
    for x, label in zip(design.sample.from_float(DATA.x_train[:40]), DATA.y_train, strict=False):
        model.learn(x, int(label))
    found = Portion(DATA, 5, 40).weights(design, 3)
    for name, values in model.weights.items():
        np.testing.assert_array_equal(found[name], values)


def test_so_are_those_of_the_programs_with_a_compiler_and_without(monkeypatch):
    monkeypatch.setattr(portion, "CHUNK", 16)
    expected = learned(NumpyBackprop(task(DESIGNS[0], samples=40, seed=3))).weights
    for command in ("", "no-such-compiler"):
        monkeypatch.setenv("CC", command)
        found = Portion(DATA, 5, 40).task(DESIGNS[0], 3)
        np.testing.assert_array_equal(found.labels, DATA.y_train[40:45])
        for name, values in expected.items():
            np.testing.assert_allclose(found.weights[name], values, **CLOSE)


# ---- passes ----------------------------------------------------------------------------------


def test_every_pass_starts_from_the_same_weights():
    program = NumpyBackprop(task(preset("digits"), samples=20))
    first = learned(program).losses.copy()
    assert not np.array_equal(learned(program).losses, first)
    program.reset()
    np.testing.assert_array_equal(learned(program).losses, first)
    found = speed_of(program, seconds=0)
    assert program.losses.tolist() == first.tolist()
    assert found.low <= found.median <= found.high <= found.best
    assert found.repetitions >= timing.REPETITIONS


def test_a_program_whose_core_is_taken_away_is_told_apart(monkeypatch):
    program = NumpyBackprop(task(preset("digits"), samples=5))
    monkeypatch.setattr(program, "learn", lambda: time.sleep(0.002))
    found = speed_of(program, seconds=0.001)
    assert found.disturbed and 0 < found.median <= 5 / 0.002


def test_without_a_compiler_the_line_says_what_to_install(monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler -m64")
    found = {speed.name: speed for speed in speeds(task(preset("digits"), samples=5), 0)}
    c = found["C, zeros left out"]
    assert c.median is None and "'no-such-compiler -m64'" in c.about
    assert "apt-get install gcc" in c.about and found["NumPy"].median > 0
    monkeypatch.delenv("CC")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoCompiler, match="no C compiler: install one"):
        compiler()


def test_a_compiler_that_fails_is_quoted(tmp_path):
    broken = tmp_path / "cc"
    broken.write_text("#!/bin/sh\necho no such target; exit 1\n")
    broken.chmod(0o755)
    with pytest.raises(NoCompiler, match="does not compile backprop.c: no such target"):
        compiled.library((str(broken),))


def test_without_pytorch_its_line_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(timing.speeds.__globals__, "TorchBackprop", missing_torch)
    found = {speed.name: speed for speed in speeds(task(preset("digits"), samples=5), 0)}
    assert found["PyTorch"] == Speed(
        "PyTorch", f"not installed: {sys.executable} -m pip install torch")


def missing_torch(task):
    raise ModuleNotFoundError("No module named 'torch'", name="torch")


def test_programs_that_learn_something_else_have_no_times():
    here = task(preset("digits"), samples=30)
    one, other = learned(NumpyBackprop(here)), learned(
        NumpyBackprop(dataclasses.replace(here, rate=here.rate * 2)))
    check_losses([one, one])
    with pytest.raises(RuntimeError, match="NumPy, twice the rate and NumPy do not compute"):
        other.name = "NumPy, twice the rate"
        check_losses([one, other])
