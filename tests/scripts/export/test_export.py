"""`cortigate export`: the folder, what tools make of it, and what is refused."""

import errno
import os
import re
import shutil
import subprocess
import sys

import pytest

from cortigate.golden.spec import RULES, MemoryMap, Network, preset
from cortigate.golden.spec.link import Register, Space, reset_value
from cortigate.golden.spec.rules.ghost import design_for
from cortigate.golden.spec.window import STREAMED, WindowMap
from cortigate.scripts import cli
from cortigate.scripts.export import export, folder
from cortigate.scripts.export.documents import values_of
from cortigate.scripts.export.header import header
from cortigate.sim.simulator import find_verilator, missing

from ...campaign import some
from ...tree import ROOT

TINY = preset("tiny")
COMPILER = os.environ.get("CC") or next(
    filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
LITEX = """
from litex.gen.fhdl.verilog import convert
from migen import ClockDomain, Module, Signal
from learner_litex import Learner
top = Module()
top.clock_domains.sys = ClockDomain("sys")
top.submodules.learner = learner = Learner()
bus = learner.bus
parts = [getattr(bus, name) for name in ("aw", "w", "b", "ar", "r") if hasattr(bus, name)] or [bus]
ports = {top.sys.clk, top.sys.rst, learner.running}
for part in (*parts, learner.sink, learner.source):
    ports |= set(part.flatten())
text = str(convert(top, ios=ports, name="soc"))
open("soc.v", "w").write(text)
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Folder of a bus's export, with the name `learner`."""
    made = {}

    def of(bus):
        if bus not in made:
            made[bus] = tmp_path_factory.mktemp(bus)
            export(TINY, made[bus], bus=bus, name="learner", samples=2)
        return made[bus]

    return of


def fusesoc(folder, target, place, monkeypatch, *options, setup=False, **environment):
    """What FuseSoC says of a target, with its tool's options; it works in the folder `place`."""
    pytest.importorskip("fusesoc")
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(place))
    done = subprocess.run(
        [sys.executable, "-m", "fusesoc.main", "--cores-root", folder, "run", "--target", target,
         *["--setup"] * setup, "cortigate:core:learner", *options], cwd=place, text=True,
        check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=os.environ | environment)
    return done.returncode, done.stdout


@pytest.mark.skipif(missing("icarus") is not None, reason=missing("icarus") or "")
def test_fusesoc_simulates_the_folder(exported, tmp_path, monkeypatch):
    code, said = fusesoc(exported("wishbone"), "sim", tmp_path, monkeypatch)
    assert code == 0 and "PASS: learner equals the integer model" in said, said


@pytest.mark.parametrize("target, options, wanted", [
    ("vivado", ("--part", "xc7z020clg400-1"),
     ("set_property part xc7z020clg400-1 ", "read_verilog {FOLDERlearner.v}",
      "read_xdc -unmanaged {FOLDERlearner.sdc}", "set_property top learner ")),
    ("quartus", ("--family", "MAX 10", "--device", "10M50DAF484C7G"),
     ('FAMILY "MAX 10"', "DEVICE 10M50DAF484C7G", "VERILOG_FILE FOLDERlearner.v",
      "SDC_FILE FOLDERlearner.sdc", "TOP_LEVEL_ENTITY learner"))])
def test_fusesoc_writes_a_vendors_project(target, options, wanted, exported, tmp_path,
                                          monkeypatch):
    """Without the vendor's program; what that would make of it nobody here can say."""
    code, said = fusesoc(exported("axi"), target, tmp_path, monkeypatch, *options, setup=True)
    assert code == 0, said
    core, = (tmp_path / "build").iterdir()
    text = "".join(path.read_text() for path in core.rglob("*.tcl"))
    for line in wanted:
        assert line.replace("FOLDER", f"src/{core.name}/") in text, text
    clock, = core.rglob("learner.sdc")
    assert clock.read_text().splitlines()[-1] == (
        "create_clock -name aclk -period 10.000 [get_ports aclk]")


@pytest.mark.skipif(missing("icarus") is not None, reason=missing("icarus") or "")
@pytest.mark.parametrize("bus, file, place, wrong", [
    ("axi", "results", 0, "10100"), ("bare", "accesses", -1, "01000001280000ffff"),
    ("wishbone", "accesses", 0, "00000001280000ffff")])
def test_the_testbench_sees_what_is_wrong(bus, file, place, wrong, exported, tmp_path):
    """Another result, another count of samples, and a write that is refused."""
    folder = shutil.copytree(exported(bus), tmp_path / "copy")
    data = folder / f"learner_{file}.hex"
    lines = data.read_text().splitlines()
    lines[place] = wrong
    data.write_text("\n".join(lines) + "\n")
    assert "FAIL: learner differs from the integer model" in simulated(folder)


def simulated(folder):
    """What the testbench says."""
    subprocess.run(["iverilog", "-g2012", "-o", "bench", "-s", "learner_testbench", "learner.v",
                    "learner_example.v", "learner_testbench.v"], cwd=folder, check=True)
    return subprocess.run(["vvp", "-n", "bench"], cwd=folder, check=True, text=True,
                          stdout=subprocess.PIPE).stdout


@pytest.mark.skipif(missing("icarus") is not None, reason=missing("icarus") or "")
@pytest.mark.parametrize("rule", some([name for name in RULES if name != "ghost"], every=4))
def test_every_rule_passes_its_own_trial(rule, tmp_path):
    export(preset(f"tiny-{rule}"), tmp_path, bus="bare", name="learner", samples=2)
    assert "PASS: learner equals the integer model" in simulated(tmp_path)


@pytest.mark.campaign
@pytest.mark.skipif(missing("icarus") is not None, reason=missing("icarus") or "")
def test_four_inputs_in_a_transfer(tmp_path):
    design = design_for(Network((260, 3, 2)), lanes=65)
    assert design.feed_bits == 32
    export(design, tmp_path, bus="bare", name="learner", samples=1)
    assert "PASS: learner equals the integer model" in simulated(tmp_path)


def test_the_example_has_room_for_the_widest_transfer(exported):
    assert "reg [35:0] s_axis;" in (exported("bare") / "learner_example.v").read_text()
    lines = (exported("bare") / "learner_samples.hex").read_text().splitlines()
    assert {len(line) for line in lines} == {1 + 32 // 4}


@pytest.mark.skipif(missing("verilator") is not None, reason=missing("verilator") or "")
def test_fusesoc_lints_the_folder(exported, tmp_path, monkeypatch):
    environment = find_verilator().environment
    tools = {name: environment[name] for name in ("PATH", "VERILATOR_ROOT") if name in environment}
    code, said = fusesoc(exported("axi"), "lint", tmp_path, monkeypatch, **tools)
    assert code == 0 and "%Warning" not in said, said
    folder = shutil.copytree(exported("axi"), tmp_path / "copy")
    text = (folder / "learner_example.v").read_text()
    (folder / "learner_example.v").write_text(text.replace(".s_axi_bready(1'b1),", ""))
    code, said = fusesoc(folder, "lint", tmp_path, monkeypatch, **tools)
    assert code != 0 and "s_axi_bready" in said


@pytest.mark.skipif(missing("verilator") is not None, reason=missing("verilator") or "")
def test_every_waiver_is_needed(tmp_path):
    """By a core with two neuron lanes; and its own files need none."""
    export(TINY.replace(neuron_lanes=2), tmp_path, bus="bare", name="learner", samples=1)
    verilator = find_verilator()
    done = subprocess.run(
        [*verilator.words, "--lint-only", "--timing", "-Wall", "--top-module", "learner_testbench",
         "learner.v", "learner_example.v", "learner_testbench.v"], cwd=tmp_path, text=True,
        check=False, capture_output=True, env=verilator.environment)
    found = re.findall(r"^%Warning-(\w+): (\w+\.v):", done.stderr, re.MULTILINE)
    waived = re.findall(r'^lint_off -rule (\w+) -file "\*learner\.v"$',
                        (tmp_path / "learner.vlt").read_text(), re.MULTILINE)
    assert set(found) == {(rule, "learner.v") for rule in waived}


@pytest.mark.skipif(missing("icarus") is not None, reason=missing("icarus") or "")
@pytest.mark.parametrize("bus", ["axi", "wishbone"])
def test_the_litex_file_connects_every_port(bus, exported, tmp_path):
    pytest.importorskip("litex")
    folder = shutil.copytree(exported(bus), tmp_path / "copy")
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", LITEX], cwd=folder, text=True,
                          check=False, capture_output=True)
    assert done.returncode == 0, done.stderr
    # Port by port: names that are none are errors, widths that differ and open inputs warnings.
    done = subprocess.run(["iverilog", "-Wall", "-Wno-timescale", "-g2005", "-t", "null", "-s",
                           "soc", "soc.v", "learner.v"], cwd=folder, text=True, check=False,
                          capture_output=True)
    about = [line for line in done.stderr.splitlines() if line.startswith("soc.v")]
    assert done.returncode == 0 and not about, about
    ports = re.search(r"module learner\((.*?)\);", (folder / "learner.v").read_text(), re.DOTALL)
    text = (folder / "soc.v").read_text()
    assert {name.strip() for name in ports[1].split(",")} == set(re.findall(r"\.(\w+)\s*\(", text))


def test_addresses_as_a_c_compiler_reads_them(exported, tmp_path):
    if COMPILER is None:
        pytest.skip("no C compiler: cc, gcc or clang, or CC")
    window, maps = WindowMap(TINY), MemoryMap(TINY)
    wanted = {"LEARNER_WEIGHTS": window.byte(Space.WEIGHTS),
              "LEARNER_COUNT": window.byte(Space.REGISTERS, Register.COUNT),
              "LEARNER_SIZE": 1 << window.byte_bits}
    for matrix, word, lane, row, column in maps.host_weights():
        wanted[f"LEARNER_{matrix.name}({row}, {column})"] = window.byte(
            Space.WEIGHTS, word << maps.lane_address_bits | lane)
    lines = [f'printf("%ld\\n", (long)({name}));' for name in wanted]
    source = tmp_path / "numbers.c"
    source.write_text('#include "learner.h"\n#include <stdio.h>\nint main(void)\n{\n'
                      + "\n".join(lines) + "\nreturn 0;\n}\n")
    subprocess.run([COMPILER, "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic",
                    f"-I{exported('bare')}", "-o", tmp_path / "numbers", source], check=True)
    said = subprocess.run([tmp_path / "numbers"], text=True, check=True, stdout=subprocess.PIPE)
    assert list(map(int, said.stdout.split())) == list(wanted.values())


def test_two_cores_in_one_program_and_one_chip(exported, tmp_path):
    """Beside the header of the protocol, too: no macro of one is another's."""
    values = values_of(TINY, "other")
    texts = [(exported("bare") / "learner.h").read_text(), header(TINY, "other", values),
             (ROOT / "docs" / "cortigate.h").read_text()]
    names = [set(re.findall(r"^#define (\w+)", text, re.MULTILINE)) for text in texts]
    assert all(names) and len(set().union(*names)) == sum(map(len, names))
    assert {"OTHER_CORE_H", "OTHER_CONTROL_START"} <= names[1]
    assert "CORTIGATE_" not in "".join(texts[:2])
    modules = re.findall(r"^module (\S+)", (exported("bare") / "learner.v").read_text(),
                         re.MULTILINE)
    assert modules and all(re.match(r"\\?learner\b", name) for name in modules), modules


def test_the_readme_names_every_port_and_file(exported):
    for bus in ("axi", "bare"):
        folder = exported(bus)
        text = (folder / "README.md").read_text(encoding="utf-8")
        ports = re.search(r"module learner\((.*?)\);", (folder / "learner.v").read_text(),
                          re.DOTALL)[1]
        assert {name.strip() for name in ports.split(",")} == set(
            re.findall(r"^\| `(\w+)` \| \d+ \| (?:in|out) \|$", text, re.MULTILINE))
        for path in folder.iterdir():
            assert f"`{path.name}`" in text or path.suffix == ".hex" or path.name == "README.md"
        for register, meaning in STREAMED.items():
            assert (f"| {register.name} | 0x{WindowMap(TINY).byte(Space.REGISTERS, register):X} | "
                    f"0x{reset_value(TINY, register):X} | {meaning} |") in text
        assert "<<" not in text and TINY.digest in text


def test_what_a_vendors_tool_meets(exported):
    """What the README says of the Verilog: nothing that a tool would have to know or to find."""
    text = (exported("axi") / "learner.v").read_text()
    assert not re.search(r"`|\$readmem|\bparameter\b|\(\* (?!parallel_case|init = )", text)
    made = set(re.findall(r"^  (\\\S+|\w+) +(?:\\\S+ |\w+ )?\($", text, re.MULTILINE))
    assert made and made <= set(re.findall(r"^module (\\\S+|\w+)", text, re.MULTILINE))
    depths = dict(re.findall(r"^  reg \[\d+:0\] (\w+) \[(\d+):0\];", text, re.MULTILINE))
    unclocked = {name for name in depths if re.search(rf"assign .*\b{name}\[", text)}
    assert {depths[name] for name in unclocked} == {"3"} and len(depths) > len(unclocked)
    assert text.count(" * ") == len(re.findall(r"\$signed\(.*\) \* \$signed\(", text)) == TINY.lanes


def test_no_port_of_the_simulation(exported):
    text = (exported("bare") / "learner.v").read_text()
    assert all("observed" not in line for line in text.splitlines() if line.startswith("module"))


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs a command line in an empty folder: (exit code, output, errors)."""
    monkeypatch.chdir(tmp_path)

    def call(*words):
        monkeypatch.setattr("sys.argv", ["cortigate", "export", *map(str, words)])
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = end.code or 0
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.mark.parametrize("words, said", [
    (("--bus", "pci"), "bus must be axi, wishbone or bare, not 'pci'"),
    (("--name", "wire"), "the core's name must be one of Verilog's"),
    (("--name", "a-b"), "the core's name must be one of Verilog's"),
    (("--preset", "no"), "no"),
    (("--design", "no.toml"), "no.toml"),
    (("-o", "file"), "file is a file: name a folder"),
    (("-o", "old"), "exists: name another folder, or replace its files with --force")])
def test_what_is_refused(words, said, run, tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "cortigate.v").write_text("mine")
    tiny = () if {"--preset", "no.toml"} & set(words) else ("--preset", "tiny")
    code, _, errors = run(*tiny, *words)
    assert code == 2 and said in errors and len(errors.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "old"]
    assert (tmp_path / "old" / "cortigate.v").read_text() == "mine"


def test_the_command(run, tmp_path):
    code, said, _ = run("--preset", "tiny", "--bus", "bare", "-o", "out", "--samples", 1,
                        "--name", "mine")
    assert code == 0 and TINY.digest in said and "cortigate:core:mine" in said
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"README.md", "mine.core", "mine.h", "mine.sdc", "mine.v", "mine.vlt",
                     "mine_accesses.hex", "mine_example.v", "mine_results.hex",
                     "mine_samples.hex", "mine_testbench.v"}


def test_a_full_disk_leaves_what_was_there(run, tmp_path, monkeypatch):
    old, left = tmp_path / "out", iter(range(3))
    old.mkdir()
    (old / "mine.h").write_text("mine")
    write = folder.write_whole

    def full(path, data, what):
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, data, what)

    monkeypatch.setattr(folder, "write_whole", full)
    code, _, errors = run("--preset", "tiny", "-o", "out", "--samples", 1, "--name", "mine",
                          "--force")
    assert code == 2 and "No space left on device" in errors
    assert [path.name for path in old.iterdir()] == ["mine.h"]
    assert (old / "mine.h").read_text() == "mine"
