"""Scenes bring values to every edge; the table says what is missing and why."""

import numpy as np
import pytest

from cortigate.golden.integer import integer_model
from cortigate.golden.spec import QFormat, preset
from cortigate.golden.timeline import Timeline
from cortigate.scripts.commands.verify import SCENES
from cortigate.sim.lockstep import seek as seeking
from cortigate.sim.lockstep.coverage import Coverage
from cortigate.sim.lockstep.scenes import solve
from cortigate.sim.lockstep.seek import SMALLEST, seek
from cortigate.sim.lockstep.steering import OF_OTHERS, Search, steer


@pytest.mark.parametrize("name", SMALLEST)
def test_known_scenes_of_the_smallest_designs_leave_no_hole(name):
    design = SMALLEST[name]
    coverage, model, timeline = Coverage(design), integer_model(design), Timeline(design)
    model.edges = coverage.meetings
    scenes = steer(design, SCENES, 0)
    assert len(scenes) < SCENES
    for scene in scenes:
        scene.set(model)
        coverage.count(timeline, scene.play(model), scene.train, scene.target)
    assert set(coverage.meetings.holes()) <= OF_OTHERS


def test_scenes_of_an_unknown_design_meet_more_than_the_same_number_drawn_blindly():
    design = preset("tiny").replace(generator_seed=7)
    search = Search(design)

    def together(scenes):
        return set().union(*map(search.meets, scenes))

    steered, blind = steer(design, 6, 1), [search.draw(2, number) for number in range(6)]
    assert len(steered) == 6 and len(together(steered)) > len(together(blind)) + 10
    again = steer(design, 6, 1)
    for a, b in zip(steered, again, strict=True):
        assert a.shifts == b.shifts
        assert np.array_equal(a.target, b.target) and np.array_equal(a.x, b.x)
        assert all(np.array_equal(a.weights[name], b.weights[name]) for name in a.weights)


def test_seeking_keeps_few_scenes_that_meet_what_all_of_them_meet():
    search = Search(preset("tiny"))

    def together(numbers):
        return set().union(*(search.meets(search.draw(0, number)) for number in numbers))

    chosen = seek(preset("tiny"), range(30))
    assert len(chosen) < 30 and together(chosen) == together(range(30))


def test_a_foreign_rule_s_scenes_are_not_kept_and_what_is_not_met_is_said(
        monkeypatch, tmp_path, capsys):
    known = tmp_path / "scenes.json"
    known.write_text("{}\n")
    monkeypatch.setattr(seeking, "KNOWN", known)
    monkeypatch.setattr(seeking, "TRIES", 3)
    monkeypatch.setattr(seeking, "OWN", 0)
    seeking.main(["pal"])
    said = capsys.readouterr().out
    assert "pal: 3 scenes\n" in said and "pal: not met: " in said
    assert known.read_text() == "{}\n"
    monkeypatch.setattr(seeking, "OWN", 63)
    seeking.main(["pal"])
    assert preset("tiny-pal").digest in known.read_text()
    with pytest.raises(SystemExit, match="2"):
        seeking.main(["pale"])
    assert "names must be among relaxation, ghost, " in (said := capsys.readouterr().err)
    assert said.endswith(", not pale\n")


@pytest.mark.parametrize("wanted", [0, 1, -1, 8191, -(5 << 13), (1 << 21) + 12345, -(1 << 21)])
def test_a_row_is_solved_for_a_drive(wanted):
    row, rates = np.array([3, -200, 77, 4000]), np.array([0, 255, 128, 256])
    solve(row, rates, wanted, QFormat(2, 14), 256, True)
    assert row @ rates == wanted and row[0] == 3
    assert QFormat(2, 14).contains(row)


def test_a_row_of_spikes_is_solved_without_a_bias():
    row, rates = np.array([3, -200, 77]), np.array([16, 0, 16])
    solve(row, rates, 16 * 2500, QFormat(2, 10), 16, False)
    assert row @ rates == 16 * 2500 and row[1] == -200
