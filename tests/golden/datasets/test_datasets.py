import gzip
import tracemalloc

import numpy as np
import pytest
from sklearn.datasets import load_digits

from cortigate.golden.datasets import (
    Dataset,
    linear_regression,
    load_digits_split,
    load_idx_folder,
    patterns,
    read_idx,
    teacher_regression,
    teacher_student,
)
from cortigate.golden.initial import random_weights
from cortigate.golden.spec import preset


def rows(x):
    return sorted(map(bytes, np.ascontiguousarray(x)))


def test_digits_are_split_by_class_without_loss_or_overlap():
    data = load_digits_split(3)
    assert (data.x_train.shape, data.x_test.shape) == ((1437, 64), (360, 64))
    assert (data.inputs, data.classes) == (64, 10)
    everything = load_digits()
    assert rows(np.vstack([data.x_train, data.x_test])) == rows(everything.data / 16.0)
    shares = np.bincount(data.y_test) / np.bincount(everything.target)
    assert np.abs(shares - 0.2).max() < 0.01


def test_digits_fit_the_sample_memory_exactly():
    fmt = preset("digits").sample
    x = load_digits_split(0).x_train
    np.testing.assert_array_equal(fmt.to_float(fmt.from_float(x)), x)


def test_the_seed_makes_the_split():
    first, again, other = (load_digits_split(seed).y_test for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_validation_never_sees_the_test_samples():
    data = load_digits_split(0)
    inner = data.validation(0.2, seed=0)
    assert len(inner.x_train) + len(inner.x_test) == len(data.x_train)
    assert rows(np.vstack([inner.x_train, inner.x_test])) == rows(data.x_train)
    with pytest.raises(ValueError, match="strictly between 0 and 1, not 1.0"):
        data.validation(1.0)


def test_the_last_training_samples_are_held_out_in_order():
    data = load_digits_split(0)
    inner = data.held_out(37)
    np.testing.assert_array_equal(np.vstack([inner.x_train, inner.x_test]), data.x_train)
    np.testing.assert_array_equal(np.append(inner.y_train, inner.y_test), data.y_train)
    assert len(inner.y_test) == 37
    with pytest.raises(ValueError, match=r"samples must lie in 1 \.\. 1436, not 1437"):
        data.held_out(1437)


def test_first_keeps_only_training_samples_in_order():
    data = load_digits_split(0)
    np.testing.assert_array_equal(data.first(7).x_train, data.x_train[:7])
    assert len(data.first(7).x_test) == 360
    with pytest.raises(ValueError, match=r"samples must lie in 1 \.\. 1437, not 0"):
        data.first(0)


def test_dataset_rejects_arrays_that_do_not_belong_together():
    x, y = np.zeros((4, 3)), np.zeros(4, int)
    with pytest.raises(ValueError, match="one entry of y_test per sample"):
        Dataset(x, y, x, y[:3])
    with pytest.raises(ValueError, match="the same number of inputs, not 3 and 2"):
        Dataset(x, y, x[:, :2], y)
    with pytest.raises(ValueError, match="x_train must be finite"):
        Dataset(x * np.nan, y, x, y)


def idx(array):
    header = bytes((0, 0, 8, array.ndim)) + np.array(array.shape, ">u4").tobytes()
    return header + array.astype(np.uint8).tobytes()


@pytest.fixture
def folder(tmp_path):
    """A folder like MNIST's: 6 training and 3 test images of 2 x 2, half of the files zipped."""
    generator = np.random.default_rng(0)
    for part, count in (("train", 6), ("t10k", 3)):
        images = generator.integers(256, size=(count, 2, 2))
        (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(idx(images))
        packed = gzip.compress(idx(np.arange(count)))
        (tmp_path / f"{part}-labels-idx1-ubyte.gz").write_bytes(packed)
    return tmp_path


def test_idx_folder_reads_plain_and_zipped_files(folder):
    data = load_idx_folder(folder, name="small")
    assert (data.x_train.shape, data.x_test.shape, data.name) == ((6, 4), (3, 4), "small")
    np.testing.assert_array_equal(data.y_train, np.arange(6))
    raw = read_idx(folder / "train-images-idx3-ubyte", 3)
    np.testing.assert_array_equal(data.x_train[1], raw[1].ravel() / 255)


def test_missing_files_say_what_is_expected_and_where_it_is_found(folder):
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(FileNotFoundError,
                       match="neither t10k-labels-idx1-ubyte nor .*gz.*zalandoresearch"):
        load_idx_folder(folder)
    with pytest.raises(FileNotFoundError, match="is not a folder.*train-images-idx3-ubyte"):
        load_idx_folder(folder / "elsewhere")


def test_damaged_files_are_named(folder):
    images = folder / "train-images-idx3-ubyte"
    good = images.read_bytes()
    images.write_bytes(good[:-1])
    with pytest.raises(ValueError, match="must hold 6 x 2 x 2 values, but holds 23"):
        load_idx_folder(folder)
    images.write_bytes(b"<html>not found</html>")
    with pytest.raises(ValueError, match=r"train-images.*first bytes 0 0 8 3.*starts with \(60, "):
        load_idx_folder(folder)
    images.write_bytes(good)
    labels = folder / "train-labels-idx1-ubyte.gz"
    packed = labels.read_bytes()
    labels.write_bytes(packed[:-6])
    with pytest.raises(ValueError, match="train-labels.* is damaged: fetch it again"):
        load_idx_folder(folder)
    labels.write_bytes(gzip.compress(idx(np.arange(5))))
    with pytest.raises(ValueError, match="train has 6 images but 5 labels"):
        load_idx_folder(folder)


@pytest.mark.parametrize("place", ["", "raw", "gzip"])
@pytest.mark.parametrize("renamed", [
    lambda name: name.replace("-idx", ".idx"),
    lambda name: "emnist-balanced-" + name.replace("t10k", "test"),
], ids=["unpacked", "emnist"])
def test_names_and_places_of_other_sources(folder, place, renamed):
    wanted, inner = load_idx_folder(folder), folder / place
    inner.mkdir(exist_ok=True)
    for path in [path for path in folder.iterdir() if path.is_file()]:
        path.rename(inner / renamed(path.name))
    data = load_idx_folder(folder)
    np.testing.assert_array_equal(data.x_train, wanted.x_train)
    np.testing.assert_array_equal(data.y_test, wanted.y_test)


@pytest.mark.parametrize("name, other, packed", [
    ("t10k-images-idx3-ubyte", "test-images-idx3-ubyte", False),
    ("train-images-idx3-ubyte", "train-images.idx3-ubyte", False),
    ("train-images-idx3-ubyte", "train-images-idx3-ubyte.gz", True),
    ("t10k-labels-idx1-ubyte.gz", "test-labels.idx1-ubyte", False)])
def test_two_files_of_one_part_must_hold_the_same(folder, name, other, packed):
    wanted = load_idx_folder(folder)
    content = (folder / name).read_bytes()
    content = gzip.decompress(content) if name.endswith(".gz") else content
    (folder / other).write_bytes(gzip.compress(content) if packed else content)
    np.testing.assert_array_equal(load_idx_folder(folder).x_train, wanted.x_train)
    content = content[:-1] + bytes([content[-1] ^ 1])
    (folder / other).write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(ValueError, match="must hold the same, since their names") as caught:
        load_idx_folder(folder)
    assert all(f"{folder / one} " in f"{caught.value} " for one in (name, other))


def test_emnist_letters_count_from_one(folder):
    for path in list(folder.iterdir()):
        path.rename(folder / ("emnist-letters-" + path.name.replace("t10k", "test")))
    with pytest.raises(ValueError, match="labels of emnist-letters must count from 1, but one is"):
        load_idx_folder(folder)
    for part, count in (("train", 6), ("test", 3)):
        (folder / f"emnist-letters-{part}-labels-idx1-ubyte.gz").write_bytes(
            gzip.compress(idx(np.arange(1, count + 1))))
    data = load_idx_folder(folder)
    np.testing.assert_array_equal(data.y_train, np.arange(6))
    assert data.classes == 6
    (folder / "emnist-digits-train-labels-idx1-ubyte").write_bytes(idx(np.arange(6)))
    with pytest.raises(ValueError, match="one data set, not the splits 'digits', 'letters': move"):
        load_idx_folder(folder)


def test_a_bomb_costs_what_it_announces(folder):
    path = folder / "train-labels-idx1-ubyte.gz"
    with gzip.open(path, "wb", compresslevel=9) as file:  # 256 MB of zeros in 250 KB
        file.write(idx(np.arange(6)))
        for _ in range(256):
            file.write(bytes(1 << 20))
    tracemalloc.start()
    with pytest.raises(ValueError, match="train-labels.* must hold 6 values, but holds more"):
        load_idx_folder(folder)
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    path.write_bytes(gzip.compress(bytes((0, 0, 8, 1, 255, 255, 255, 255))))
    with pytest.raises(ValueError, match="must hold 4294967295 values, but is much too short"):
        load_idx_folder(folder)
    tracemalloc.stop()


def test_sets_without_samples_or_with_two_sizes(folder):
    images = folder / "train-images-idx3-ubyte"
    images.write_bytes(idx(np.zeros((0, 2, 2))))
    with pytest.raises(ValueError, match="train-images.* at least one value, but announces 0 x 2"):
        load_idx_folder(folder)
    images.write_bytes(idx(np.zeros((6, 4, 1))))
    with pytest.raises(ValueError, match=r"one size, not \(4, 1\) and \(2, 2\)"):
        load_idx_folder(folder)


def test_teacher_is_repeatable_and_uses_every_class():
    data, again = teacher_student(seed=4), teacher_student(seed=4)
    np.testing.assert_array_equal(data.y_train, again.y_train)
    assert np.bincount(data.y_train, minlength=4).min() > 100 and data.classes == 4
    assert 0.0 <= data.x_train.min() and data.x_train.max() <= 1.0


def test_regression_is_linear_and_its_noise_is_as_asked():
    data = linear_regression(inputs=5, outputs=2, samples=400, noise=0.1, seed=1)
    design = np.column_stack([data.x_train, np.ones(400)])
    residual = data.y_train - design @ np.linalg.lstsq(design, data.y_train, rcond=None)[0]
    assert residual.std() == pytest.approx(0.1, rel=0.1)
    with pytest.raises(ValueError, match="is a regression: it has no classes"):
        _ = data.classes
    assert linear_regression(seed=1).validation().y_test.shape == (100, 3)


def test_teachers_are_linear_or_not_and_no_relatives_of_a_student():
    def unexplained(data):
        fit = np.linalg.lstsq(data.x_train, data.y_train, rcond=None)[0]
        return (data.y_train - data.x_train @ fit).var() / data.y_train.var()

    line = teacher_regression(samples=1000, gain=2.0, seed=3)
    assert (line.y_train.shape, line.x_test.shape) == ((1000, 10), (1000, 30))
    assert unexplained(line) < 1e-20 and line.y_train.var() == pytest.approx(4.0, rel=0.2)
    curved = teacher_regression((30, 20, 10, 10), gain=1.5, seed=3)
    assert 0.1 < unexplained(curved) < 0.9
    again = teacher_regression((30, 20, 10, 10), gain=1.5, seed=3)
    np.testing.assert_array_equal(curved.y_test, again.y_test)
    student = random_weights((30, 10), 3)["W1"][:, :-1]
    teacher = np.linalg.lstsq(line.x_train, line.y_train, rcond=None)[0].T
    assert abs(np.corrcoef(student.ravel(), teacher.ravel())[0, 1]) < 0.2


@pytest.mark.parametrize("call, message", [
    (lambda: teacher_regression((3,)), r"at least inputs and outputs, not \(3,\)"),
    (lambda: teacher_regression(gain=0.0), "gain must be positive, not 0.0"),
    (lambda: teacher_regression(samples=0), "samples must be a positive integer, not 0"),
    (lambda: teacher_student(sizes=(4,)), r"at least inputs and outputs, not \(4,\)"),
    (lambda: teacher_student(samples=0), "samples must be a positive integer, not 0"),
    (lambda: linear_regression(inputs=1.5), "inputs must be a positive integer, not 1.5"),
    (lambda: linear_regression(noise=-1.0), "noise must be 0 or more, not -1.0"),
])
def test_synthetic_sets_reject_bad_sizes(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def splitmix(seed, count):
    """Words of SplitMix64, one by one."""
    state, words = seed, []
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) % 2**64
        z = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
        words.append(z ^ z >> 31)
    return words


def test_patterns_are_drawn_as_they_are_said_to_be():
    assert splitmix(1234567, 2) == [6457827717110365317, 3203168211198807973]  # published
    seed, inputs, classes, maximum, samples = 5, 6, 3, 16, 1500
    # Whose state after one step is 4 seed + stream: the mix of that.
    starts = [splitmix((4 * seed + stream - 0x9E3779B97F4A7C15) % 2**64, 1)[0]
              for stream in range(3)]

    def value(word):
        return (word >> 32) * (maximum + 1) >> 32

    drawn = [0 if word % 2 else value(word) for word in splitmix(starts[0], classes * inputs)]
    for held_out in (False, True):
        words = splitmix(starts[1 + held_out], samples * (inputs + 1))
        found, labels = patterns(inputs, classes, maximum, samples, seed, held_out=held_out)
        for k in (0, 1, 2, 1023, 1024, 1499):
            own = words[k * (inputs + 1):(k + 1) * (inputs + 1)]
            label = own[0] % classes
            assert labels[k] == label
            assert found[k].tolist() == [
                drawn[label * inputs + j] if word % 4 else value(word)
                for j, word in enumerate(own[1:])]
        fewer = patterns(inputs, classes, maximum, 7, seed, held_out=held_out)
        np.testing.assert_array_equal(fewer[0], found[:7])
        assert (found.dtype, labels.dtype) == (np.uint8, np.int64)
        assert set(labels) == {0, 1, 2} and found.max() <= maximum
    assert (patterns(inputs, classes, maximum, 9, 6)[0] != found[:9]).any()


@pytest.mark.parametrize(("numbers", "message"), [
    ((0, 2, 16, 5, 0), "inputs must lie"), ((5, 0, 16, 5, 0), "classes must lie"),
    ((5, 2, 256, 5, 0), "maximum must lie"), ((5, 2, 16, 0, 0), "samples must lie"),
    ((5, 2, 16, 5, -1), "seed must lie")])
def test_patterns_that_cannot_be(numbers, message):
    with pytest.raises(ValueError, match=message):
        patterns(*numbers)


def test_one_label_alone_is_refused():
    with pytest.raises(ValueError, match=r"one entry of y_train per sample, not \(1, 2\) and "):
        Dataset(np.zeros((1, 2)), np.array(1), np.zeros((1, 2)), np.zeros(1, int))
