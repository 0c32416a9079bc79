"""Checkpoints go on bit for bit, and survive what may go wrong while saving."""

import dataclasses
import errno
import hashlib
import os
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from safetensors.numpy import save_file

from cortigate.boards.learn import sealed
from cortigate.boards.learn.checkpoint import Checkpoint
from cortigate.boards.learn.comparison import differences
from cortigate.boards.learn.models import IntegerDevice, ReferenceDevice
from cortigate.boards.learn.training import epoch_run
from cortigate.boards.storage import files
from cortigate.golden.initial import initial_weights
from cortigate.golden.spec import QFormat, Rounding, preset
from cortigate.sim.fuzz.checkpoints import DAMAGES, LineFault, damage_checkpoints, resealed

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
    with pytest.raises(ValueError, match=f"is for 5-4-3-2 .*{DESIGN.digest}.*{other.digest}"):
        Checkpoint.load(tmp_path / "file", other)
    with pytest.raises(ValueError, match="not for 64-32-10"):
        checkpoint().restore(IntegerDevice(other))
    assert Checkpoint.load(tmp_path / "file").position == {"epoch": 2}


def test_weights_of_any_order_of_memory_are_saved_as_what_they_are(tmp_path):
    wanted = checkpoint()
    for change in (np.asfortranarray, lambda v: v.T.copy().T, lambda v: v[:, ::-1].copy()[:, ::-1],
                   lambda v: np.repeat(v, 2, axis=1)[:, ::2], lambda v: v.astype(">i4"),
                   lambda v: v.astype(np.int16)):
        given = {name: change(values) for name, values in wanted.weights.items()}
        dataclasses.replace(wanted, weights=given, extra={"a": change(np.eye(3) > 0)[:0] * 1}
                            ).save(tmp_path / "file")
        assert same(Checkpoint.load(tmp_path / "file"), wanted)


def test_numbers_of_numpy_become_plain_ones(tmp_path):
    position = {"epoch": np.uint64(3), "right": np.bool_(True), "share": np.float32(0.5),
                "list": (np.int8(-1), None, "x")}
    dataclasses.replace(checkpoint(), position=position).save(tmp_path / "file")
    found = Checkpoint.load(tmp_path / "file").position
    assert found == {"epoch": 3, "right": True, "share": 0.5, "list": [-1, None, "x"]}
    assert [type(found[name]) for name in ("epoch", "right", "share")] == [int, bool, float]


@pytest.mark.parametrize("change, message", [
    (lambda c: {"weights": c.weights | {"W1": c.weights["W1"] * 0 + 2**20}}, "W1 must lie in"),
    (lambda c: {"weights": {"W1": c.weights["W1"]}}, "weights must hold W1, W2, W3, not W1"),
    (lambda c: {"weights": c.weights | {"W2": c.weights["W2"].T}}, "W2 must have shape"),
    (lambda c: {"weights": {n: v * np.nan for n, v in c.weights.items()}}, "W1 must be finite"),
    (lambda c: {"weights": c.weights | {"W1": c.weights["W1"] * 0.5}}, "all raw integers or all"),
    (lambda c: {"generators": c.generators * 0}, "generators must lie in 1 .. 2"),
    (lambda c: {"generators": c.generators[1:]}, "generators must have shape"),
    (lambda c: {"generators": c.generators * 1.0}, "generators must be integers"),
    (lambda c: {"position": {"a": [np.inf]}}, "0 of a of position must be finite"),
    (lambda c: {"position": {"a": np.zeros(2)}}, "a of position must be numbers, text, lists"),
    (lambda c: {"extra": {"a": np.array(["x"])}}, "a must hold integers or real numbers"),
    (lambda c: {"extra": {"a": np.array([2**63], np.uint64)}}, "a must lie below"),
])
def test_what_is_no_state_is_refused(change, message):
    whole = checkpoint()
    with pytest.raises((ValueError, TypeError), match=message):
        dataclasses.replace(whole, **change(whole))


def test_what_a_device_would_round_is_refused_before_it_is_touched():
    device = IntegerDevice(DESIGN)
    before = {name: values.copy() for name, values in device.read_weights().items()}
    real = ReferenceDevice(DESIGN)
    real.write_weights(initial_weights(DESIGN, 3))
    with pytest.raises(ValueError, match="real numbers, which this device would round"):
        Checkpoint.of(real).restore(device)
    for name, values in device.read_weights().items():
        np.testing.assert_array_equal(values, before[name])


# ---- files --------------------------------------------------------------------------------------

def test_no_flipped_bit_is_loaded(tmp_path):
    path = tmp_path / "file"
    checkpoint().save(path)
    whole = path.read_bytes()
    for place in np.random.default_rng(5).choice(8 * len(whole), 600, replace=False):
        data = bytearray(whole)
        data[place // 8] ^= 1 << place % 8
        path.write_bytes(data)
        with pytest.raises(ValueError, match=re.escape(str(path))):
            Checkpoint.load(path)


def test_damage_of_all_kinds():
    seen = damage_checkpoints(1500, seed=7)
    kinds = {name.partition(":")[0] for name in seen}
    assert kinds == {one.__name__ for one in DAMAGES} | {"edited", "numbers"}
    assert seen["edited: taken"] and seen["numbers: taken"] and seen["numbers: refused"]


def test_damage_that_is_not_noticed_would_be_told(monkeypatch):
    right = hashlib.sha256
    monkeypatch.setattr(sealed.hashlib, "sha256", lambda data: right(b""))
    with pytest.raises(LineFault):
        damage_checkpoints(1500, seed=7)


@pytest.mark.parametrize("change, message", [
    (lambda head, body: head["__metadata__"].pop("position"), "its texts must be design, digest"),
    (lambda head, body: head["__metadata__"].update(format="cortigate 9"),
     "not a checkpoint of this version of cortigate: its format is 'cortigate 9'"),
    (lambda head, body: head["__metadata__"].update(design="[" * 9999), "nested too deep"),
    (lambda head, body: head["__metadata__"].update(design='{"name": "future"}'),
     "or was written by another version of cortigate: rule must be one of"),
    (lambda head, body: head["W1"].update(dtype="BF16", shape=[4, 24]), "W1 must be of the kind"),
    (lambda head, body: head["W1"].update(shape=[2, 12]), "W1 must have shape"),
    (lambda head, body: head.pop("__metadata__"), "its header holds no texts"),
    (lambda head, body: body.extend(b"x"), "file not fully covered"),
])
def test_other_content_under_a_right_checksum_is_refused(tmp_path, change, message):
    path = tmp_path / "file"
    path.write_bytes(resealed(checkpoint().to_bytes(), change))
    with pytest.raises(ValueError, match=message) as caught:
        Checkpoint.load(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("make, message", [
    (lambda path: path.mkdir(), "cannot be read: Is a directory"),
    (os.mkfifo, "is not a checkpoint but a pipe"),
    (lambda path: path.symlink_to(path), "cannot be read: Too many levels of symbolic links"),
    (lambda path: path.symlink_to("/dev/zero"), "is not a checkpoint but a device"),
    (lambda path: path.symlink_to("/proc/self/status"), "is not a checkpoint, or is damaged"),
    (lambda path: (path.touch(), os.truncate(path, 1 << 40)), "is too large for a checkpoint"),
    (lambda path: path.write_bytes(b""), "is not a checkpoint, or is damaged"),
    (lambda path: path.write_bytes(checkpoint().to_bytes()[:300]), "it was cut off"),
    (lambda path: save_file({"W1": np.zeros(3)}, path), "its header holds no texts"),
    (lambda path: save_file({"W1": np.zeros(3)}, path, {"a": "b"}), "not a checkpoint of this ver"),
    (lambda path: None, "cannot be read: No such file"),
], ids=["folder", "pipe", "loop", "device", "proc", "sparse", "empty", "cut",
        "tensors", "texts", "none"])
@pytest.mark.skipif(os.name != "posix", reason="kinds of files that POSIX knows")
def test_what_is_no_checkpoint_is_one_error(tmp_path, make, message):
    path = tmp_path / "file"
    make(path)
    with pytest.raises(ValueError, match=f"{re.escape(str(path))}.*{message}"):
        Checkpoint.load(path)


def test_a_file_without_permission_is_one_error(tmp_path, monkeypatch):
    def refuse(path, flags):
        raise PermissionError(errno.EACCES, "Permission denied")

    checkpoint().save(tmp_path / "file")
    monkeypatch.setattr(files.os, "open", refuse)  # root may read everything
    with pytest.raises(ValueError, match="file cannot be read: Permission denied"):
        Checkpoint.load(tmp_path / "file")


# ---- saving -------------------------------------------------------------------------------------

def test_a_full_disk_leaves_the_old_file(tmp_path):
    resource = pytest.importorskip("resource")
    path = tmp_path / "file"
    checkpoint().save(path)
    before, limits = path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match="could not save .* older file of this name is") as no:
            dataclasses.replace(checkpoint(), position={"epoch": 3}).save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert no.value.errno == errno.EFBIG and no.value.filename == str(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(os.name != "posix", reason="permissions that POSIX knows")
def test_permissions_and_links_stay(tmp_path):
    path, link = tmp_path / "file", tmp_path / "link"
    link.symlink_to("file")
    checkpoint().save(link)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask()
    path.chmod(0o640)
    dataclasses.replace(checkpoint(), position={"epoch": 3}).save(link)
    assert path.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink() and Checkpoint.load(path).position == {"epoch": 3}


@pytest.mark.skipif(os.name != "posix", reason="kinds of files that POSIX knows")
@pytest.mark.parametrize("make, message", [
    (lambda path: path.mkdir(), "could not save .* .it is a folder"),
    (os.mkfifo, "could not save .* .it is a pipe"),
    (lambda path: path.symlink_to("/dev/null"), "could not save .* .it is a device"),
    (lambda path: path.symlink_to(path), "could not save .* .Too many levels"),
])
def test_only_files_are_replaced(tmp_path, make, message):
    path = tmp_path / "file"
    make(path)
    with pytest.raises(OSError, match=message):
        checkpoint().save(path)
    assert not path.is_file() and len(list(tmp_path.iterdir())) == 1


def test_threads_save_to_the_same_path(tmp_path):
    path, whole = tmp_path / "file", checkpoint()
    mine = [dataclasses.replace(whole, position={"thread": n}) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(one.save, path) for one in mine * 10]
        for job in jobs:
            if path.exists():
                assert same(Checkpoint.load(path), whole)
            job.result()
    assert Checkpoint.load(path).position in [one.position for one in mine]
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_what_a_killed_writer_left_is_removed(tmp_path):
    left, fresh = (tmp_path / f".cortigate-{digit * 16}.new" for digit in "ab")
    for path in (left, fresh):
        path.write_text("half")
    os.utime(left, (0, 0))
    checkpoint().save(tmp_path / "file")
    assert sorted(file.name for file in tmp_path.iterdir()) == [fresh.name, "file"]


def same(one, other):
    """Whether weights and generators of two checkpoints are the same, kinds included."""
    return (one.design == other.design and one.weights.keys() == other.weights.keys()
            and all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in
                    zip([*one.weights.values(), one.generators],
                        [*other.weights.values(), other.generators], strict=True)))


def umask():
    """The process's mask of permissions."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize("value", [np.array(3), np.array(0.5), np.zeros((0, 2)), np.zeros((2, 1))])
def test_arrays_of_any_shape_keep_it(value):
    made = dataclasses.replace(checkpoint(), extra={"a": value})
    found = Checkpoint.from_bytes(made.to_bytes(), "it").extra["a"]
    assert found.shape == value.shape and np.array_equal(found, value)


@pytest.mark.parametrize("module, limit", [("checkpoint", "MOST_BYTES"), ("sealed", "MOST_HEADER")])
def test_nothing_is_saved_that_would_not_load(module, limit, tmp_path, monkeypatch):
    path, made = tmp_path / "file", checkpoint()
    made.save(path)
    before = path.read_bytes()
    monkeypatch.setattr(f"cortigate.boards.learn.{module}.{limit}", 100)
    with pytest.raises(ValueError, match="would have .* bytes"):
        made.save(path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_bytes_are_on_the_disk_before_the_file_has_its_name(tmp_path, monkeypatch):
    """A power cut after the rename may not leave an empty file."""
    done, sync, replace = [], os.fsync, files.Path.replace
    monkeypatch.setattr(files.os, "fsync", lambda number: (done.append("sync"), sync(number))[1])
    monkeypatch.setattr(files.Path, "replace",
                        lambda self, target: (done.append("name"), replace(self, target))[1])
    checkpoint().save(tmp_path / "state")
    assert done == ["sync", "name", "sync"]  # the last one is the folder's


def test_how_often_a_run_is_saved_is_no_difference():
    one, other, third = (dataclasses.replace(checkpoint(), position={
        "command": "demo", "settings": {"every": every, "seed": seed}})
        for every, seed in ((None, 0), (37, 0), (37, 1)))
    assert differences(one, other) == []
    assert differences(one, third) == ["position, settings, seed: 0, and 1"]
