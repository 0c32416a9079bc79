"""Runs in processes, on Dask, on several boards: the same numbers wherever they are done."""

import csv
import threading

import numpy as np
import pytest
from rich.console import Console

from cortigate.boards.host.driver import Board
from cortigate.boards.host.link import LinkError, Unplugged
from cortigate.golden.spec import preset
from cortigate.scripts.sweep.data import validations
from cortigate.scripts.sweep.file import SweepFile
from cortigate.scripts.sweep.running import on_devices, row_of
from cortigate.scripts.sweep.session import SweepSession
from cortigate.scripts.sweep.summary import best_of, draw, lines_of, table_of
from cortigate.sim.simulator import missing
from cortigate.sim.virtual_board import BAUD, VirtualBoard

from ...boards.emulator import Emulator

TINY = preset("tiny")
RNG = np.random.default_rng(4)
INPUTS = RNG.random((30, 5)).round(3)
TEXT = """\
estimator = "{estimator}"
baseline = true
[data]
source = "five.csv"
label = "kind"
[grid]
{grid}
[measure]
{measure}
"""


def session_of(folder, grid, *, estimator="classifier", measure="validation = 0.3",
               devices=("integer",), jobs=1, dask=None):
    """A session of a few rows with five inputs."""
    with open(folder / "five.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([[*"abcde", "kind"], *(
            [*row, int(row[0] > 0.5)] for row in INPUTS)])
    text = TEXT.format(grid=grid, estimator=estimator, measure=measure)
    return SweepSession(SweepFile.parse(text, folder / "my.toml"), list(devices), jobs, dask)


def rows_of(session):
    """Key -> row without what is of this moment, of all runs."""
    return {row["run"]: {name: value for name, value in row.items() if name != "seconds"}
            for row in session.rows((), pytest.fail)}


def test_what_is_judged_by_is_never_learned_from(tmp_path):
    session = session_of(tmp_path, "epochs = 1", measure="folds = 4")
    problem = session.problem
    whole = {tuple(row) for row in problem.x}
    tested = {tuple(row) for row in problem.x_held}
    assert (len(whole), len(tested)) == (24, 6) and not whole & tested
    held = []
    for part in validations(problem, session.file.measure, 1):
        learned, judged = ({tuple(row) for row in one} for one in (part.x, part.x_held))
        assert learned | judged == whole and not learned & judged
        held += judged
    assert sorted(held) == sorted(whole)


def test_a_row_says_what_was_done(tmp_path):
    session = session_of(tmp_path, "epochs = [1, 2]\nseed = [0, 1]", measure="folds = 3")
    rows = rows_of(session)
    assert len(rows) == len(session.keys) == 8
    for trial in (*session.trials, *session.baseline):
        row = rows[trial.key]
        assert row["choice"] == trial.plan.choice.said and row["seed"] == trial.seed
        assert row["epochs"] == [trial.plan.estimator.epochs] * 3
        assert row["score"] == sum(row["scores"]) / 3
        assert len(row["weights"]) == (3 if row["device"] == "integer" else 0)
    ways = {tuple(rows[trial.key]["weights"]) for trial in session.trials}
    assert len(ways) == 4  # each differs from the others


@pytest.mark.parametrize("estimator", ["regressor", "autoencoder"])
def test_other_estimators_are_judged_by_their_measure(tmp_path, estimator):
    session = session_of(tmp_path, "epochs = 2\nhidden_layer_sizes = 4\nseed = 7",
                         estimator=estimator)
    [trial], [part] = session.trials, validations(session.problem, session.file.measure, 7)
    row = rows_of(session)[trial.key]
    learner = trial.plan.estimator.set_params(random_state=7).fit(part.x, part.y)
    assert row["score"] == (learner.score(part.x_held, part.y_held) if estimator == "regressor"
                            else -learner.score_samples(part.x_held).mean())


@pytest.mark.filterwarnings("ignore")  # which say so, too
@pytest.mark.parametrize("estimator", ["regressor", "autoencoder"])
def test_a_run_that_diverges_has_no_score(tmp_path, estimator):
    session = session_of(tmp_path, "epochs = 30\nmilestones = [[]]\nhidden_layer_sizes = 32\n"
                         "learning_rate_shift = [0, 6]\nrule = 'pal'", estimator=estimator,
                         devices=["reference"])
    rows = rows_of(session)
    assert [rows[trial.key]["score"] is None for trial in (*session.trials, *session.baseline)] == [
        True, False, True, False]
    measure = session.file.measure.name
    lines = lines_of(measure, [*session.trials, *session.baseline], rows, "reference")
    assert [(len(line.scores), len(line.baseline), line.diverged) for line in lines] == [
        (0, 0, 1), (1, 1, 0)]
    assert best_of(measure, lines) == lines[1:]
    console = Console(record=True, width=200)
    console.print(table_of(measure, lines))
    assert "0 of 1" in console.export_text()
    draw(tmp_path / "p.png", measure, lines, "$")


def test_a_run_that_fails_says_which_one(tmp_path):
    session = session_of(tmp_path, "epochs = 1\nseed = 5\nclass_weight = 'balanced'")
    session.plans[0].estimator.set_params(class_weight={"x": 1.0})
    with pytest.raises(ValueError, match="class_weight must name only 0, 1") as caught:
        rows_of(session)
    assert caught.value.__notes__ == ["(seed 5, epochs 1, class_weight balanced)"]


def test_what_is_done_is_not_done_again(tmp_path):
    session = session_of(tmp_path, "epochs = 1\nseed = [0, 1, 2]")
    keys = session.keys
    assert [row["run"] for row in session.rows(keys[1:], pytest.fail)] == keys[:1]
    assert not list(session.rows(keys, pytest.fail))


@pytest.mark.parametrize("change", ["epochs = 2", "epochs = 1\nmilestones = 0",
                                    "epochs = 1\nlanes = 4", "epochs = 1\nscale = 'none'",
                                    "epochs = 1\nrule = 'pal'"])
def test_another_parameter_is_another_run(tmp_path, change):
    assert not set(session_of(tmp_path, "epochs = 1").keys) & set(session_of(tmp_path, change).keys)


def test_equal_combinations_are_run_once(tmp_path):
    session = session_of(tmp_path, "epochs = 1\nlayers = ['5-4-2']")
    other = session_of(tmp_path, "epochs = 1\nhidden_layer_sizes = 4")
    assert session.keys == other.keys and len(session.keys) == 2


def test_backprop_alone_is_its_own_baseline(tmp_path):
    session = session_of(tmp_path, "epochs = 1", devices=["backprop"])
    assert session.trials and not session.baseline


def test_a_grid_must_agree_with_the_board(tmp_path):
    with Emulator(TINY) as board, Emulator(TINY.replace(lanes=4)) as other:
        session = session_of(tmp_path, "epochs = [1, 2]\nrule = 'ghost'", devices=[board.port])
        assert {plan.design.digest for plan in session.plans} == {TINY.digest}
        for grid, devices, said in (
                ("lanes = 4", [board], "my.toml, line 7: lanes 4 contradicts the board, which has"),
                ("design = ['tiny', 'digits']", [board], "my.toml, line 7: design must be one"),
                ("design = 'tiny-pal'", [board], "design 5-4-3-2 of pal, .* contradicts"),
                ("", [board, board], "--device must name every board once, not /dev/"),
                ("", [board, other], "boards that share a sweep must have one design, but /dev/")):
            with pytest.raises(ValueError, match=said):
                session_of(tmp_path, grid, devices=[one.port for one in devices])


@pytest.mark.parametrize("options, said", [
    ({"devices": ["integer", "reference"]}, "devices that share a sweep must compute the same"),
    ({"devices": ["integer", "integer"]}, "--device names the model integer more than once"),
    ({"devices": ["virtual", "virtuall"]}, "--device must be one of backprop, .*'virtuall'"),
    ({"jobs": 2, "dask": "x"}, "--jobs and --dask both say how many runs"),
    ({"jobs": None, "dask": "foo"}, "no Dask scheduler answers at 'foo' .missing port"),
    ({"jobs": None, "dask": "foo://x"}, "no Dask scheduler answers at 'foo://x' .*--dask tcp://HOST:8786")])
def test_options_that_cannot_be(tmp_path, options, said):
    if "dask" in options:
        pytest.importorskip("distributed")
    with pytest.raises(ValueError, match=said):
        rows_of(session_of(tmp_path, "epochs = 1", **options))


# ---- Dask ----------------------------------------------------------------------------------------

def test_dasks_threads_give_the_same_rows(tmp_path):
    distributed = pytest.importorskip("distributed")
    grid = "epochs = 1\nseed = [0, 1]"
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False,
                                  dashboard_address=None) as cluster:
        found = rows_of(session_of(tmp_path, grid, jobs=None, dask=cluster.scheduler_address))
    assert found == rows_of(session_of(tmp_path, grid)) and len(found) == 4


@pytest.mark.campaign
def test_a_cluster_of_two_workers_gives_the_same_rows(tmp_path):
    distributed = pytest.importorskip("distributed")
    grid = "epochs = 3\nrule = ['ghost', 'pal']\nseed = [0, 1, 2]"
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1",
                                  dashboard_address=None) as cluster:
        assert cluster.scheduler_address.startswith("tcp://")
        found = rows_of(session_of(tmp_path, grid, jobs=None, dask=cluster.scheduler_address))
    assert found == rows_of(session_of(tmp_path, grid, jobs=2)) and len(found) == 12


# ---- several devices -----------------------------------------------------------------------------

def test_each_device_does_one_run_at_a_time(tmp_path):
    trials = session_of(tmp_path, f"epochs = 1\nseed = {list(range(9))}").trials
    busy, most, both = {"a": 0, "b": 0}, [], threading.Barrier(2)

    def run(trial, device, stop):
        busy[device] += 1
        most.append(busy[device])
        if trial.seed < 2:
            both.wait(20)  # two devices are at work at once
        busy[device] -= 1
        return {"run": trial.key, "device": device}

    rows = list(on_devices(trials, ["a", "b"], run, pytest.fail))
    assert {row["run"] for row in rows} == {trial.key for trial in trials} and len(rows) == 9
    assert set(most) == {1} and {row["device"] for row in rows} == {"a", "b"}


def test_the_run_of_a_device_that_vanishes_is_done_again(tmp_path):
    trials, told = session_of(tmp_path, f"epochs = 1\nseed = {list(range(6))}").trials, []

    def run(trial, device, stop):
        if device == "b":
            raise Unplugged("b went away")
        return {"run": trial.key}

    rows = list(on_devices(trials, ["a", "b"], run, told.append))
    assert sorted(row["run"] for row in rows) == sorted(trial.key for trial in trials)
    [said] = told
    assert said.startswith("b is not used any more: b went away. Its run, seed ")


def test_without_devices_the_sweep_ends(tmp_path):
    def run(trial, device, stop):
        raise LinkError("no answer")

    trials, told = session_of(tmp_path, "epochs = 1\nseed = [0, 1, 2]").trials, []
    with pytest.raises(RuntimeError, match="no device is left for 3 runs: plug one in"):
        list(on_devices(trials, ["a", "b"], run, told.append))
    assert len(told) == 2


def test_a_sweep_that_ends_stops_its_runs_after_an_epoch(tmp_path):
    session, begun = session_of(tmp_path, "epochs = 100000\nseed = [0, 1]"), threading.Event()

    def run(trial, device, stop):
        if trial.seed:
            begun.wait(20)
            raise ValueError("wrong")
        begun.set()
        return row_of(session.problem, session.file.measure, trial, "integer", stop)

    with pytest.raises(ValueError, match="wrong"):
        list(on_devices(session.trials, ["a", "b"], run, pytest.fail))


@pytest.mark.skipif(missing("verilator") is not None, reason=str(missing("verilator")))
def test_virtual_boards_of_which_one_is_killed(tmp_path):
    session = session_of(tmp_path, "design = 'tiny'\nepochs = 1\nseed = [0, 1, 2, 3]")
    boards, told = [VirtualBoard(TINY), VirtualBoard(TINY)], []
    with boards[0] as one, boards[1] as two:
        def run(trial, port, stop):
            def opened(design):
                board = Board.open(port, design, baud=BAUD)
                if port == two:
                    boards[1]._process.kill()
                return board

            return row_of(session.problem, session.file.measure, trial, opened, stop)

        rows = {row["run"]: row for row in on_devices(session.trials, [one, two], run, told.append)}
    assert len(told) == 1 and told[0].startswith(f"{two} is not used any more")
    wanted = rows_of(session)
    for trial in session.trials:
        found, model = rows[trial.key], wanted[trial.key]
        assert found["cycles"] > 0 == model["cycles"]
        for name in ("scores", "weights", "design", "epochs"):
            assert found[name] == model[name]
