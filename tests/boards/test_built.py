"""A finished build as its folder tells it."""

import hashlib
import json

import pytest

from cortigate.boards.built import Built
from cortigate.golden.spec import preset

REPORT = {"board": "icebreaker", "clock_hz": 24_000_000, "baud": 1_000_000,
          "design": preset("tiny").to_dict(), "bitstream": "icebreaker.bin",
          "sha256": hashlib.sha256(b"bits").hexdigest(), "tools": {"synthesis": "Yosys 0.70"}}


def folder_of(folder, report=REPORT, bits=b"bits"):
    (folder / "report.json").write_text(report if isinstance(report, str) else json.dumps(report))
    (folder / "icebreaker.bin").write_bytes(bits)
    return folder


def test_a_build_is_read(tmp_path):
    built = Built.read(folder_of(tmp_path))
    assert (built.board, built.clock_hz, built.baud) == ("icebreaker", 24_000_000, 1_000_000)
    assert (built.design, built.bitstream) == (preset("tiny"), tmp_path / "icebreaker.bin")
    assert built.tools == {"synthesis": "Yosys 0.70"}
    older = {name: value for name, value in REPORT.items() if name != "tools"}
    assert Built.read(folder_of(tmp_path, older)).tools is None


@pytest.mark.parametrize(("report", "bits", "message"), [
    (REPORT, b"bitz", "icebreaker.bin has changed since it was built"),
    ("{", b"bits", r"report.json is damaged \(.*\): build it again"),
    ("[]", b"bits", "report.json is not that of a build of this version"),
    ({"board": "icebreaker"}, b"bits", r"of this version \('clock_hz'\): build it again"),
    (REPORT | {"design": {"name": "hebb"}}, b"bits", "rule is not one of ghost"),
    (REPORT | {"bitstream": "other.bin"}, b"bits", "other.bin is missing: build it again"),
])
def test_builds_that_cannot_be_used(report, bits, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        Built.read(folder_of(tmp_path, report, bits))


def test_no_build(tmp_path):
    with pytest.raises(ValueError, match="there is no finished build in "):
        Built.read(tmp_path)
