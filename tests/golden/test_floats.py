"""Floats are the same in every bit on every machine: what the float models learn with, and they."""

import ast
import hashlib
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from llvmlite.binding import get_host_cpu_features

from cortigate.golden.datasets import arm_kinematics, machine_vibration, teacher_regression
from cortigate.golden.floats import (
    cosine,
    exponential,
    logarithm,
    norm,
    product,
    pseudo_inverse,
    sine,
    solve,
    tanh,
)
from cortigate.golden.reference.baselines import BackpropModel
from cortigate.golden.reference.equilibrium.model import EqPropModel
from cortigate.golden.reference.equilibrium.rule import EqPropRule, Start
from cortigate.golden.reference.ghost import ReferenceModel, ReferenceRule
from cortigate.golden.reference.inversion.model import DynamicInversion
from cortigate.golden.reference.inversion.rule import (
    DynamicInversionRule,
    InversionCredit,
    InversionFeedback,
)
from cortigate.golden.reference.microcircuit import (
    BpttModel,
    CircuitParameters,
    SpikingMicrocircuit,
)
from cortigate.golden.reference.pal import (
    DendriticCircuit,
    DendriticRule,
    LayeredModel,
    PhaselessRule,
)
from cortigate.golden.spec.rules.ghost import Schedule

ROOT = Path(__file__).parents[2]
# What learns, and what it learns from.
LEARNING = ("golden/reference", "golden/datasets", "golden/initial.py", "boards/learn",
            "scripts/experiments", "scripts/insights/depth.py")
# Decide once, at the start, or are printed: eigenvalues, singular values, correlations.
JUDGES = {"scripts/experiments/latents/batches.py",  # float32 in batches, which says so
          "golden/reference/inversion/stability.py", "golden/reference/ghost/measures.py",
          "scripts/experiments/inversion.py", "scripts/experiments/noise/measures.py",
          "scripts/experiments/noise/drawing.py", "scripts/experiments/operations.py"}
# Of NumPy: what BLAS, LAPACK or the processor's own instructions compute.
FOREIGN = {"convolve", "correlate", "cos", "dot", "einsum", "exp", "expm1", "inner", "linalg",
           "log1p", "matmul", "matvec", "sin", "tanh", "tensordot", "vdot", "vecdot", "vecmat"}
# Kernels of OpenBLAS, and what a processor must have to run them.
KERNELS = {"Prescott": "sse3", "Haswell": "avx2", "Zen": "avx2", "SkylakeX": "avx512f"}
# Of `learned` below, on every machine. With these change all figures of the float models.
DIGESTS = {
    "ghost": "0f1c4d57cb5e", "backprop": "352f96d04189", "equilibrium": "358dadcb6126",
    "inversion": "d2a4111b5ed7", "pseudo-inverse": "28a1100f2045", "steady": "c5a39d3d25b9",
    "pal": "74aa27accb99", "spikes": "a8fe0e028347", "through time": "598bff33385c",
    "circuit": "475488adc9f0", "teacher": "69ad07054c12",
    "vibration": "08cc6bd89b29", "arm": "09a03133d593",
}


def in_order(left, right):
    """The product as its definition has it, one rounded operation after the other."""
    result = np.zeros((len(left), right.shape[1]))
    for i, j in np.ndindex(result.shape):
        total = 0.0
        for k in range(left.shape[1]):
            total += float(left[i, k]) * float(right[k, j])
        result[i, j] = total
    return result


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("inner, columns", [(1, 17), (5, 1), (33, 20), (0, 3)])
def test_a_product_adds_in_order_and_rounds_every_product(rows, inner, columns):
    rng = np.random.default_rng(rows)
    left, right = rng.normal(size=(rows, inner + 1)), rng.normal(size=(inner, columns + 2))
    lefts = left[:, :-1], np.asfortranarray(left)[:, :-1], left[::-1, 1:]
    rights = right[:, :-2], np.asfortranarray(right)[:, 1:-1], right[:, 2:][:, ::-1]
    for one in lefts:
        for other in rights:
            np.testing.assert_array_equal(product(one, other), in_order(one, other))


def test_axes_before_those_of_a_matrix_broadcast():
    rng = np.random.default_rng(0)
    left, right = rng.normal(size=(3, 1, 6, 5)), rng.normal(size=(2, 5, 4))
    both = product(left, right)
    assert both.shape == (3, 2, 6, 4)
    for i, j in np.ndindex(3, 2):
        np.testing.assert_array_equal(both[i, j], in_order(left[i, 0], right[j]))


def test_a_linear_system_is_solved():
    rng = np.random.default_rng(0)
    matrix, columns = rng.normal(size=(4, 9, 9)), rng.normal(size=(4, 9, 2))
    matrix[0, 0, 0] = 0.0  # without a search for pivots it would end here
    matrix[1] = np.eye(9)[::-1]
    np.testing.assert_allclose(solve(matrix, columns), np.linalg.solve(matrix, columns), rtol=1e-9)
    matrix[2, :, 3] = 0.0
    found = solve(matrix, columns)
    assert np.isnan(found[2]).all()
    assert np.isfinite(found[[0, 1, 3]]).all()


@pytest.mark.parametrize("shape", [(10, 20), (20, 10), (7, 7), (3, 5, 9), (3, 9, 5)])
def test_pseudo_inverse(shape):
    matrix = np.random.default_rng(1).normal(size=shape)
    np.testing.assert_allclose(pseudo_inverse(matrix), np.linalg.pinv(matrix), atol=1e-12)


def test_pseudo_inverse_of_a_matrix_without_full_rank():
    rng = np.random.default_rng(2)
    matrix = rng.normal(size=(8, 3)) @ rng.normal(size=(3, 11))
    np.testing.assert_allclose(pseudo_inverse(matrix), np.linalg.pinv(matrix, rcond=1e-12),
                               atol=1e-12)
    np.testing.assert_array_equal(pseudo_inverse(np.zeros((2, 3))), np.zeros((3, 2)))


def test_norm_of_all_or_of_some_axes():
    values = np.random.default_rng(3).normal(size=(3, 4, 5))
    assert norm(values) == pytest.approx(np.linalg.norm(values), rel=1e-14)
    np.testing.assert_allclose(norm(values, axis=(-1, -2)), np.linalg.norm(values, axis=(1, 2)))


@pytest.mark.parametrize("function, exact, ulps", [(exponential, math.exp, 2),
                                                   (tanh, math.tanh, 4)])
def test_functions_are_exact_but_for_a_few_units_in_the_last_place(function, exact, ulps):
    rng = np.random.default_rng(4)
    x = np.concatenate([rng.uniform(-700.0, 700.0, 3000), rng.normal(size=3000),
                        rng.normal(size=1000) * 1e-3, rng.normal(size=1000) * 1e-12])
    expected = np.array([exact(one) for one in x])
    assert (np.abs(function(x) - expected) <= ulps * np.spacing(np.abs(expected))).all()


def test_functions_at_the_ends_of_the_numbers():
    ends = np.array([np.inf, -np.inf, np.nan, 0.0, -0.0])
    np.testing.assert_array_equal(exponential(ends), [np.inf, 0.0, np.nan, 1.0, 1.0])
    np.testing.assert_array_equal(exponential(np.array([710.0, -746.0])), [np.inf, 0.0])
    np.testing.assert_array_equal(tanh(ends), [1.0, -1.0, np.nan, 0.0, -0.0])
    assert np.signbit(tanh(ends[-1]))


def test_logarithms_are_exact_but_for_a_few_units_in_the_last_place():
    rng = np.random.default_rng(6)
    x = np.concatenate([np.exp(rng.uniform(-700.0, 700.0, 3000)), rng.uniform(0.0, 4.0, 3000),
                        1.0 + rng.normal(size=2000) * 1e-6, rng.uniform(0.5, 2.0, 2000)])
    expected = np.array([math.log(one) for one in x])
    assert (np.abs(logarithm(x) - expected) <= 3 * np.spacing(np.abs(expected))).all()
    ends = np.array([np.inf, 0.0, -0.0, -1.0, np.nan, 1.0, 5e-324])
    np.testing.assert_array_equal(
        logarithm(ends), [np.inf, -np.inf, -np.inf, np.nan, np.nan, 0.0, math.log(5e-324)])


@pytest.mark.parametrize("function, exact", [(sine, math.sin), (cosine, math.cos)])
def test_angles_of_every_quarter_and_many_turns(function, exact):
    rng = np.random.default_rng(7)
    x = np.concatenate([rng.uniform(-10.0, 10.0, 4000), rng.uniform(-2.0**20, 2.0**20, 4000),
                        np.arange(-64, 65) * math.pi / 4.0])
    expected = np.array([exact(one) for one in x])
    assert np.abs(function(x) - expected).max() <= 2.0**-52
    outside = np.array([np.inf, -np.inf, np.nan, 2.0**20 + 1.0])
    np.testing.assert_array_equal(function(outside), [np.nan] * 4)


# ---- what learns ---------------------------------------------------------------------------


def foreign(path):
    """Lines of a file at which an operation is left to the machine."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        operator = getattr(node, "op", None)
        if isinstance(operator, ast.MatMult) or (
                isinstance(node, ast.Attribute) and node.attr in FOREIGN):
            yield node.lineno
        elif isinstance(node, ast.ImportFrom) and not node.level and (
                FOREIGN & {one.name for one in node.names}):
            yield node.lineno


def test_nothing_that_learns_leaves_its_sums_to_the_machine():
    paths = [path for name in LEARNING for path in
             ([ROOT / name] if name.endswith(".py") else sorted((ROOT / name).rglob("*.py")))]
    assert len(paths) > 40
    found = [f"{path.relative_to(ROOT)}:{line}" for path in paths
             if str(path.relative_to(ROOT)) not in JUDGES for line in foreign(path)]
    assert not found, "golden/floats.py has these operations, with the same bits everywhere"


def learned():
    """(name, digest of the weights) of every float model after some samples."""
    rng = np.random.default_rng(5)
    sizes, steps = (12, 9, 7, 4), range(40)
    x, labels = rng.random((len(steps), sizes[0])), rng.integers(0, sizes[-1], len(steps))
    inversion = {"sizes": sizes, "hidden": "tanh", "output": "softmax"}
    models = {
        "ghost": ReferenceModel(ReferenceRule(sizes, hidden="sigmoid", schedule=Schedule.RELAXATION,
                                              mechanism="A-learnB")),
        "backprop": BackpropModel(ReferenceRule(sizes, hidden="sigmoid")),
        "equilibrium": EqPropModel(EqPropRule(sizes, start=Start.SHARE,
                                                        branch_rate=2.0**-6)),
        "inversion": DynamicInversion(DynamicInversionRule(**inversion)),
        "pseudo-inverse": DynamicInversion(DynamicInversionRule(
            credit=InversionCredit.PSEUDO_INVERSE, largest_delta=1.0, **inversion)),
        "steady": DynamicInversion(DynamicInversionRule(
            credit=InversionCredit.STEADY, feedback=InversionFeedback.TRACKED, **inversion)),
        "pal": LayeredModel(PhaselessRule(sizes, hidden="tanh")),
        "spikes": SpikingMicrocircuit(CircuitParameters(sizes)),
        "through time": BpttModel(CircuitParameters(sizes)),
    }
    for step in steps:
        for model in models.values():
            model.learn(x[step], int(labels[step]))
    circuit = models["circuit"] = DendriticCircuit(DendriticRule((6, 5, 4, 3), rate=0.5))
    for _ in range(2):
        circuit.learn(rng.random(6), rng.random(3))
    weights = {name: model.weights for name, model in models.items()}
    data = teacher_regression((6, 5, 3), samples=20, test_samples=10)
    weights["teacher"] = {"y": data.y_train}
    weights["vibration"] = {"x": machine_vibration(20, 30).x_test}
    weights["arm"] = {"x": arm_kinematics(20, 10).x_train}
    for name, arrays in weights.items():
        digest = hashlib.sha256()
        for array in arrays.values():
            assert np.isfinite(array).all(), name
            digest.update((np.ascontiguousarray(array) + 0.0).astype("<f8").tobytes())
        yield name, digest.hexdigest()[:12]


def elsewhere(**environment):
    done = subprocess.run([sys.executable, __file__], env=os.environ | environment, text=True,
                          check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr
    return dict(line.split(": ") for line in done.stdout.splitlines())


def test_models_learn_the_same_bits_on_every_processor():
    here, features = dict(learned()), get_host_cpu_features()
    assert here == DIGESTS
    for kernel, needed in KERNELS.items():
        if features.get(needed):
            assert elsewhere(OPENBLAS_CORETYPE=kernel) == here, kernel
    # The oldest processor of this kind for Numba and NumPy.
    newer = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    assert elsewhere(NUMBA_CPU_NAME="generic", NUMBA_CPU_FEATURES="",
                     NPY_DISABLE_CPU_FEATURES=",".join(newer)) == here


if __name__ == "__main__":
    for row in learned():
        print(*row, sep=": ")
