"""golden.spec.qformat: ranges, conversion from and to floats, every check."""

import numpy as np
import pytest

from cortigate.golden.spec.qformat import Overflow, QFormat, Rounding, check_integer

FORMATS = [QFormat(2, 14), QFormat(4, 8), QFormat(1, 7, signed=False), QFormat(1, 0),
           QFormat(0, 5), QFormat(0, 3, signed=False), QFormat(8, 0), QFormat(24, 24)]


def test_range():
    assert (QFormat(2, 8).minimum, QFormat(2, 8).maximum, QFormat(2, 8).one) == (-512, 511, 256)
    unsigned = QFormat(1, 7, signed=False)
    assert (unsigned.minimum, unsigned.maximum, unsigned.width) == (0, 255, 8)
    assert (str(QFormat(2, 8)), str(unsigned)) == ("Q2.8", "U1.7")


@pytest.mark.parametrize("fmt", FORMATS, ids=str)
def test_raw_values_survive_the_way_through_floats(fmt):
    raw = np.unique(np.linspace(fmt.minimum, fmt.maximum, 1001).astype(np.int64))
    assert np.array_equal(fmt.from_float(fmt.to_float(raw)), raw)


def test_from_float_rounds_ties_to_even_and_saturates():
    fmt = QFormat(2, 1)  # -2 .. 1.5 in halves
    values = [0.25, 0.75, 1.25, -0.25, -0.75, 9, -9, np.inf, -np.inf]
    assert fmt.from_float(values).tolist() == [0, 2, 2, 0, -2, 3, -4, 3, -4]
    assert fmt.from_float(values).dtype == np.int64


def test_from_float_refuses_nan():
    with pytest.raises(ValueError, match="values must be numbers to become Q2.8, but at least one"):
        QFormat(2, 8).from_float([0.0, np.nan])


def test_contains():
    fmt = QFormat(2, 8)
    assert fmt.contains([-512, 0, 511])
    assert not fmt.contains([0, 512])
    assert not fmt.contains([-513])


@pytest.mark.parametrize("arguments, error, message", [
    ((-1, 8), ValueError, r"integer bits must lie in 0 \.\. 32, not -1"),
    ((33, 8), ValueError, r"integer bits must lie in 0 \.\. 32, not 33"),
    ((2, 33), ValueError, r"fraction bits must lie in 0 \.\. 32, not 33"),
    ((0, 0), ValueError, r"width must lie in 1 \.\. 60, not 0"),
    ((30, 31), ValueError, r"width must lie in 1 \.\. 60, not 61"),
    ((2.0, 8), TypeError, r"integer must be an integer, not 2\.0"),
    ((2, True), TypeError, r"fraction must be an integer, not True"),
    ((2, 8, 1), TypeError, r"signed must be True or False, not 1"),
    ((2, 8, True, "truncate"), TypeError, r"rounding must be a Rounding \(.*\), not 'truncate'"),
    ((2, 8, True, Rounding.TRUNCATE, "wrap"), TypeError, r"overflow must be an Overflow "),
])
def test_checks(arguments, error, message):
    with pytest.raises(error, match=message):
        QFormat(*arguments)


def test_formats_are_values():
    assert QFormat(2, 8) == QFormat(2, 8, True, Rounding.NEAREST_EVEN, Overflow.SATURATE)
    assert QFormat(2, 8) != QFormat(2, 8, rounding=Rounding.TRUNCATE)
    assert len({QFormat(2, 8), QFormat(2, 8), QFormat(2, 9)}) == 2


def test_check_integer_takes_numpy_integers():
    number = check_integer("lanes", np.int16(3), 1, 4)
    assert (number, type(number)) == (3, int)


@pytest.mark.parametrize("text, fmt", [
    ("Q2.14", QFormat(2, 14)), ("U1.7", QFormat(1, 7, signed=False)),
    ("Q2.14 stochastic", QFormat(2, 14, rounding=Rounding.STOCHASTIC)),
    ("Q0.8 wrap truncate", QFormat(0, 8, True, Rounding.TRUNCATE, Overflow.WRAP)),
    (" Q2.08\tnearest-even  saturate", QFormat(2, 8))])
def test_words_of_a_format(text, fmt):
    assert QFormat.parse(text) == fmt and QFormat.parse(fmt.words) == fmt


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("overflow", Overflow)
@pytest.mark.parametrize("signed", [True, False])
def test_every_format_has_words(rounding, overflow, signed):
    fmt = QFormat(3, 9, signed, rounding, overflow)
    assert QFormat.parse(fmt.words) == fmt


@pytest.mark.parametrize("text", ["", "2.14", "q2.14", "Q2", "Q2.", "Q-2.14", "Q2.14 up", "Q2.14.1",
                                  "Q2.14 wrap wrap", "Q2.14 wrap saturate", "stochastic Q2.14",
                                  "Q002.14", "Q\u0662.14"])
def test_other_words_are_refused(text):
    with pytest.raises(ValueError, match=r"must be Q \(signed\) or U .*stochastic.*, not '"):
        QFormat.parse(text)


def test_words_are_text():
    with pytest.raises(TypeError, match="a number format must be a string, not 2"):
        QFormat.parse(2)
