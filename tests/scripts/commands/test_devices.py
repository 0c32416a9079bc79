"""cortigate devices: the ports and what is behind them; ports are pseudo-terminals."""

import re
import sys

import pytest
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from cortigate.golden.spec import Network, preset
from cortigate.golden.spec.link import Register, Space
from cortigate.golden.spec.rules.ghost import design_for
from cortigate.scripts.cli import main

from ...boards.emulator import Emulator

OWN = design_for(Network((64, 20, 10)), lanes=4, generator_seed=7)


@pytest.fixture
def devices(monkeypatch, capsys, tmp_path):
    """Runs the command on a machine with some ports, in so many columns (None: into a pipe)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CORTIGATE_DATA", str(tmp_path))

    def run(*arguments, on_usb=(), others=(), columns=None):
        infos = [*map(ListPortInfo, on_usb), *map(ListPortInfo, others)]
        for info in infos[:len(on_usb)]:
            info.vid = 0x0403
        monkeypatch.setattr(list_ports, "comports", lambda: infos)
        monkeypatch.delenv("COLUMNS", raising=False)
        if columns is not None:
            monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setattr(sys, "argv", ["cortigate", "devices", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0
        return capsys.readouterr().out

    return run


def test_boards_in_a_pipe_have_a_line_each(devices, tmp_path):
    with Emulator(preset("pal").replace(sample_capacity=496)) as one, Emulator(OWN) as two:
        two.memory[Space.REGISTERS][4 * Register.STATUS] = 1
        said = devices("--port", two.port, "--port", one.port, on_usb=(one.port, "/dev/gone"),
                       others=("/dev/ttyS0",))
        rows = {row[0]: row[1:] for line in said.splitlines()
                if len(row := re.split(" *│ *", line.strip("│ "))) == 6}
        assert rows == {
            one.port: ["pal, 64-32-10, 16 lanes", "12 MHz", one.design.digest,
                       "preset pal, 496 samples", "idle"],
            two.port: ["ghost, 64-20-10, 4 lanes", "12 MHz", OWN.digest, "unknown", "running"]}
        assert re.search(r"│ /dev/gone +│ does not open: there is no such port; ports of this ma",
                         said)
        assert re.search(r"│ /dev/ttyS0 +│ not asked, since not on USB: --port /dev/ttyS0 ", said)
        assert said.endswith("Other devices: backprop, integer, reference, virtual.\n")
        assert "WARNING" not in said
        (tmp_path / "builds").mkdir()
        (tmp_path / "builds" / f"{OWN.digest}.json").write_text("{}")
        said = devices("--port", two.port)
        (warning,) = [line for line in said.splitlines() if line.startswith("WARNING: ")]
        assert f"{OWN.digest}.json is damaged, or is not a record" in warning


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_ports_and_configurations_are_whole_however_narrow_the_output(devices, columns):
    with Emulator(preset("digits-deep")) as emulator:
        said = devices(on_usb=(emulator.port,), columns=columns)
    assert f" {emulator.port} " in said and f" {emulator.design.digest} " in said
    assert "…" not in said and max(map(len, said.splitlines())) <= columns


def test_a_machine_without_ports(devices):
    assert devices().startswith("This machine has no serial port. Name one that is not found ")
