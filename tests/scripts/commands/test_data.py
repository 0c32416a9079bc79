"""cortigate data: the set in a virtual board's flash memory, by the command line alone."""

import json

import numpy as np
import pytest

from cortigate.boards.device.digests import weights_digest
from cortigate.boards.learn.checkpoint import Checkpoint
from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import epoch_mask, integer_model
from cortigate.golden.integer.blocks import block_order, samples_in_order
from cortigate.golden.spec import preset
from cortigate.golden.spec.flash import block_bits
from cortigate.scripts import cli
from cortigate.sim.virtual_board import VirtualBoard

DESIGN = preset("digits").replace(flash=True, sample_capacity=4)
COUNT, BLOCK = 40, 16


@pytest.fixture(scope="module")
def port():
    with VirtualBoard(DESIGN) as port:
        yield port


def said(capsys, monkeypatch, tmp_path, port, command, *words):
    """Document of a command on the board."""
    report = tmp_path / "report.json"
    report.write_text(json.dumps(RECORD))
    monkeypatch.setattr("sys.argv", ["cortigate", "data", command, port, *map(str, words),
                                     "--report", str(report), "--baud", "2000000", "--json"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    if ended.value.code:
        raise ended.value
    return json.loads(capsys.readouterr().out)


RECORD = {"board": "virtual", "clock_hz": 8_000_000, "baud": None, "design": DESIGN.to_dict(),
          "digest": DESIGN.digest}


def test_digits_are_written_shown_and_learned(capsys, monkeypatch, tmp_path, port):
    asked = capsys, monkeypatch, tmp_path, port
    written = said(*asked, "write", "digits", "--samples", COUNT)
    assert (written["name"], written["samples"], written["blocks"]) == ("digits", COUNT, 3)
    shown = said(*asked, "show", "--verify")
    assert shown["verified"] and {key: shown[key] for key in written} == written
    file = tmp_path / "learned.safetensors"
    found = said(*asked, "learn", "--epochs", 2, "--seed", 3, "--save", file)

    split, model = load_digits_split(), integer_model(DESIGN)
    inputs, labels = DESIGN.sample.from_float(split.x_train[:COUNT]), split.y_train[:COUNT]
    model.set_weights(initial_weights(DESIGN, 3))
    for epoch, line in enumerate(found["learned"]):
        blocks, _ = block_order(3, epoch_mask(3, epoch, block_bits(3)))
        order = samples_in_order(COUNT, BLOCK, blocks)
        right = model.learn_all(inputs[order], labels[order]) == labels[order]
        assert line["accuracy_while_learning"] == right.mean()
    assert found["weights"] == weights_digest(model.weights)
    assert found["accuracy"] == (model.predict(inputs) == labels).mean()
    kept = Checkpoint.load(file)
    assert all(np.array_equal(kept.weights[name], model.weights[name]) for name in model.weights)


@pytest.mark.parametrize("dataset, message", [
    ("numbers", "DATASET must be digits or a folder of idx files, not numbers")])
def test_what_is_no_data_is_refused(capsys, monkeypatch, tmp_path, port, dataset, message):
    with pytest.raises(SystemExit):
        said(capsys, monkeypatch, tmp_path, port, "write", dataset)
    assert message in capsys.readouterr().err
