"""Checkpoints go on bit for bit, and survive what may go wrong while saving."""

import dataclasses
import errno
import os

import numpy as np
import pytest

from cortigate.boards.host.checkpoint import Checkpoint
from cortigate.boards.host.models import IntegerDevice, ReferenceDevice
from cortigate.boards.host.training import epoch_run
from cortigate.golden.initial import initial_weights
from cortigate.golden.spec import QFormat, Rounding, preset

STOCHASTIC = QFormat(2, 10, rounding=Rounding.STOCHASTIC)
DESIGN = preset("tiny").replace(weight=STOCHASTIC)


def prepared(kind=IntegerDevice, design=DESIGN):
    """A device with samples."""
    random = np.random.default_rng(1)
    device = kind(design)
    device.write_samples(random.integers(0, 129, (32, 5)), random.integers(0, 2, 32))
    return device


def checkpoint():
    device = prepared()
    device.write_weights(initial_weights(DESIGN, 3))
    return Checkpoint.of(device, epoch=2)


@pytest.mark.parametrize("name", ["tiny", "tiny-equilibrium", "tiny-inversion", "tiny-pal"])
@pytest.mark.parametrize("kind", [IntegerDevice, ReferenceDevice])
def test_a_run_goes_on_bit_for_bit_in_the_middle_of_an_epoch(kind, name, tmp_path):
    design = preset(name).replace(weight=STOCHASTIC)
    whole, run = prepared(kind, design), epoch_run(design, 3, 0, 32)
    whole.write_weights(initial_weights(design, 3))
    whole.train(run)

    device = prepared(kind, design)
    device.write_weights(initial_weights(design, 3))
    done = device.train(dataclasses.replace(run, count=13))
    Checkpoint.of(device, shuffle_state=done.shuffle_state).save(tmp_path / "half")

    loaded = Checkpoint.load(tmp_path / "half", design)
    device = prepared(kind, design)
    loaded.restore(device)
    device.train(dataclasses.replace(run, count=19, state=loaded.position["shuffle_state"]))
    for name, values in whole.read_weights().items():
        np.testing.assert_array_equal(device.read_weights()[name], values)
        assert device.read_weights()[name].dtype == values.dtype
    np.testing.assert_array_equal(device.read_generators(), whole.read_generators())


def test_another_configuration_is_refused_by_name(tmp_path):
    checkpoint().save(tmp_path / "file")
    other = preset("digits")
    with pytest.raises(ValueError, match=f"of 5-4-3-2 .*{DESIGN.digest}.*{other.digest}"):
        Checkpoint.load(tmp_path / "file", other)
    with pytest.raises(ValueError, match="not of 64-32-10"):
        checkpoint().restore(IntegerDevice(other))
    assert Checkpoint.load(tmp_path / "file").position == {"epoch": 2}


@pytest.mark.parametrize("place", [0, 12, -1], ids=["length", "header", "cut"])
def test_damaged_files_are_refused(tmp_path, place):
    path = tmp_path / "file"
    checkpoint().save(path)
    data = bytearray(path.read_bytes())
    if place < 0:
        data = data[:-9]
    else:
        data[place] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(ValueError, match="is no checkpoint, or is damaged"):
        Checkpoint.load(path)


def test_other_files_are_refused(tmp_path):
    from safetensors.numpy import save_file

    save_file({"W1": np.zeros(3)}, tmp_path / "file")
    with pytest.raises(ValueError, match="is no checkpoint of this version"):
        Checkpoint.load(tmp_path / "file")
    with pytest.raises(FileNotFoundError):
        Checkpoint.load(tmp_path / "nothing")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    checkpoint().save(path)
    before = path.read_bytes()
    # What save writes beside the old file goes to a device that is always full.
    os.symlink("/dev/full", path.with_name(f".file.{os.getpid()}.new"))
    with pytest.raises(OSError, match="not saved .* an older one of this name is as it was") as no:
        dataclasses.replace(checkpoint(), position={"epoch": 3}).save(path)
    assert no.value.errno == errno.ENOSPC
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
