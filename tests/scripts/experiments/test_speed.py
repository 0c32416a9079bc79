"""The experiment that measures the integer models' speed."""

import math

import pytest

from cortigate.scripts.experiments.speed import per_second, speed


def test_it_prints_a_line_for_each_rule(capsys):
    speed(layers="64-6-10", rule=["inversion"], lanes=4, samples=30, plain=2)
    [line] = [line for line in capsys.readouterr().out.splitlines() if "inversion" in line]
    numbers = [float(word) for word in line.replace("│", " ").split()[2:]]
    assert len(numbers) == 4 and min(numbers[1:]) > 0


def test_what_does_not_fit_is_told():
    with pytest.raises(ValueError, match=r"begin with 64 and end with 10 .*, not 5-4-3-2"):
        speed(preset_name="tiny", samples=1)
    with pytest.raises(ValueError, match="rule must be one of .*, not rhyme"):
        speed(rule=["rhyme"])


def test_a_clock_that_is_too_coarse_is_no_speed():
    assert math.isnan(per_second(1, 0.0)) and math.isnan(per_second(0, 0.5))
    assert per_second(3, 0.5) == 6.0
