"""Attested learning: the format, recomputed by other means; who tampers with a record is found."""

import hashlib
import json
import struct

import numpy as np
import pytest

from cortigate.boards.learn.attestation import AttestedCourse, Record, attest, check
from cortigate.boards.learn.attestation.course import Data, canonical
from cortigate.boards.learn.models import BackpropDevice, IntegerDevice, ReferenceDevice
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import QFormat, Rounding, preset

TINY = preset("tiny").replace(weight=QFormat(2, 10, rounding=Rounding.STOCHASTIC))
COURSE = AttestedCourse(samples=40, portion=16, held_out=9, seed=3)


def taken(design=TINY, course=COURSE, device=None):
    return attest(device or IntegerDevice(design), course, kind="integer model")


@pytest.fixture(scope="module")
def content():
    return taken()


def saved(folder, content):
    """Path of a record with its checksum."""
    Record.of(content).save(folder / "run.json")
    return folder / "run.json"


def changed(content, change):
    """A copy of a record, changed."""
    copy = json.loads(json.dumps(content))
    change(copy)
    return copy


def written(folder, content, checksum):
    """Path of a record as somebody might write it, with any checksum."""
    path = folder / "run.json"
    path.write_text(json.dumps(content | {"checksum": checksum}))
    return path


def sha(data):
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("name", ["tiny", "tiny-equilibrium", "tiny-inversion", "tiny-pal",
                                  "tiny-microcircuit"])
def test_the_format_is_what_it_is_said_to_be(name, tmp_path):
    design = preset(name)
    record = json.loads(saved(tmp_path, taken(design)).read_text())
    data = Data.of(design, COURSE)
    rows = b"".join(bytes([*map(int, x), int(y)]) for inputs, labels in (
        (data.inputs, data.labels), (data.held_inputs, data.held_labels))
        for x, y in zip(inputs, labels, strict=True))
    assert record["data"] == {"name": "patterns", "sha256": sha(rows)}
    chain = sha(b"cortigate attest 1\n" + json.dumps(
        {"course": record["course"], "data": record["data"], "design": record["design"]},
        sort_keys=True, separators=(",", ":")).encode())
    assert record["start"] == chain
    model = integer_model(design)
    model.set_weights(initial_weights(design, 3))
    assert [link["samples"] for link in record["links"]] == [0, 16, 32, 40]
    before = 0
    for link in record["links"]:
        found = [model.learn(x, int(y)).prediction == y for x, y in zip(
            data.inputs[before:link["samples"]], data.labels[before:link["samples"]], strict=True)]
        assert link.get("correct", 0) == sum(found)
        before, state = link["samples"], b""
        assert list(model.weights) == sorted(link["weights"], key=list(model.weights).index)
        for matrix, values in model.weights.items():
            part = b"".join(struct.pack("<i", value) for row in values.tolist() for value in row)
            assert link["weights"][matrix] == sha(part)
            state += part
        states = [] if model.generator is None else model.generator.states.tolist()
        part = b"".join(struct.pack("<I", value) for value in states)
        assert link["generators"] == sha(part)
        chain = sha(bytes.fromhex(chain) + state + part)
        assert link["chain"] == chain
    predictions = bytes(map(int, model.predict(data.held_inputs)))
    assert record["end"]["predictions"] == predictions.hex()
    assert record["end"]["chain"] == sha(bytes.fromhex(chain) + predictions)
    assert sum(link["weight_saturations"] for link in record["links"][1:]) == (
        model.weight_saturations)
    right = sum(int(a) == int(b) for a, b in zip(predictions, data.held_labels, strict=True))
    assert (record["end"]["correct"], record["accuracy"]) == (right, right / 9)
    checksum = record.pop("checksum")
    assert checksum == sha(canonical(record))


def test_a_record_is_equal_and_the_same_again(content, tmp_path):
    path = saved(tmp_path, content)
    record = Record.load(path)
    assert record.intact and (record.design, record.course) == (TINY, COURSE)
    told = []
    verdict = check(record, told.append)
    assert (verdict.equal, verdict.links, max(told)) == (True, 4, 40)
    before = path.read_bytes()
    assert saved(tmp_path, taken()).read_bytes() == before


def other(text):
    """Other hexadecimal digits."""
    return ("1" if text[0] == "0" else "0") + text[1:]


def set_in(*path, value=other):
    """A change of one value."""
    def change(record):
        for name in path[:-1]:
            record = record[name]
        old = record[path[-1]]
        record[path[-1]] = value(old) if callable(value) else value
    return change


def plus(number):
    return number + 1


def all_lanes(record):
    """Another design, whose digest is right."""
    record["design"]["lanes"] = 4
    record["digest"] = TINY.replace(lanes=4).digest


TAMPERED = {
    "weights": (set_in("links", 2, "weights", "W2"), "weights W2: portion 2, samples 17 .. 32"),
    "generators": (set_in("links", 3, "generators"), "generators: portion 3, samples 33 .. 40"),
    "initial": (set_in("links", 0, "weights", "W1"),
                "weights W1: initial state, before learning"),
    "chain": (set_in("links", 1, "chain"), "chain: portion 1, samples 1 .. 16"),
    "correct": (set_in("links", 3, "correct", value=plus), "correct: portion 3"),
    "weight saturations": (set_in("links", 1, "weight_saturations", value=plus),
                           "weight saturations: portion 1"),
    "state saturations": (set_in("links", 2, "state_saturations", value=plus),
                          "state saturations: portion 2"),
    "design": (set_in("design", "lanes", value=4), "design: its digest is"),
    "rule": (set_in("design", "rule", "learning_rate_shift", value=5), "design: its digest is"),
    "digest": (set_in("digest"), "design: its digest is"),
    "design and digest": (all_lanes, "start of the chain: it is not that of this design"),
    "data": (set_in("data", "sha256"), "data: the checksum is not that of the samples"),
    "name of the data": (set_in("data", "name", value="digits"),
                         "data: this design learns patterns, not digits"),
    "seed": (set_in("course", "seed", value=4), "data: the checksum is not"),
    "start": (set_in("start"), "start of the chain"),
    "portion": (set_in("course", "portion", value=20), "start of the chain"),
    "lost link": (lambda record: record["links"].pop(), "links: there must be 4"),
    "prediction": (set_in("end", "predictions", value=lambda text: text[:-2] + (
        "00" if text[-2:] == "01" else "01")),
        "predictions: 1 of 9 differ, the first of held-out sample 9"),
    "lost prediction": (set_in("end", "predictions", value=lambda text: text[2:]),
                        "predictions: there must be 9"),
    "held out": (set_in("end", "correct", value=plus), "correct: the end"),
    "end": (set_in("end", "chain"), "chain: the end, after the predictions"),
    "accuracy": (set_in("accuracy", value=0.125), "accuracy: it must be "),
}


@pytest.mark.parametrize("field", TAMPERED)
def test_who_tampers_is_found_at_the_place(field, content, tmp_path):
    change, place = TAMPERED[field]
    tampered = changed(content, change)
    verdict = check(Record.load(written(tmp_path, tampered, sha(canonical(tampered)))))
    assert not verdict.equal and verdict.difference.startswith(place), verdict
    assert "checksum: it" not in verdict.difference
    # The place is told, too, if the checksum was left as it was.
    verdict = check(Record.load(written(tmp_path, tampered, sha(canonical(content)))))
    assert verdict.difference.startswith(place)
    assert "; checksum: it is not that of the record" in verdict.difference


@pytest.mark.parametrize("change", [
    set_in("board", "name", value="mine"), set_in("links", 1, "cycles", value=3),
    set_in("versions", "numpy", value="0")])
def test_what_no_model_repeats_is_under_the_checksum(change, content, tmp_path):
    tampered = changed(content, change)
    verdict = check(Record.load(written(tmp_path, tampered, sha(canonical(content)))))
    assert verdict.difference.startswith("checksum: ") and "no model repeats" in verdict.difference
    assert verdict.links == 4
    # With the checksum of the changed record it is another record, which nobody can refute.
    assert check(Record.load(written(tmp_path, tampered, sha(canonical(tampered))))).equal


class Wrong(IntegerDevice):
    """A device that begins to err after some samples."""

    def __init__(self, fault):
        super().__init__(TINY)
        self.fault, self.learned = fault, 0

    def train(self, run, progress=None):
        done = super().train(run, progress)
        self.learned += done.samples
        if self.fault == "weights" and self.learned == 32:
            self.model.weights["W3"][0, 1] ^= 1
        if self.fault == "generators" and self.learned == 16:
            self.model.generator.states[0] ^= 4
        return done

    def predict(self, first, count, progress=None):
        found = super().predict(first, count, progress)
        return np.where(np.arange(count) == 3, 1 - found, found) if (
            self.fault == "predictions") else found


@pytest.mark.parametrize(("fault", "place"), [
    ("weights", "weights W3: portion 2, samples 17 .. 32"),
    ("generators", "generators: portion 1, samples 1 .. 16"),
    ("predictions", "predictions: 1 of 9 differ, the first of held-out sample 4"),
])
def test_a_device_that_errs_is_found_where_it_began(fault, place):
    verdict = check(Record.of(taken(device=Wrong(fault))))
    assert verdict.difference == place


def test_another_numpy_may_draw_other_weights(content):
    tampered = changed(content, set_in("links", 0, "weights", "W1"))
    tampered["versions"]["numpy"] = "1.0"
    assert "(numpy, which draws it, is " in check(Record.of(tampered)).difference


@pytest.mark.parametrize("kind", [ReferenceDevice, BackpropDevice])
@pytest.mark.parametrize("design", [preset("tiny"), TINY])
def test_real_numbers_cannot_be_attested(kind, design):
    with pytest.raises(ValueError, match="only a device that computes in integers"):
        taken(device=kind(design))


def test_the_digits_are_learned_and_come_again():
    design = preset("digits")
    course = AttestedCourse.of(design)
    assert (course.samples, course.held_out, course.ends) == (1437, 360, [0, 360, 720, 1080, 1437])
    record = taken(design, AttestedCourse.of(design, samples=1440, portion=1437))
    assert record["data"]["name"] == "digits" and record["accuracy"] > 0.85
    assert check(Record.of(record)).equal
    data = Data.of(design, AttestedCourse.of(design, samples=1440))
    np.testing.assert_array_equal(data.inputs[:3], data.inputs[1437:])
    with pytest.raises(ValueError, match=r"held_out must lie in 1 \.\. 360 of the digits, not 361"):
        Data.of(design, AttestedCourse.of(design, held_out=361))
    tampered = changed(record, set_in("data", "sha256"))
    tampered["versions"]["scikit-learn"] = "1.0"
    assert "(scikit-learn, which draws it, is " in check(Record.of(tampered)).difference
    tampered = changed(record, set_in("course", "held_out", value=361))
    assert check(Record.of(tampered)).difference.startswith("course: held_out must lie in 1 .. 360")


@pytest.mark.parametrize(("numbers", "message"), [
    ({"samples": 0}, r"samples must lie in 1 \.\. 100000, not 0"),
    ({"samples": 5, "portion": 6}, r"portion must lie in 1 \.\. 5, not 6"),
    ({"held_out": 0}, r"held_out must lie"), ({"seed": -1}, "seed must lie"),
])
def test_courses_that_cannot_be(numbers, message):
    with pytest.raises(ValueError, match=message):
        AttestedCourse.of(TINY, **numbers)


DAMAGED = {
    "cut": (lambda text: text[:-40], "damaged: "),
    "empty": (lambda text: "", "damaged: "),
    "another file": (lambda text: "[1, 2]", "its format must be 'cortigate attest 1'"),
    "a later format": (lambda text: text.replace("attest 1", "attest 2"), "its format must be"),
    "twice": (lambda text: text.replace('"seed"', '"seed": 1, "seed"', 1), "the same name twice"),
    "no number": (lambda text: text.replace('"accuracy": ', '"accuracy": NaN, "a": ', 1),
                  "NaN is not a number"),
    "more": (lambda text: text.replace('"board"', '"bored": 1, "board"', 1),
             "the record must have the entries accuracy, board, "),
    "no hash": (lambda text: text.replace('"start": "', '"start": "x', 1), "start must not be"),
    "a list": (lambda text: text.replace('"seed": 3', '"seed": [3]', 1), "seed of course must not"),
    "a truth": (lambda text: text.replace('"seed": 3', '"seed": true', 1), "seed of course must"),
    "no course": (lambda text: text.replace('"portion": 16', '"portion": 160', 1),
                  "portion must lie in"),
    "no design": (lambda text: text.replace('"lanes": 2', '"lanes": 0', 1), "lanes must lie in"),
    "no rule": (lambda text: text.replace('"name": "ghost"', '"name": "hebb"', 1), "rule must"),
    "no matrix": (lambda text: text.replace('"W3"', '"W4"', 1), "weights of link 0 must have the"),
    "deep": (lambda text: "[" * 100_000, "damaged: "),
    "control": (lambda text: text.replace('"integer model"', r'"\u001b[2J"'), "device of board"),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_damaged_files_are_refused(damage, content, tmp_path):
    path = saved(tmp_path, content)
    change, message = DAMAGED[damage]
    text = path.read_text()
    assert change(text) != text
    path.write_text(change(text))
    with pytest.raises(ValueError) as refused:
        Record.load(path)
    said = f"{refused.value}"
    assert said.startswith(f"{path} is not a record of cortigate attest, or is damaged: ")
    assert message in said and "\n" not in said and len(said) < 600


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "run.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="is not a record of cortigate attest"):
        Record.load(tmp_path / "run.json")
    with pytest.raises(ValueError, match="missing.json cannot be read: No such file"):
        Record.load(tmp_path / "missing.json")
