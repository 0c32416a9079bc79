import dataclasses
import json

import numpy as np
import pytest

from cortigate.golden.datasets.idx import IDX_FILES
from cortigate.golden.spec import Network, preset
from cortigate.golden.spec.rules.ghost import Mechanism, design_for
from cortigate.golden.spec.rules.pal import PalRule
from cortigate.scripts.experiments.accuracy import accuracy
from cortigate.scripts.experiments.accuracy.data import data_of
from cortigate.scripts.experiments.accuracy.report import as_json, as_markdown, summarise
from cortigate.scripts.experiments.accuracy.run import (
    Result,
    Run,
    execute,
    order_of,
    shifts_of,
)
from cortigate.scripts.experiments.accuracy.table import TABLES, rows_of


def test_quick_form_trains_every_kind_and_writes_both_files(tmp_path, capsys):
    accuracy(table="hardware", seeds=1, workers=1, epochs=1, halve_at="", validation=False,
             only=None, output=tmp_path, quick=True, data=None)
    record = json.loads((tmp_path / "accuracy-hardware.json").read_text())
    rows = {row["model"]: row for row in record["sections"][0]["rows"]}
    assert {row["kind"] for row in rows.values()} == {
        "integer", "reference", "backprop", "feedback alignment"}
    assert rows["C1 integer"]["mean"] == rows["A-copy integer"]["mean"] >= 85.0
    assert abs(rows["C1 integer"]["mean"] - rows["C1 float"]["mean"]) < 3.0
    assert rows["backprop"]["mean"] >= 85.0
    assert min(rows["C1 float"]["cosines"][0]) > 0.9
    assert rows["C1 integer"]["digest"] == preset("digits").digest
    assert set(record["versions"]) >= {"python", "numpy", "cortigate"}
    text = (tmp_path / "accuracy-hardware.md").read_text(encoding="utf-8")
    assert all(f"| {name} |" in text for name in rows)
    assert "wrote" in capsys.readouterr().out


@pytest.mark.parametrize("only", ["64-64-10 equilibrium", "64-32-10 inversion",
                                  "64-32-10 pal"])
def test_every_rule_learns_beside_its_baselines(only):
    runs = [run for _, _, section in rows_of("rules", epochs=2, halvings=(1,)) for run in section
            if run.network == only]
    assert [run.label for run in runs] == ["integer", "float", "backprop", "feedback alignment"]
    results = [execute(run, 0) for run in runs]
    final = [result.accuracies[-1] for result in results]
    assert min(final) > 90.0 and abs(final[0] - final[1]) < 3.0
    assert len(set(final)) > 1
    # Integers and reference align, random feedback less; backprop has no feedback weights.
    angles = [result.angles for result in results]
    assert bool(angles[0]) == bool(angles[3]) == only.endswith("pal") and not angles[2]
    if angles[0]:
        assert abs(angles[0][0] - angles[1][0]) < 5 and angles[0][0] < angles[3][0] - 10


def test_the_microcircuit_learns_beside_backprop_through_time():
    runs = [run for _, _, section in rows_of("rules", epochs=2, halvings=(1,)) for run in section
            if run.network == "64-32-10 microcircuit"]
    assert [run.label for run in runs] == ["integer", "integer, 1 bit", "integer, random feedback",
                                           "float", "backprop"]
    assert {run.last for run in runs} == {3}
    results = [execute(run, 0).accuracies[-1] for run in runs]
    assert min(results[:4]) > 88.0 and results[4] > 80.0 and abs(results[0] - results[3]) < 4.0
    assert len(set(results)) > 1


def test_the_mean_of_the_last_epochs_counts_where_it_shall():
    run = Run("n", "m", "integer", preset("microcircuit"), epochs=4, last=3)
    row = summarise(run, [Result(0, [10.0, 90.0, 92.0, 97.0])])
    assert (row["mean"], row["last"]) == (93.0, 3)
    assert "| 93.00 ± 0.00 | 93.00 |" in as_markdown(as_json("t", [("s", "A.", [row])], False))
    with pytest.raises(ValueError, match="last 1 or more, not 1, 1, 0 and 0"):
        Run("n", "m", "integer", preset("microcircuit"), epochs=1, last=0)


def mnist_like(folder, train, test=50, seed=0):
    """A folder of MNIST's four files with ten noisy patterns in them, a fifth of the pixels lit."""
    rng = np.random.default_rng(seed)
    patterns = rng.random((10, 784)) < 0.2
    for images, labels, count in zip(IDX_FILES[::2], IDX_FILES[1::2], (train, test), strict=True):
        y = rng.integers(0, 10, count).astype(np.uint8)
        x = (patterns[y] * rng.integers(100, 256, (count, 784))).astype(np.uint8)
        for name, values in ((images, x.reshape(-1, 28, 28)), (labels, y)):
            header = bytes((0, 0, 8, values.ndim)) + np.array(values.shape, ">u4").tobytes()
            (folder / name).write_bytes(header + values.tobytes())
    return folder


def test_mnist_is_learned_from_a_folder_by_integers_and_backprop(tmp_path):
    accuracy(table="mnist", seeds=1, workers=1, epochs=None, halve_at=None, validation=False,
             only=None, output=tmp_path, quick=True, data=mnist_like(tmp_path, 150))
    record = json.loads((tmp_path / "accuracy-mnist.json").read_text())
    rows = record["sections"][0]["rows"]
    assert [(row["network"], row["model"]) for row in rows] == [
        ("784-128-10", "C1 integer"), ("784-128-10", "backprop")]
    assert all(row["mean"] > 90.0 and len(row["accuracies"][0]) == 2 for row in rows)
    assert rows[0]["digest"] == preset("mnist").digest
    assert record["data"] == "MNIST, its own split, 60,000 / 10,000"


def test_choosing_on_mnist_holds_the_last_training_samples_out(tmp_path):
    folder = mnist_like(tmp_path, 10_007)
    run = next(run for _, _, runs in rows_of("mnist", data=str(folder)) for run in runs)
    whole, part = (data_of(dataclasses.replace(run, validation=flag), 0) for flag in (False, True))
    assert (len(whole.x_train), len(part.x_train), len(part.x_test)) == (10_007, 7, 10_000)
    np.testing.assert_array_equal(part.x_test, whole.x_train[7:])
    order = order_of(run.design, 10_007, 0, 0)  # far more than the design's sample memory holds
    np.testing.assert_array_equal(np.sort(order), np.arange(10_007))


def test_a_network_that_the_samples_do_not_fit_says_what_to_do(tmp_path):
    run = next(run for _, _, runs in rows_of("mnist") for run in runs)
    with pytest.raises(ValueError, match="needs 784 inputs .* have 64 and 10: .*--data FOLDER"):
        execute(run, 0)
    with pytest.raises(FileNotFoundError, match="is not a folder"):
        execute(dataclasses.replace(run, data=str(tmp_path / "none")), 0)


def test_halvings_reach_only_the_rates_that_follow():
    runs = {run.network: run for _, _, section in rows_of("rules") for run in section
            if run.kind == "integer"}
    assert shifts_of(runs["64-64-10 equilibrium"], 9) == (None, None)
    assert shifts_of(runs["64-64-10 equilibrium"], 15) == (6, 9)
    assert shifts_of(runs["64-32-10 inversion"], 10) == (6, 6)


@pytest.mark.parametrize("table", list(TABLES))
def test_every_row_of_a_table_has_a_name_and_a_configuration_of_its_own(table):
    for _, about, runs in rows_of(table):
        assert about.endswith(".")
        names = [(run.network, run.label) for run in runs]
        assert len(set(names)) == len(names)
        settings = [(run.kind, run.digest, run.ghost_epochs) for run in runs]
        assert len(set(settings)) == len(settings)


def test_samples_come_in_the_chip_s_order_once_an_epoch():
    design = preset("digits")
    first, second = (order_of(design, 1437, 3, epoch) for epoch in (0, 1))
    np.testing.assert_array_equal(np.sort(first), np.arange(1437))
    assert (first != second).mean() > 0.9


def test_summary_and_markdown_state_mean_spread_and_distance():
    design = design_for(Network((64, 8, 10)), Mechanism.COPY)
    rows = [summarise(Run("64-8-10", kind, kind, design), [Result(0, [50.0, a]), Result(1, [b])])
            for kind, a, b in (("integer", 97.0, 98.0), ("backprop", 96.0, 97.0))]
    diverged = Result(0, [10.0], [[0.5, 1.0], [float("nan"), 1.0]], [0.0])
    rows.append(summarise(Run("64-8-10", "reference", "reference", design), [diverged]))
    assert (rows[0]["mean"], rows[0]["std"], rows[0]["least"]) == (97.5, 0.5, 97.0)
    record = as_json("hardware", [("hardware", "About.", rows)], False)
    assert "| 64-8-10 | integer | 97.50 ± 0.50 | 97.00 | +1.00 |" in as_markdown(record)
    assert "| 10.00 | -86.50 | 0.500 1.000 | – 1.000 | 0 |" in as_markdown(record)
    assert "NaN" not in json.dumps(record)


def test_angles_are_of_models_with_feedback_weights():
    design = PalRule.design((64, 4, 10), lanes=2)
    kinds = {kind: execute(Run("n", kind, kind, design, epochs=1), 0).angles
             for kind in ("design backprop", "design alignment", "design reference")}
    assert {kind: len(angles) for kind, angles in kinds.items()} == {
        "design backprop": 0, "design alignment": 1, "design reference": 1}


def test_quick_keeps_the_first_network_of_the_rows_that_are_asked_for():
    ((_, _, runs),) = rows_of("rules", quick=True, only="pal")
    assert {run.network for run in runs} == {"64-32-10 pal"}
    assert rows_of("rules", quick=True, only="nothing")[0][2] == []


@pytest.mark.parametrize("arguments, message", [
    ({"table": "figures"}, "table must be one of hardware, .*not 'figures'"),
    ({"halve_at": "ten"}, "--halve-at must look like 10,15, not 'ten'"),
    ({"only": "128-128"}, "no row of table hardware holds '128-128'"),
])
def test_wrong_options_are_told(arguments, message, tmp_path):
    options = {"table": "hardware", "seeds": 1, "workers": 1, "epochs": None, "halve_at": None,
               "validation": False, "only": None, "output": tmp_path, "quick": True,
               "data": None}
    with pytest.raises(ValueError, match=message):
        accuracy(**options | arguments)


def test_rates_are_halved_at_the_named_epochs_for_integer_and_float_alike():
    design = preset("digits-relax")  # eta / beta = 2**-3
    for kind in ("integer", "reference", "backprop"):
        run = Run("n", "m", kind, design, epochs=4, halvings=(1, 3))
        assert [shifts_of(run, epoch) for epoch in range(4)] == [
            (None, None), (4, 4), (4, 4), (5, 5)]


def test_a_run_says_what_is_allowed():
    design = preset("digits")
    with pytest.raises(ValueError, match="kind must be one of reference, .*not 'float'"):
        Run("n", "m", "float", design)
    with pytest.raises(ValueError, match="batch must be 1, .* for the model of a design, not 4"):
        Run("n", "m", "integer", design, batch=4)
    with pytest.raises(ValueError, match="epochs and batch must be 1 or more"):
        Run("n", "m", "backprop", design, epochs=0)
