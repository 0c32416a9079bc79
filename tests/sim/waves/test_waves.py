"""The waveform of a sample, read back: names and numbers are the integer model's."""

import pytest
from vcd.reader import TokenKind, tokenize

from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import Operation, QFormat, Rounding, preset
from cortigate.golden.timeline import Timeline
from cortigate.scripts import cli
from cortigate.sim.proof import examples
from cortigate.sim.waves import observe, write_wave

PERIOD = 10  # ns of a cycle: what GTKWave's markers count in


def read_back(path):
    """Signal -> value in every cycle."""
    names, scopes, now, at, rows = {}, [], {}, 0, []
    with path.open("rb") as file:
        for token in tokenize(file):
            if token.kind is TokenKind.SCOPE:
                scopes.append(token.scope.ident)
            elif token.kind is TokenKind.UPSCOPE:
                scopes.pop()
            elif token.kind is TokenKind.VAR:
                names[token.var.id_code] = ".".join([*scopes, token.var.reference])
            elif token.kind is TokenKind.CHANGE_TIME:
                rows += [dict(now)] * (token.data // PERIOD - at)
                at = token.data // PERIOD
            elif token.kind is TokenKind.CHANGE_SCALAR:
                now[names[token.data.id_code]] = token.data.value == "1"
            elif token.kind in (TokenKind.CHANGE_REAL, TokenKind.CHANGE_VECTOR,
                                TokenKind.CHANGE_STRING):
                value = token.data.value
                now[names[token.data.id_code]] = (
                    value.replace("\\x20", " ") if isinstance(value, str) else value)
    return rows


TINY = preset("tiny")
# With generators, and neurons side by side.
STOCHASTIC = TINY.replace(neuron_lanes=2,
                          weight=QFormat(2, 14, rounding=Rounding.STOCHASTIC))


@pytest.mark.parametrize("design", [TINY, STOCHASTIC], ids=["tiny", "stochastic"])
def test_numbers_and_names_are_the_models(design, tmp_path):
    model = integer_model(design)
    model.set_weights(initial_weights(design, 0))
    inputs, targets = examples(design, 3)
    model.learn_all(inputs[:2], targets[:2])
    seen = observe(design, model.weights, model.states, inputs[2], targets[2])
    path, view, commands = write_wave(tmp_path / "one.vcd", seen)
    rows = read_back(path)
    trace = model.learn(inputs[2], targets[2])
    steps = Timeline(design).program.steps
    ran = [(steps[number], done) for number, done in Timeline(design).course(trace)
           if done is not None and steps[number].matrix is not None]
    # Neurons, as they pass by.
    expected = [(f"layer {step.target}, neuron {i}", rate / design.rate.one,
                 state / (1 << design.state.fraction))
                for step, done in ran if step.mode is not None and not step.silent
                for i, (rate, state) in enumerate(zip(done.rate, done.state, strict=True))]
    lanes = [""] if design.neuron_lanes == 1 else [f"_{k}" for k in range(design.neuron_lanes)]
    found = [(row[f"neuron.neuron{k}"], row[f"neuron.rate{k}"], row[f"neuron.state{k}"])
             for row in rows for k in lanes if row[f"neuron.valid{k}"]]
    assert found == expected and len(found) > 5
    # Weights, as they are written: the last word of each place is the matrix afterwards.
    written = {}
    for row in rows:
        if row["weights.valid"]:
            written[row["weights.word"]] = [row[f"weights.lane_{k}"] for k in range(design.lanes)]
    maps = model.map
    for matrix in maps.matrices:
        for place, values in written.items():
            if not place.startswith(f"{matrix.name}, "):
                continue
            first, column = int(place.split()[2]), int(place.split()[-1])
            for k, value in enumerate(values):
                if first + k < matrix.rows:
                    assert value == model.weights[matrix.name][first + k, column] / (
                        1 << design.weight.fraction)
    assert len(written) > 5
    # Steps by name, in their order.
    called = [row["sample.step"] for row in rows if row["request.valid"]]
    order = [f"{step.operation.name} {step.matrix.name}" for step, done in ran
             if step.operation is not Operation.BACKWARD or done.walked is not None]
    distinct = [one for k, one in enumerate(called) if k == 0 or one != called[k - 1]]
    assert {" ".join(one.split()[:2]) for one in distinct} <= set(order)
    # The last words are written after the sample's end.
    ends, = (number for number, row in enumerate(rows) if row["sample.done"])
    assert rows[0]["sample.start"] and rows[ends]["sample.prediction"] == trace.prediction
    assert len(rows) - 1 > ends == Timeline(design).cycles(trace) - 1
    assert rows[-1]["weights.valid"]
    # Every layer's neurons hold what they had last.
    last = {place: rate for place, rate, _ in expected}
    for layer, size in enumerate(design.network.sizes[1:], start=1):
        for i in range(size):
            assert rows[-1][f"layer_{layer}.rate_{i}"] == last[f"layer {layer}, neuron {i}"]
    marks = [int(mark) for line in view.read_text().splitlines() if line.startswith("*")
             for mark in line.split()[2:] if mark != "-1"]
    begins = [cycle for cycle in range(1, len(rows))
              if rows[cycle]["sample.step"] != rows[cycle - 1].get("sample.step")]
    assert set(marks) <= {PERIOD * cycle for cycle in begins} and len(marks) >= 5
    assert f"neuron.rate{lanes[0]}" in view.read_text() and "sample.step" in view.read_text()
    lines = [line.split() for line in commands.read_text().splitlines()]
    assert {line[0] for line in lines} == {"divider_add", "variable_add", "zoom_fit"}
    assert [line[1] for line in lines if line[0] == "variable_add"] == list(rows[0])
    assert [line[1] for line in lines if line[0] == "divider_add"] == list(
        dict.fromkeys(name.partition(".")[0] for name in rows[0])) and lines[-1] == ["zoom_fit"]


@pytest.mark.parametrize("words, said", [
    (("-o", "one.fst"), "the waveform's name must end in .vcd, not be one.fst"),
    (("-o", "no/one.vcd"), "no"),
    (("--preset", "digits", "--sample", "1437"), "--sample must be at most 1436")])
def test_what_is_refused(words, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["cortigate", "wave", *words])
    with pytest.raises(SystemExit) as end:
        cli.main()
    errors = capsys.readouterr().err
    assert end.value.code == 2 and said in errors and len(errors.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["cortigate", "wave", "--preset", "tiny", "--infer",
                                     "--sample", "1"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert not end.value.code
    assert "sample 1 of random samples" in capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} == {"sample.vcd", "sample.gtkw",
                                                          "sample.sucl"}
