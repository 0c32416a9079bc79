"""The autoencoders' experiment: batches and single samples, measures, table, picture, errors."""

import json
from dataclasses import replace

import numpy as np
import pytest

from cortigate.golden.reference.pal import LayeredModel, Noise, Order, PalCredit, PhaselessRule
from cortigate.scripts.experiments.latents import latents
from cortigate.scripts.experiments.latents.batches import BatchModel
from cortigate.scripts.experiments.latents.command import experiment_of
from cortigate.scripts.experiments.latents.measures import given_back, probe
from cortigate.scripts.experiments.latents.picture import draw
from cortigate.scripts.experiments.latents.rows import Method, digits, mnist_integers

RULE = PhaselessRule((6, 5, 2, 6), hidden="tanh", steps=4, rate=2.0**-3, noise=Noise.BINARY,
                     tau_noise=2.0, tau_highpass=2.0)


class Shared:
    """The noise of a `LayeredModel` that is that of a `BatchModel`."""

    def __init__(self, sources):
        self._sources = sources

    def step(self):
        return np.concatenate([source.step() for source in self._sources], axis=-1)


@pytest.mark.parametrize("changes", [
    {}, {"order": Order.PARALLEL}, {"limit": None, "credit": PalCredit.ALIGNMENT},
    {"credit": PalCredit.BACKPROP}, {"sigma": 0.0, "rate": 0.5},
], ids=["PAL", "all layers at once", "fixed feedback", "backprop", "no noise"])
def test_a_batch_of_one_learns_what_a_single_sample_teaches(changes):
    rule = replace(RULE, **changes)
    batch, twin = (BatchModel(rule, 1, 3, np.float64) for _ in range(2))
    single = LayeredModel(rule, seed=3)
    single.noise = Shared(twin.noise)
    for x in np.random.default_rng(0).uniform(size=(9, 6)):
        batch.learn(x[None], x[None])
        single.learn(x, x)
    for name, values in single.weights.items():
        own = batch.weights[name]
        if name[0] == "W":
            own = np.column_stack([own, batch.weights["b" + name[1:]]])
        np.testing.assert_allclose(own, values, rtol=0, atol=1e-12, err_msg=name)
    x = np.random.default_rng(1).uniform(size=(4, 6))
    for layer in (2, 3):
        np.testing.assert_allclose(batch.rates(x, layer), single.forward(x)[layer], atol=1e-12)


def test_a_batch_teaches_the_mean_of_its_samples():
    """Without noise, which each sample has of its own, and by one step."""
    rule = replace(RULE, sigma=0.0, steps=1)
    x = np.random.default_rng(0).uniform(size=(3, 6))
    both, first = BatchModel(rule, 3, 3, np.float64), BatchModel(rule, 3, 3, np.float64).weights
    both.learn(x, x)
    alone = [BatchModel(rule, 1, 3, np.float64) for _ in x]
    for model, one in zip(alone, x, strict=True):
        model.learn(one[None], one[None])
    for name, values in both.weights.items():
        mean = np.mean([model.weights[name] - first[name] for model in alone], axis=0)
        np.testing.assert_allclose(values - first[name], mean, atol=1e-14, err_msg=name)


def test_batches_refuse_what_they_do_not_compute():
    with pytest.raises(ValueError, match="must have tanh units and no membrane, not ptanh units"):
        BatchModel(replace(RULE, hidden="ptanh"), 2, 0)
    with pytest.raises(ValueError, match=r"a membrane of 8\.0$"):
        BatchModel(replace(RULE, tau_membrane=8.0), 2, 0)


def test_measures_of_what_is_known():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 3))
    assert given_back(x, x) == 1.0
    assert given_back(x, np.broadcast_to(x.mean(axis=0), x.shape)) == pytest.approx(0.0)
    labels = rng.integers(0, 4, 400)
    corners = np.array([(0, 0), (0, 1), (1, 0), (1, 1)])[labels] + rng.normal(0, 0.05, (400, 2))
    accuracy, chance = probe(corners[:300], labels[:300], corners[300:], labels[300:])
    assert accuracy == 100.0 and 10.0 < chance < 45.0
    nothing, same = probe(0 * corners[:300], labels[:300], 0 * corners[300:], labels[300:])
    assert nothing == same == chance  # a code that says nothing is read as the commonest class


def test_quick_form_writes_table_and_picture(tmp_path, capsys):
    latents(only=["digits", "integers"], row="64-32-2", seeds=1, workers=1, output=tmp_path,
            quick=True, samples=300)
    sections = json.loads((tmp_path / "latents.json").read_text())["sections"]
    for section, models in zip(sections, (5, 3), strict=True):
        rows = {row["model"]: row for row in section["rows"]}
        assert len(rows) == models
        for row in rows.values():
            assert np.shape(row["codes"]) == (len(row["labels"]), 2) == (360, 2)
        untrained = rows.pop("untrained")
        assert untrained["length"] == 0 and untrained["r2"][0] < 0.0
        for row in rows.values():
            assert row["r2"][0] > untrained["r2"][0] + 0.1, row["model"]
    angles = {row["model"]: row["angles"] for row in sections[0]["rows"]}
    assert np.max(angles["BP"]) < 1e-4 < 20.0 < np.min(angles["FA, noise"])
    text = (tmp_path / "latents.md").read_text(encoding="utf-8")
    assert text.count("\n| 64-32-2-32-64 | ") == 8 and " | 300 | " in text
    assert (tmp_path / "latents.png").stat().st_size > 10_000
    assert "latents.png" in capsys.readouterr().out


def test_only_codes_of_two_numbers_are_drawn(tmp_path):
    record = {"sections": [{"name": "digits", "rows": [{"codes": [[0.1] * 8], "labels": [1]}]}]}
    assert not draw(tmp_path / "none.png", record) and not list(tmp_path.iterdir())


def test_tables_of_mnist_need_its_files(tmp_path):
    with pytest.raises(ValueError, match="^--only mnist-integers needs --data FOLDER"):
        latents(only=["mnist-integers"], output=tmp_path)
    assert not list(tmp_path.iterdir())
    assert set(experiment_of(None).sections) == {"digits", "integers"}
    assert len(experiment_of(tmp_path).sections) == 4


def test_options_change_every_row_but_those_that_do_not_learn():
    experiment = experiment_of(None, length=3, shift=9, validation=True)
    rows = experiment.sections["digits"]().rows
    assert {(row.length, row.shift, row.validation) for row in rows} == {
        (3, 9, True), (0, 9, True)}
    plain = experiment_of(None, length=None, shift=None, validation=False).sections["digits"]()
    assert plain == digits()


def test_rows_of_integers_are_designs_of_the_same_noise():
    for row in mnist_integers().rows:
        rule = row.design.rule
        assert row.design.network.sizes == (784, 80, 2, 80, 784)
        assert rule.noise_shift == 5 and rule.feedback.learns == (row.method is Method.PAL)
        assert row.rule.sigma == 2.0**-5 and row.rule.steps == rule.steps
