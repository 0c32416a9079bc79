"""What the benchmark says of the engine and of its builds, and how it says that something lacks."""

import json
import threading
from pathlib import Path

import numpy as np
import pytest
import typer

from cortigate.boards import build as flow
from cortigate.boards.board import BOARDS, board
from cortigate.boards.device.samples import Targets
from cortigate.boards.host.link import Link
from cortigate.boards.host.packing import sample_image
from cortigate.boards.host.words import write_words
from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import Network, preset
from cortigate.golden.spec.contents import raw_weights
from cortigate.golden.spec.link import Space, Status
from cortigate.golden.spec.rules.ghost import design_for
from cortigate.golden.spec.rules.pal import PalRule
from cortigate.golden.timeline import Timeline
from cortigate.scripts.benchmark import engine, measuring
from cortigate.scripts.benchmark.engine import cost, link_rate, predicted, simulated
from cortigate.scripts.benchmark.fabric import boards_of, build_missing, fabric
from cortigate.scripts.benchmark.growth import Point, grown
from cortigate.scripts.benchmark.timing import Speed
from cortigate.scripts.commands.bench import bench
from cortigate.sim.simulator import missing
from cortigate.sim.virtual_board import open_device

DATA = load_digits_split(0)
TINY = preset("tiny")
needs_verilator = pytest.mark.skipif(missing("verilator") is not None,
                                     reason=str(missing("verilator")))


def tiny_samples(count):
    random = np.random.default_rng(3)
    x = random.random((count, 5)) * (random.random((count, 5)) < 0.6)
    return x, random.integers(0, 2, count)


def silent(text):
    """Takes what is logged."""


def report(design, board_name="icebreaker", fmax=40.0, seed=3):
    """report.json of a build."""
    return json.dumps({
        "board": board_name, "clock_hz": 36_000_000, "baud": 1_000_000, "digest": design.digest,
        "design": design.to_dict(),
        "report": {"seed": seed, "critical": [],
                   "fmax": {"slow": [fmax, 36.0], "fast": [900.0, 100.0]},
                   "resources": [{"name": "LUT", "used": 3000, "available": 5280},
                                 {"name": "DSP", "used": 8, "available": 8},
                                 {"name": "FF", "used": 2000, "available": None}]}})


# ---- engine ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["digits", "equilibrium", "inversion", "pal", "microcircuit"])
def test_means_are_those_of_the_timeline(name):
    design = preset(name)
    found = cost(design, DATA.x_train[:3], DATA.y_train[:3], seed=2, rtl=False)
    model, timeline = integer_model(design), Timeline(design)
    model.set_weights(initial_weights(design, 2))
    traces = [model.learn(x, int(label)) for x, label in
              zip(design.sample.from_float(DATA.x_train[:3]), DATA.y_train, strict=False)]
    assert found.events == np.mean([timeline.cycles(trace) for trace in traces])
    assert found.dense == np.mean([timeline.cycles(trace, dense=True) for trace in traces])
    assert found.macs == np.mean([timeline.multiplications(trace) for trace in traces])
    assert found.passes == found.macs / design.network.synapses
    assert found.events < found.dense and found.cycles == found.events
    assert found.busy(design.lanes, dense=True) == found.macs / design.lanes / found.dense < 1
    assert found.limit == np.mean([timeline.limit(trace) for trace in traces]) < found.events
    assert found.left == 0
    assert (found.measured, found.identical) == (None, None)


def test_the_share_that_a_margin_leaves_alone():
    design = preset("digits").replace(margin_shift=2)
    x, labels = design.sample.from_float(DATA.x_train), DATA.y_train
    model = integer_model(design)
    model.set_weights(initial_weights(design, 0))
    model.learn_all(x[:400], labels[:400])
    weights = dict(model.weights)
    found, after = predicted(design, weights, x[400:461], labels[400:461])
    left = 0
    model = integer_model(design)
    model.set_weights(weights)
    for one, label in zip(x[400:461], labels[400:461], strict=True):
        (rates,) = model.outputs(one[None])
        left += rates[label] - np.delete(rates, label).max() >= design.rate.one >> 2
        model.learn(one, int(label))
    assert found.left == left / 61 and 0.2 < found.left < 1
    assert all(np.array_equal(model.weights[name], after[name]) for name in after)
    plain, _ = predicted(design.replace(margin_shift=None), weights, x[400:461], labels[400:461])
    assert plain.left == 0 and plain.events > found.events


@needs_verilator
def test_simulated_cycles_are_the_boards_own_count_and_the_timelines():
    x, labels = tiny_samples(40)  # more than the 32 of its memory: two runs
    found = cost(TINY, x, labels)
    assert found.identical is True and found.cycles == found.measured
    # What a run takes until its first sample is fed is counted, too: 5 + 3/2 5 + 8 or so.
    assert 0 <= found.measured * 40 - found.events * 40 <= 2 * 60
    total, raw = 0, TINY.sample.from_float(x)
    with open_device(TINY) as device:
        device.write_weights(initial_weights(TINY, 0))
        for part in (slice(0, 32), slice(32, 40)):
            device.write_samples(raw[part], labels[part])
            device.start(len(labels[part]), train=True)
            total += device.wait().cycles
    assert found.measured * 40 == pytest.approx(total)


@needs_verilator
def test_other_weights_on_the_hardware_are_seen(monkeypatch):
    x, labels = tiny_samples(10)

    def one_sample_less(design, weights, x, labels, log):
        return simulated(design, weights, x[:-1], labels[:-1], log)

    monkeypatch.setattr(engine, "simulated", one_sample_less)
    assert cost(TINY, x, labels).identical is False


class Wire(Link):
    """Counts the bytes of the frames that a board is sent; it answers OK."""

    def __init__(self):
        self.sent, self._sequence, self._attempts = 0, 0, 1
        self._lock = threading.Lock()

    def _send(self, data):
        self.sent += len(data)

    def _answer(self, operation):
        return bytes([Status.OK])


@pytest.mark.parametrize("design", [preset("digits"), design_for(Network((255, 16, 10)))],
                         ids=["digits", "odd"])
def test_the_links_limit_is_that_of_the_drivers_frames(design):
    wire = Wire()
    x = np.zeros((1000, design.network.sizes[0]), np.int64)
    image = sample_image(design, x, Targets(np.zeros(1000, np.int64)))
    write_words(wire, design, Space.SAMPLES, 0, np.frombuffer(image, "<u2"))
    assert link_rate(design, 1_000_000) == pytest.approx(1e5 / (wire.sent / 1000), rel=1e-3)


# ---- builds ----------------------------------------------------------------------------------


def test_a_build_is_read(tmp_path):
    design = preset("digits")
    found = fabric(design, "digits", "icebreaker", tmp_path)
    assert (found.clock, found.planned) == (None, 40.5)
    assert found.missing == ("not built: ./scripts/run build icebreaker "
                             f"--output {tmp_path / 'icebreaker'}")
    assert (found.fmax, found.rate(100)) == (None, None) and found.baud == 1_000_000
    folder = tmp_path / "icebreaker"
    folder.mkdir()
    (folder / "report.json").write_text(report(design))
    found = fabric(design, "digits", "icebreaker", tmp_path)
    assert (found.missing, found.fmax, found.clock, found.seed) == ("", 40.0, 36.0, 3)
    assert found.planned == 40.5
    assert found.resources["LUT"] == (3000, 5280) and found.resources["FF"] == (2000, None)
    assert found.rate(400) == 100_000 and found.rate(400, found.clock) == 90_000
    other = fabric(design.replace(lanes=4), "digits", "icebreaker", tmp_path)
    assert other.missing.startswith("built for another design: ./scripts/run build icebreaker")
    (folder / "report.json").write_text('{"digest": 1')
    with pytest.raises(ValueError, match=r"report\.json is not a report of a build.*: delete it"):
        fabric(design, "digits", "icebreaker", tmp_path)


def test_the_command_that_builds_names_the_preset_where_it_is_not_the_boards_own():
    assert fabric(preset("digits"), "digits", "icebreaker", "build").missing in (
        "", "not built: ./scripts/run build icebreaker",
        "built for another design: ./scripts/run build icebreaker")
    found = fabric(preset("pal-deep"), "pal-deep", "ulx3s-85f", "no-such-folder")
    assert found.folder == str(Path("no-such-folder", "ulx3s-85f-pal-deep"))
    assert "./scripts/run build ulx3s-85f --preset pal-deep" in found.missing
    changed = fabric(preset("digits").replace(lanes=4), "digits", "icebreaker", "build", True)
    assert changed.missing == "not built: the same command with --build"
    assert "icebreaker" in boards_of("digits") and "ulx3s-85f" in boards_of("pal-deep")
    assert set(boards_of("digits")) <= set(BOARDS) and boards_of("tiny") == []
    assert boards_of("mnist") == ["ecpix5-85f"]  # which has a clock for it


def test_only_what_is_missing_is_built(tmp_path, monkeypatch):
    calls = []

    def build(target, design, output, *, seeds, prove, log):
        calls.append((target.name, tuple(seeds)))
        Path(output).mkdir()
        Path(output, "report.json").write_text(report(design))

    monkeypatch.setattr(flow, "build", build)
    for _ in range(2):
        found = build_missing(preset("digits"), "digits", "icebreaker", tmp_path, log=silent)
        assert found.fmax == 40.0
    assert calls == [("icebreaker", board("icebreaker").placements("digits", count=4))]


# ---- growth ----------------------------------------------------------------------------------


def test_cycles_grow_with_the_network_and_shrink_with_the_zeros():
    for design in (preset("digits"), PalRule.design((64, 32, 10), lanes=8)):
        def costs(*points, design=design):
            return [grown(design, Point("", sizes, zeros), samples=3) for sizes, zeros in points]

        width = costs(((64, 16, 10), 0.5), ((64, 32, 10), 0.5), ((64, 64, 10), 0.5))
        depth = costs(((64, 16, 10), 0.5), ((64, 16, 16, 10), 0.5))
        zeros = costs(((64, 16, 10), 0.0), ((64, 16, 10), 0.9))
        for row in (width, depth):
            cycles = [(found.events, found.dense, found.macs) for found in row]
            assert all(a < b for one, two in zip(cycles, cycles[1:], strict=False)
                       for a, b in zip(one, two, strict=True))
        assert zeros[1].events < zeros[0].events and zeros[1].dense == zeros[0].dense
        assert zeros[1].macs == zeros[0].macs


# ---- command ---------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs the command quickly: (record, what it printed)."""
    speed = Speed("C, zeros left out", "cc -O3", 1000.0, 900.0, 1100.0, 1200.0, 5)
    other = Speed("NumPy", "NumPy 2", 500.0, 400.0, 600.0, 700.0, 5, True)
    speeds = [speed, other, Speed("PyTorch", "not here")]
    monkeypatch.setattr(measuring, "speeds", lambda *_: speeds)

    def run(**changes):
        output = tmp_path / "out" / "bench.json"
        bench(**{"presets": ["digits"], "data": None, "samples": 5, "seed": 0, "layers": None,
                 "lanes": None, "boards": None, "builds": tmp_path, "build": False, "rtl": False,
                 "seconds": 0.0, "margins": None, "after": 0, "growth": False,
                 "output": output} | changes)
        said = capsys.readouterr().out
        assert "build.json" not in said and output.with_suffix(".txt").read_text() in said
        return json.loads(output.read_text()), said

    return run


def test_figures_belong_together(run, tmp_path):
    (tmp_path / "icebreaker").mkdir()
    (tmp_path / "icebreaker" / "report.json").write_text(report(preset("digits")))
    record, said = run(boards=["icebreaker", "ulx3s-85f"])
    (one,), own = record["runs"], record["runs"][0]["cost"]
    expected = cost(preset("digits"), DATA.x_train[:5], DATA.y_train[:5], rtl=False)
    assert own["cycles"] == own["events"] == expected.events and own["samples"] == 5
    assert (one["rule"], one["network"], one["lanes"]) == ("ghost", "64-32-10", 8)
    built, missing_one = one["boards"]
    assert built["samples_per_second"] == pytest.approx(40e6 / own["cycles"])
    assert built["samples_per_second_dense"] == pytest.approx(40e6 / own["dense"])
    assert built["samples_per_second_at_clock"] == pytest.approx(36e6 / own["cycles"])
    assert built["microseconds_per_sample"] * built["samples_per_second"] == pytest.approx(1e6)
    assert built["times_as_fast"] == {"C, zeros left out": built["samples_per_second"] / 1000,
                                      "NumPy": built["samples_per_second"] / 500}
    assert own["macs_per_multiplier_and_cycle"] == pytest.approx(own["macs"] / 8 / own["cycles"])
    assert missing_one["samples_per_second"] is None and missing_one["times_as_fast"] == {}
    assert "digits: ghost C1 sweep, 64-32-10, 8 lanes" in said
    assert "40.00 (3)" in said and "3000 of 5280" in said and "not built" in said
    assert f"{built['samples_per_second'] / 1000:.3g}" in said
    assert f"<= {built['samples_per_second'] / 500:.3g}" in said and "NumPy: >= 500" in said
    assert "PyTorch: -" in said and "PyTorch: not here" in said and "Not simulated" in said
    assert "1797 samples fit into the chip's memory" in said


def test_another_network_and_what_no_board_has(run):
    record, said = run(layers="64-12-10", lanes=4, boards=None)
    assert record["runs"][0]["network"] == "64-12-10" and record["runs"][0]["lanes"] == 4
    assert record["runs"][0]["boards"] == [] and "name one with --board" in said


def test_a_margin_is_a_further_run_beside_the_boards_of_the_preset(run, tmp_path):
    output = tmp_path / "out" / "bench.json"
    record, said = run(presets=["digits", "pal"], margins=[0.25], after=300, samples=40)
    plain, margin, pal = record["runs"]
    assert [one["margin_shift"] for one in record["runs"]] == [None, 2, None]
    assert (plain["preset"], margin["preset"], pal["preset"]) == ("digits", "digits", "pal")
    assert plain["digest"] != margin["digest"] and record["after"] == 300
    assert plain["cost"]["left"] == 0 < margin["cost"]["left"] < 1
    assert [b["board"] for b in plain["boards"]] == [b["board"] for b in margin["boards"]] != []
    assert "8 lanes, margin 1/4" in said and "starts from what 300 samples have left" in said
    text = output.with_suffix(".md").read_text()
    assert "40 samples of digits, after 300 others" in text
    assert f"| {100 * margin['cost']['left']:.1f} %, 0.0 % |" in text
    # What was learned before counts: so many samples lead, where none did at first.
    first, _ = run(margins=[0.25], samples=40)
    assert first["runs"][1]["cost"]["left"] < margin["cost"]["left"]


def test_weights_that_differ_are_an_error(run, monkeypatch):
    def wrong(design, weights, x, labels, log):
        return 100.0, {name: values + 1 for name, values in
                       raw_weights(design, weights).items()}

    monkeypatch.setattr(engine, "simulated", wrong)
    with pytest.raises(typer.Exit) as done:
        run(rtl=True)
    assert done.value.exit_code == 1


def idx(path, values):
    values = np.asarray(values, np.uint8)
    shape = b"".join(n.to_bytes(4, "big") for n in values.shape)
    path.write_bytes(bytes((0, 0, 8, values.ndim)) + shape + values.tobytes())


def test_a_folder_of_images(run, tmp_path):
    folder, random = tmp_path / "images", np.random.default_rng(0)
    folder.mkdir()
    for part in ("train", "t10k"):
        idx(folder / f"{part}-images-idx3-ubyte", random.integers(0, 256, (20, 3, 3)))
        idx(folder / f"{part}-labels-idx1-ubyte", np.arange(20) % 4)
    record, _ = run(data=folder, layers="9-6-4", samples=7)
    assert record["samples"] == 7 and record["runs"][0]["data"] == "mnist"
    with pytest.raises(ValueError, match="no preset has the 9 inputs .* such as 9-128-10"):
        run(data=folder, presets=None)
    with pytest.raises(ValueError, match="digits is 64-32-10, but a sample of mnist has 9 inputs"):
        run(data=folder)
    with pytest.raises(ValueError, match="digits is 784-16-10, .*; name other data with --data"):
        run(layers="784-16-10")
    with pytest.raises(FileNotFoundError, match="is not a folder"):
        run(data=tmp_path / "nothing")


def test_growth_is_saved_with_its_table(run):
    record, said = run(growth=True)
    assert len(record["growth"]) == 16 and "256-64-10" in said and "95 %" in said
    first = record["growth"][0]
    assert f"{first['costs']['digits']['events']:.0f} / {first['costs']['digits']['dense']:.0f}" \
        in said
    with pytest.raises(ValueError, match="--growth has its own samples and networks"):
        run(growth=True, layers="64-32-10")


@pytest.mark.parametrize("changes, reason", [
    ({"presets": ["nonsense"]}, "preset must be one of"),
    ({"boards": ["nonsense"]}, "board must be one of"),
    ({"layers": "64;10"}, "layers must look like"),
    ({"margins": [0.3]}, "margin must be 1, 1/2, 1/4 and so on"),
    ({"margins": [0.5], "presets": ["pal"]}, "--margin is for rules that have one"),
    ({"growth": True, "after": 5}, "--growth has its own samples"),
    ({"growth": True, "margins": [0.5]}, "--growth has its own samples"),
    ({"lanes": 0}, "lanes must")])
def test_wrong_values_are_refused_before_anything_is_measured(run, monkeypatch, changes, reason):
    monkeypatch.setattr(measuring, "cost", None)
    with pytest.raises(ValueError, match=reason):
        run(**changes)
