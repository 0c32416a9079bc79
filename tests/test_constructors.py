"""Random calls of every public constructor: plain values come of it, or one clear error.

The ordinary run draws a few hundred; `./scripts/test tests/test_constructors.py
--hypothesis-profile campaign` draws tens of thousands, others each time.
"""

import dataclasses
import json
import math
import warnings
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import get_args, get_origin

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import cortigate.boards.host
import cortigate.boards.learn
import cortigate.golden
from cortigate.boards.board import board
from cortigate.boards.chip import Chip, ChipFamily
from cortigate.boards.design_file import DesignFile
from cortigate.boards.device import Counters, Run
from cortigate.boards.host.discovery import Answer
from cortigate.boards.host.flash import FlashFacts, FlashRun
from cortigate.boards.host.quality import Quality
from cortigate.boards.learn.attestation import AttestedCourse, Verdict
from cortigate.boards.learn.attestation.course import Data
from cortigate.boards.learn.designs import Known
from cortigate.boards.learn.estimators import CortigateClassifier
from cortigate.boards.learn.training import design_by_name
from cortigate.boards.record import BuildRecord
from cortigate.boards.storage.folders import DATA
from cortigate.golden.datasets import load_digits_split
from cortigate.golden.datasets.table import Columns
from cortigate.golden.edges.edge import Edge
from cortigate.golden.integer import RoundingGenerator, Shuffler
from cortigate.golden.reference.equilibrium import rule as equilibrium_rule
from cortigate.golden.reference.equilibrium.relaxation import Pull
from cortigate.golden.reference.ghost import ReferenceRule
from cortigate.golden.reference.inversion import rule as inversion_rule
from cortigate.golden.reference.microcircuit import CircuitParameters
from cortigate.golden.reference.pal import DendriticRule, PhaselessRule
from cortigate.golden.spec import (
    PRESETS,
    RULES,
    Design,
    MemoryMap,
    Network,
    Program,
    QFormat,
    preset,
)
from cortigate.golden.spec.flash import FlashChip, Header
from cortigate.golden.spec.link import identity
from cortigate.golden.spec.observation import observed_fields
from cortigate.golden.spec.plain import Plain, _kinds
from cortigate.golden.timeline import Account
from cortigate.golden.timeline.latency import Latency

from .plainness import dataclasses_of, is_plain

TINY = preset("tiny")
PROGRAM = Program.of(preset("tiny-pal"))
DIGITS = load_digits_split(0)
# One of each, of whose values a call changes some.
SAMPLES = [
    QFormat(2, 14), Network((5, 4, 3, 2)), *PRESETS.values(), *(rule() for rule in RULES.values()),
    identity(TINY, 12_000_000), MemoryMap(TINY).matrix(1), PROGRAM,
    *{type(step): step for one in PRESETS.values() for step in Program.of(one).steps}.values(),
    TINY.engine, TINY.last, preset("tiny-microcircuit").engine.magnitudes, Latency(6, {"ghost": 3}),
    Account(30, fetch=3), PROGRAM.waits,
    observed_fields(TINY)[3], ReferenceRule((4, 3, 2)), equilibrium_rule.EqPropRule((4, 3, 2)),
    inversion_rule.DynamicInversionRule((4, 3, 2)), CircuitParameters((4, 3, 2)),
    PhaselessRule((4, 3, 2)),
    DendriticRule(), Edge("sum"), Pull(), DIGITS.first(3), Run(3, None, 4, 4),
    Counters(True, *range(6)),
    AttestedCourse(8, 2, 4), Data.of(TINY, AttestedCourse(8, 2, 4)),
    BuildRecord(Path("report.json"), {"board": "mine"}),
    Known(TINY, "tiny"), DesignFile(Path("design.toml"), TINY, "digits"),
    Answer("port"), DATA, Quality(1, 2, 3, 4, 5.0, 6.0, 7.0, 8.0),
    FlashChip(1 << 16), FlashFacts(0x1840EF, 1 << 16, 1 << 24, 4, False, False), FlashRun(3, 2),
    Header.of(TINY, samples=9, block_samples=4, address=256, length=700, crc=1, name="tiny"),
    Verdict(None, 1), Columns(("species",), inputs=("width", "height")),
    board("icebreaker"), board("icebreaker").chip,
    board("icebreaker").chip.family, board("icebreaker").programmer]
# Of tests of damaged files; of functions.
OTHERS = {"Checkpoint", "Record", "FloatModels", "Langevin", "Table"}
WIDTHS = (np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64)
EDGES = [0, 1, 2, 3, 255, 256, 2**16, 2**31 - 1, 2**31, 2**32, 2**63, 2**64, 10**30, 10**400]
INTEGERS = st.integers(-3, 40) | st.sampled_from(EDGES + [-edge for edge in EDGES])
FLOATS = st.floats() | st.sampled_from([0.0, -0.0, 0.25, 1.0, 2.0**-1074, math.inf, math.nan])
WORDS = st.text(max_size=4) | st.sampled_from(["clip", "ghost", "C1", "tiny", "64-32-10"])
ENUMS = st.sampled_from([member for kind in (Enum, *Enum.__subclasses__())
                         for member in getattr(kind, "__members__", {}).values()
                         if kind.__module__.startswith("cortigate")])
RUBBISH = st.one_of(
    st.none(), st.booleans(), INTEGERS, FLOATS, WORDS, st.binary(max_size=3), ENUMS,
    st.complex_numbers(), st.lists(INTEGERS, max_size=3), st.sets(INTEGERS, max_size=2),
    st.dictionaries(WORDS, INTEGERS, max_size=2), st.sampled_from(SAMPLES), st.sampled_from(
        [object(), np.array(3), np.zeros((2, 2)), np.array([1, 2]), np.array(["a"]), np.nan, int,
         np.datetime64("2020-01-01"), np.ma.masked, iter(()), range(10**9), np.arange(0), len]))


@st.composite
def numpys(draw, values):
    """A number as one of NumPy's types that can hold it, or as it is."""
    value = draw(values)
    if isinstance(value, bool):
        return np.bool_(value)
    if isinstance(value, float):
        return np.float64(value)
    fitting = [kind for kind in WIDTHS if np.iinfo(kind).min <= value <= np.iinfo(kind).max]
    return draw(st.sampled_from(fitting))(value) if fitting else value


def values_of(kind):
    """Values of an annotation, plain or NumPy's."""
    if isinstance(kind, UnionType):
        return st.one_of([values_of(one) for one in get_args(kind)])
    simple = {int: INTEGERS, float: FLOATS, bool: st.booleans()}
    if kind in simple:
        return simple[kind] | numpys(simple[kind])
    if kind is str:
        return WORDS | WORDS.map(np.str_)
    if kind is NoneType:
        return st.none()
    if get_origin(kind) is tuple:
        one = values_of(get_args(kind)[0])
        return st.lists(one, max_size=9).map(tuple) | st.lists(one, max_size=9) | st.lists(
            st.integers(0, 255), max_size=5).map(lambda some: np.array(some, np.uint8))
    if get_origin(kind) in (dict, Mapping):
        return st.dictionaries(*map(values_of, get_args(kind)), max_size=3)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from([*kind] or [  # of a base of others, theirs
            member for other in kind.__subclasses__() for member in other])
    owner = get_origin(kind) or kind
    return st.sampled_from([sample for sample in SAMPLES if isinstance(sample, owner)] or [None])


@st.composite
def calls(draw):
    """(Constructor, arguments): those of a sample, of which some are others."""
    kind = draw(st.sampled_from(list(dict.fromkeys(map(type, SAMPLES)))))
    sample = draw(st.sampled_from([one for one in SAMPLES if type(one) is kind]))
    arguments = {field.name: getattr(sample, field.name) for field in dataclasses.fields(sample)}
    kinds = _kinds(type(sample))
    for name in draw(st.lists(st.sampled_from(sorted(kinds)), min_size=1, max_size=3)):
        sound = draw(st.integers(0, 3))
        arguments[name] = draw(values_of(kinds[name]) if sound else RUBBISH)
    return type(sample), arguments


def said(error):
    """The message of a refusal, which is one line and says what must be."""
    text = str(error)
    assert type(error) in (TypeError, ValueError), repr(error)
    assert text and "\n" not in text and len(text) < 600, text
    return text


@given(calls())
def test_a_dataclass_takes_plain_values_or_says_what_it_wants(call):
    kind, arguments = call
    try:
        made = kind(**arguments)
    except (TypeError, ValueError) as error:
        assert any(word in said(error) for word in (" must ", " is for ", " has ", " belong",
                                                    " clips ", " spike", "rates are"))
        return
    given_arrays = any(isinstance(value, np.ndarray) for value in vars(made).values())
    for name, hint in _kinds(kind).items():
        value = getattr(made, name)
        if hint in (int, float, bool, str) or get_origin(hint) in (tuple, dict, Mapping):
            assert is_plain(value), (name, value)
    if not given_arrays:
        assert dataclasses.replace(made) == made
    if kind is Design:
        again = Design.from_dict(json.loads(json.dumps(made.to_dict())))
        assert again == made and again.digest == made.digest
        assert Program.of(made).steps and MemoryMap(made).weight_depth > 0
        assert len(identity(made, 1).pack()) >= 20 and observed_fields(made)


NAMES = {"rule": st.sampled_from(sorted(RULES)), "mechanism": st.sampled_from(["C1", "N"]),
         "schedule": st.sampled_from(["sweep", "relaxation"]), "hidden": st.sampled_from(
             ["clip", "relu", "tanh", "soft", "spike", None]),
         "learning_rate_shift": st.integers(0, 12) | numpys(st.integers(0, 12)),
         "rule_parameters": st.dictionaries(st.sampled_from(["steps", "leak_shift", "x"]),
                                            INTEGERS | numpys(INTEGERS), max_size=2),
         "lanes": st.integers(0, 9) | numpys(st.integers(0, 9)), "sample_capacity": INTEGERS,
         "neuron_lanes": st.sampled_from([1, 2, 4, np.int8(2)]), "transposed": st.booleans()}


@given(st.data())
def test_a_design_by_words_is_one_or_the_words_are_refused(data):
    names = data.draw(st.lists(st.sampled_from(sorted(NAMES)), unique=True, max_size=4))
    arguments = {name: data.draw(st.one_of(NAMES[name], NAMES[name], RUBBISH)) for name in names}
    sizes = data.draw(values_of(tuple[int, ...]) | RUBBISH | st.just((5, 4, 2)))
    try:
        made = design_by_name(sizes, **arguments)
    except (TypeError, ValueError) as error:
        said(error)
        return
    assert is_plain(made) and Design.from_dict(made.to_dict()) == made


@given(st.sampled_from([RoundingGenerator, Shuffler]),
       st.lists(INTEGERS | numpys(INTEGERS) | RUBBISH, min_size=2, max_size=2))
def test_generators_start_as_from_plain_numbers_or_refuse(kind, arguments):
    if kind is RoundingGenerator:
        arguments[0] = 3
    try:
        made = kind(*arguments)
    except (TypeError, ValueError) as error:
        said(error)
        return
    again = kind(*map(int, arguments))
    if kind is Shuffler:
        assert is_plain(vars(made)) and vars(made) == vars(again)
    else:
        assert np.array_equal(made.states, again.states) and (made.states > 0).all()


X = np.random.default_rng(0).random((8, 5))
Y = np.arange(8) % 2
PARAMETERS = NAMES | {
    "hidden_layer_sizes": st.integers(0, 5) | st.lists(st.integers(1, 4), max_size=3),
    "milestones": st.integers(-1, 3) | st.lists(st.integers(0, 2), max_size=3),
    "epochs": st.integers(-1, 2), "random_state": INTEGERS | numpys(INTEGERS),
    "device": st.sampled_from(["integer", "reference", "backprop"]),
    "scale": st.sampled_from(["minmax", None]),
    "design": st.sampled_from(["tiny", "tiny-pal", TINY, "digits", None])}
SLOW = {"neuron_lanes", "transposed"}  # of designs, not of the classifier


@given(st.data())
@example(None)
def test_a_classifier_learns_or_says_what_is_wrong_and_is_as_it_was(data):
    arguments = {"hidden_layer_sizes": (3,), "epochs": 1, "lanes": 2, "sample_capacity": 8}
    if data is not None:
        names = data.draw(st.lists(st.sampled_from(sorted(set(PARAMETERS) - SLOW)), unique=True,
                                   max_size=3))
        # No epochs without end, and no device that a rubbish callable would be.
        arguments |= {name: data.draw(st.one_of(PARAMETERS[name], RUBBISH.filter(cheap)))
                      for name in names}
    estimator = CortigateClassifier(**arguments)
    try:
        with warnings.catch_warnings():  # that milestones are not reached is no fault of the fit
            warnings.filterwarnings("ignore", "the learning rate does not fall", UserWarning)
            estimator.fit(X, Y)
    except (TypeError, ValueError) as error:
        said(error)
        assert set(vars(estimator)) == set(estimator.get_params())
        return
    assert is_plain([estimator.design_, estimator.seed_, estimator.n_epochs_,
                     estimator.online_accuracy_, estimator.taught_accuracy_])
    assert len(estimator.predict(X)) == len(X)


def cheap(value):
    """True unless a value would be taken and cost much, or be called."""
    if callable(value):
        return False
    return not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 10


@pytest.mark.parametrize("package", [cortigate.golden, cortigate.boards.host,
                                     cortigate.boards.learn])
def test_every_public_constructor_is_called(package):
    called = {type(sample) for sample in SAMPLES} | {ChipFamily, Chip}
    left = {one.__name__ for one in dataclasses_of(package)
            if one not in called and (not issubclass(one, Plain) or one.__subclasses__() == [])}
    assert left <= OTHERS
