"""Plain values: numbers of NumPy's become plain ones in every public dataclass, or are refused."""

import dataclasses
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import cortigate.boards.host
import cortigate.boards.learn
import cortigate.golden
import cortigate.scripts
from cortigate.golden.integer import RoundingGenerator, Shuffler, integer_model
from cortigate.golden.reference.equilibrium.rule import (
    EqPropRule as FloatEquilibrium,
)
from cortigate.golden.reference.equilibrium.rule import Start
from cortigate.golden.reference.ghost import ReferenceRule
from cortigate.golden.spec import PRESETS, RULES, Design, Network, QFormat, preset
from cortigate.golden.spec.generator import lane_seed
from cortigate.golden.spec.plain import Plain, plain, shown
from cortigate.golden.spec.qformat import rate_of
from cortigate.golden.spec.rules.ghost import Mechanism

from ...plainness import dataclasses_of, is_plain

INTEGERS = (np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64)
# They check every value by themselves.
OTHERS = {"Checkpoint", "ConfigurationFile", "Parameter", "Record", "Released"}


def numpys(value):
    """The same value as NumPy's types have it, every number in it."""
    if dataclasses.is_dataclass(value):
        return dataclasses.replace(value, **{field.name: numpys(getattr(value, field.name))
                                             for field in dataclasses.fields(value)})
    if isinstance(value, tuple):
        return np.array(value) if value and type(value[0]) is int else value
    kind = {bool: np.bool_, int: np.int64, float: np.float64, str: np.str_}.get(type(value))
    return value if kind is None else kind(value)


@pytest.mark.parametrize("package", [cortigate.golden, cortigate.boards.host,
                                     cortigate.boards.learn, cortigate.scripts],
                         ids=lambda package: package.__name__)
def test_every_dataclass_that_takes_parameters_stores_plain_values(package):
    found = set(dataclasses_of(package))
    assert len(found) > 1
    assert {one.__name__ for one in found if not issubclass(one, Plain)} <= OTHERS


@pytest.mark.parametrize("name", PRESETS)
def test_a_design_of_numpys_numbers_is_the_same_design(name):
    design, other = preset(name), numpys(preset(name))
    assert is_plain(other) and other == design and other.digest == design.digest
    assert other.to_dict() == design.to_dict()
    assert Design.from_dict(other.to_dict()) == design


@pytest.mark.parametrize("kind", INTEGERS)
@pytest.mark.parametrize("rule", RULES)
def test_every_rule_takes_integers_of_any_width(rule, kind):
    own = RULES[rule]()
    found = dataclasses.replace(own, **{
        field.name: kind(value) for field in dataclasses.fields(own)
        if type(value := getattr(own, field.name)) is int})
    assert found == own and is_plain(found)
    # What wrapped around in eight bits: -k and sums of k.
    assert (found.learning_rate, found.update_shift) == (own.learning_rate, own.update_shift)


@pytest.mark.parametrize("value, kind, expected", [
    (np.uint8(200), int, 200), (np.bool_(False), bool, False), (np.str_("C1"), str, "C1"),
    (np.float32(0.5), float, 0.5), (3, float, 3.0), (np.int8(-3), float, -3.0),
    (np.arange(3, dtype=np.uint8), tuple[int, ...], (0, 1, 2)), ([1], tuple[int, ...], (1,)),
    (range(2), tuple[int, ...], (0, 1)), (None, int | None, None), (np.int8(4), int | None, 4),
    ({np.str_("a"): np.int16(1)}, dict[str, int], {"a": 1}), ((1, 2), tuple[int, int], (1, 2)),
    (np.float64(2), float | tuple[float, ...], 2.0), ((1,), float | tuple[float, ...], (1.0,)),
    ([[np.int8(1)]], tuple[tuple[int, ...], ...], ((1,),)), (Mechanism.COPY, Mechanism,
                                                             Mechanism.COPY)])
def test_what_has_a_plain_value_becomes_it(value, kind, expected):
    found = plain("x", value, kind)
    assert found == expected and is_plain(found)


@pytest.mark.parametrize("value, kind, message", [
    (True, int, "x must be an integer, not True"), (np.bool_(True), int, "an integer, not "),
    (2.0, int, r"an integer, not 2\.0"), (np.float64(2), int, "an integer, not "),
    (np.array(3), int, r"an integer, not array\(3\)"), ("3", int, "an integer, not '3'"),
    (None, int, "an integer, not None"), (Decimal(3), int, "an integer, not Decimal"),
    (Fraction(1, 2), float, "a number, not Fraction"), (True, float, "a number, not True"),
    (10**400, float, "a number, not 0x"), (1j, float, "a number, not 1j"),
    (1, bool, "True or False, not 1"), (np.int8(0), bool, "True or False, not"),
    (b"C1", str, "a string, not b'C1'"), (3, tuple[int, ...], "a sequence of integers, not 3"),
    ((1, 2.5), tuple[int, ...], r"a sequence of integers, not \(1, 2\.5\)"),
    ("12", tuple[int, ...], "a sequence of integers, not '12'"),
    ({1, 2}, tuple[int, ...], "a sequence of integers, not {1, 2}"),
    (np.zeros((3, 4)), tuple[int, ...], r"a sequence of integers, not float64 of shape \(3, 4\)"),
    ((1.0,), tuple[float, float], r"must be \(a number, a number\), not \(1\.0,\)"),
    ("C1", Mechanism, r"a Mechanism \(C1, A-copy, A-sameR, N\), not 'C1'"),
    ("a", int | None, "an integer or None, not 'a'"), (8, QFormat, "a QFormat, not 8"),
    ([1], dict[str, int], r"a dictionary of strings to integers, not \[1\]"),
    (1, np.ndarray, "an array, not 1"),
    ({1: 1}, dict[str, int], "a dictionary of strings to integers, not {1: 1}")])
def test_everything_else_is_refused(value, kind, message):
    with pytest.raises(TypeError, match=message):
        plain("x", value, kind)


def test_nan_is_no_number_and_long_values_are_cut():
    with pytest.raises(ValueError, match="x must be a number, not .*nan"):
        plain("x", np.float32("nan"), float)
    assert plain("x", float("inf"), float) == float("inf")
    assert len(shown("a" * 10**6)) < 120 and "\n" not in shown("a\nb")
    assert shown(np.arange(3)) == "array([0, 1, 2])"
    assert len(shown(10**5000)) < 120  # more digits than Python writes


def test_the_float_references_store_plain_numbers():
    rule = ReferenceRule(np.array([4, 3, 2]), eta=np.float32(0.25), steps=np.uint8(3),
                         hold_nudge=np.bool_(True), hidden=np.str_("relu"))
    assert is_plain(rule) and rule == ReferenceRule((4, 3, 2), eta=0.25, steps=3, hold_nudge=True,
                                                    hidden="relu")
    equilibrium = FloatEquilibrium([4, 3, 2], rate=np.array([1, 2]), share=np.float64(0.5),
                                   companions=[Start.ZERO])
    assert is_plain(equilibrium) and equilibrium.rate == (1.0, 2.0)
    for changes in ({"eta": float("inf")}, {"beta": float("nan")}, {"ghost_rate": float("inf")}):
        with pytest.raises(ValueError, match=f"{next(iter(changes))} must "):
            ReferenceRule((4, 3, 2), **changes)


def test_rates_seeds_and_orders_do_not_wrap():
    assert rate_of(np.uint8(7)) == rate_of(7) == 2.0**-7 and rate_of(np.int8(-2)) == 4.0
    assert rate_of(np.float64(0.5)) == 2.0**-0.5  # a table's rates need not be powers of two
    with pytest.raises(TypeError, match="the shift of a learning rate must be a number, not True"):
        rate_of(True)
    assert lane_seed(np.int32(77), np.int64(3)) == lane_seed(77, 3)
    assert np.array_equal(RoundingGenerator(2, np.int8(5)).states, RoundingGenerator(2, 5).states)
    orders = [Shuffler(np.int8(8), np.uint8(200), np.uint8(0)), Shuffler(8, 200)]
    one, two = ([order.next(np.int16(255)) for _ in range(300)] for order in orders)
    assert one == two and {type(index) for index in one} == {int}


@pytest.mark.parametrize("rule", RULES)
def test_an_integer_model_learns_alike_by_shifts_of_any_kind(rule):
    name = "tiny" if rule == "ghost" else f"tiny-{rule}"
    design, weights = preset(name), []
    shift = design.update_shifts[1]
    for kind in (int, np.int8, np.uint8):
        model = integer_model(design)
        model.set_weights({key: np.arange(one.size).reshape(one.shape) * 37 % 700
                           for key, one in model.weights.items()})
        for label in (0, 1, 1):
            model.learn(np.arange(5) * 3, kind(label), kind(shift), kind(shift))
        weights.append(model.weights)
    for other in weights[1:]:
        assert all(np.array_equal(other[key], weights[0][key]) for key in other)


def test_messages_name_the_parameter_of_every_dataclass():
    with pytest.raises(TypeError, match=re.escape("sizes must be a sequence of integers, not 32")):
        Network(32)
    with pytest.raises(ValueError, match=r"sizes must name 3 \.\. 8 layers.*00…$") as caught:
        Network((10**400,) * 9)
    assert len(str(caught.value)) < 200
    with pytest.raises(ValueError, match="sizes must have at most 1048576 entries, not 1000000000"):
        Network(range(10**9))  # it would fill the memory
    with pytest.raises(TypeError, match="lanes must be an integer, not array"):
        preset("tiny").replace(lanes=np.array([2]))
