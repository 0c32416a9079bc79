"""How busy the multipliers are."""

import pytest

from cortigate.golden.spec import preset
from cortigate.golden.spec.rules.pal import PalRule
from cortigate.scripts.experiments.utilisation import measured, time_steps, utilisation


def test_a_time_step_that_learns_everything_keeps_three_of_four_multipliers_busy():
    design = PalRule.design((64, 64, 32, 10), lanes=8)
    assert time_steps(design) == 4 and time_steps(preset("equilibrium")) == 1
    useful, dense, sparse = measured(design, 1, 0)
    # W forward and updated, B (from layer 3 to 2 and from 2 to 1) forward and updated.
    assert useful == 4 * 2 * (64 * 64 + 64 * 32 + 32 * 10 + 64 * 32 + 32 * 10)
    assert useful / 8 / dense >= 0.75 and sparse < dense


def test_the_table_is_of_one_time_step(capsys):
    utilisation(preset_name="pal", layers=None, lanes=[16], samples=1, seed=0)
    said = capsys.readouterr().out
    assert "64-32-10, pal: one of 4 time steps of a training sample" in said
    assert "5376" in said and "0.824" in said
    with pytest.raises(ValueError, match="begin with 64 and end with 10 .*, not 5-4-3-2"):
        utilisation(preset_name="tiny-pal", layers=None, lanes=[16], samples=1, seed=0)
