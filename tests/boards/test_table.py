"""The table of builds comes from their records."""

import json

import pytest

from cortigate.boards.record import BuildRecord
from cortigate.boards.table import COLUMNS, facts, markdown, row
from cortigate.golden.spec import preset


def test_row_of_a_record(tmp_path):
    found = {
        "board": "ulx3s-85f", "clock_hz": 80_000_000, "design": preset("digits-deep").to_dict(),
        "digest": preset("digits-deep").digest,
        "report": {"seed": 3, "fmax": {"clock": [81.83, 80.0], "slow": [99.0, 25.0]},
                   "resources": [{"name": "LUT", "used": 7371, "available": 83640},
                                 {"name": "DSP", "used": 16, "available": 156}]},
    }
    (tmp_path / "report.json").write_text(json.dumps(found))
    asked = []
    cells = row(facts(BuildRecord.read(tmp_path),
                      lambda design: asked.append(design) or 1600.0))
    assert asked == [preset("digits-deep")]
    assert dict(zip(COLUMNS, cells, strict=True)) == {
        "board": "ulx3s-85f", "design": "ghost, 64-64-32-10", "lanes": "16", "clock": "80 MHz",
        "placed": "81.8 MHz", "seed": "3", "LUT": "7371", "FF": "", "DSP": "16 of 156",
        "block RAM": "", "SPRAM": "", "cycles/sample": "1600", "samples/s": "50000",
        "proven": "no"}
    found["proof"] = {"stage": "bitstream", "samples": 24}
    proven = BuildRecord(tmp_path, found)
    assert row(facts(proven, lambda design: None))[-3:] == ["", "", "bitstream, 24 samples"]
    lines = markdown([cells]).splitlines()
    assert len(lines) == 3 and {line.count("|") for line in lines} == {len(COLUMNS) + 1}


def test_no_build(tmp_path):
    with pytest.raises(ValueError, match="there is no finished build in .*: make one with"):
        BuildRecord.read(tmp_path)
