"""The programs that the chip is compared with: they learn the same, and say what is missing."""

import dataclasses
import math
import sys
import time

import numpy as np
import pytest

from cortigate.golden.datasets import load_digits_split
from cortigate.golden.reference.baselines import BackpropModel
from cortigate.golden.spec import Activation, Network, preset
from cortigate.golden.spec.rules.ghost import design_for
from cortigate.golden.spec.rules.inversion import InversionRule
from cortigate.scripts.benchmark import compiled, timing
from cortigate.scripts.benchmark.backprop import BOUNDS, NumpyBackprop, task_for
from cortigate.scripts.benchmark.compiled import CompiledBackprop, NoCompiler, compiler
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
    c = found["C"]
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
