"""The tables of all designs: cells belong together, and clocks are said to be placed or planned."""

import dataclasses

import pytest

from cortigate.golden.spec import preset
from cortigate.golden.timeline import Account
from cortigate.scripts.benchmark.engine import Cost
from cortigate.scripts.benchmark.fabric import Fabric
from cortigate.scripts.benchmark.report import BenchmarkRun, run_document
from cortigate.scripts.benchmark.summary import (
    rate_row,
    summary_document,
    summary_tables,
    waiting_rows,
)
from cortigate.scripts.benchmark.timing import Speed

DESIGN = preset("digits")  # 8 lanes
COST = Cost(samples=10, macs=4000.0, passes=2.0, dense=600.0, events=400.0, limit=300.0,
            waits={"fetch": 14.0, "drain": 26.0}, dense_waits={"dependency": 60.0})
PLANNED = [Fabric("slow", 1, "", "not built", planned=20.0),
           Fabric("fast", 1, "", "not built", planned=50.0)]
BUILT = Fabric("built", 1, "", "", 44.0, 40.0, 1, {}, 41.0)
SPEEDS = [Speed("C, zeros left out", "cc", 200_000.0, 1.0, 2.0, 3.0, 5, False, 0.5),
          Speed("NumPy", "2", 50_000.0, 1.0, 2.0, 3.0, 5, True), Speed("PyTorch", "not here")]


def run(fabrics=(), design=DESIGN, cost=COST, speeds=SPEEDS):
    return BenchmarkRun("digits", design, "digits", cost, list(fabrics), list(speeds))


def test_both_rows_of_a_design():
    events, dense = waiting_rows("digits", DESIGN, COST)
    assert events == {
        "design": "digits", "rule": "ghost", "network": "64-32-10", "lanes": "8",
        "zeros": "left out", "limit": "300", "cycles": "400", "waiting": "10.0 %", "fetch": "14.0",
        "dependency": "", "entries": "", "drain": "26.0", "port": "", "feed": "",
        "products": "0.750", "dense-equivalent": "1.250"}
    assert list(dense) == list(events)
    assert {key: dense[key] for key in ("design", "zeros", "limit", "cycles", "waiting", "fetch",
                                        "dependency", "products", "dense-equivalent")} == {
        "design": "", "zeros": "none", "limit": "500", "cycles": "600", "waiting": "10.0 %",
        "fetch": "", "dependency": "60.0", "products": "0.833", "dense-equivalent": ""}
    assert set(Account.causes()) < set(events)
    assert waiting_rows("digits", DESIGN, COST, "1/4")[0]["rule"] == "ghost, margin 1/4"


def test_the_fastest_build_comes_before_what_is_planned():
    assert run().place is None and run().rate is None
    place, clock = run(PLANNED).place
    assert (place.board, clock) == ("fast", 50.0) and run(PLANNED).rate == 50e6 / 400
    slower = dataclasses.replace(BUILT, board="slower", clock=30.0, planned=90.0)
    one = run([*PLANNED, slower, BUILT])
    assert (one.place[0].board, one.place[1]) == ("built", 40.0) and one.rate == 100_000
    assert rate_row(run(PLANNED))["clock"] == "50 MHz, planned"
    assert rate_row(one)["clock"] == "40 MHz, placed"


def test_samples_per_second_stand_beside_every_program():
    row = rate_row(run([BUILT]))
    assert (row["cycles"], row["board"], row["engine"]) == ("400.0", "built", "100 000")
    assert row["C, zeros left out"] == "200 000 (0.5)"
    assert row["NumPy"] == "≥ 50 000 (-)"  # disturbed: no ratio can be said
    assert row["PyTorch"] == "-" and "left alone" not in row
    simulated = run([BUILT], cost=dataclasses.replace(COST, measured=500.0))
    assert rate_row(simulated)["engine"] == "80 000"
    nowhere = rate_row(run())
    assert (nowhere["engine"], nowhere["C, zeros left out"]) == ("-", "200 000 (-)")


@pytest.mark.parametrize("shift, text", [(0, "1"), (1, "1/2"), (3, "1/8")])
def test_a_margin_and_what_it_leaves_alone(shift, text):
    one = run([BUILT], DESIGN.replace(margin_shift=shift), dataclasses.replace(COST, left=0.625))
    row = rate_row(one)
    assert (row["margin"], row["left alone"]) == (text, "62.5 %, 50.0 %")
    assert one.about.endswith(f"8 lanes, margin {text}")
    without = dataclasses.replace(one, speeds=[Speed("C, zeros left out", "no compiler")])
    assert rate_row(without)["left alone"] == "62.5 %"
    assert run_document(one)["margin"] == 2.0**-shift


def test_the_document_for_programs_has_the_same_figures():
    found = run_document(run([BUILT]))
    assert (found["board"], found["board_clock_hz"], found["board_is_built"]) == (
        "built", 40e6, True)
    assert found["samples_per_second"] == 100_000 and found["left_alone"] == 0
    assert found["macs_per_multiplier_and_cycle_made"] == 0.75
    assert [one["engine_to_it"] for one in found["this_computer"]] == [0.5, None, None]
    assert found["this_computer"][0]["left_alone"] == 0.5
    assert run_document(run(PLANNED))["board_is_built"] is False
    nowhere = run_document(run())
    assert (nowhere["board"], nowhere["board_clock_hz"], nowhere["board_is_built"]) == (
        None, None, None)


def test_both_tables_for_people_and_in_markdown():
    runs = [run([BUILT]), run(PLANNED, DESIGN.replace(margin_shift=2))]
    (waiting, _), (rates, _) = summary_tables(runs)
    assert (waiting.row_count, rates.row_count) == (4, 2)
    assert [str(column.header) for column in waiting.columns][:3] == ["design", "rule", "network"]
    assert len({len(list(column.cells)) for column in rates.columns}) == 1
    text = summary_document(runs, "`the command`: about")
    assert text.count("| digits |") == 4 and "`the command`: about" in text
    assert "| 40 MHz, placed | 100 000 | 200 000 (0.5) |" in text
    assert "| planned |" not in text and "50 MHz, planned" in text
