"""The C header says what the specification says, and a host of 200 lines can be written with it."""

import os
import shutil
import subprocess

import numpy as np
import pytest

from cortigate.golden.integer import integer_model
from cortigate.golden.spec import MemoryMap, preset
from cortigate.golden.spec import link as spec
from cortigate.sim.virtual_board import VirtualBoard

COMPILER = os.environ.get("CC") or next(
    filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
STRICT = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"]


def compiled(folder, source, include):
    if COMPILER is None:
        pytest.skip("no C compiler: cc, gcc or clang, or CC")
    done = subprocess.run([COMPILER, *STRICT, f"-I{include}", "-o", folder / "program", source],
                          text=True, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr
    return folder / "program"


@pytest.mark.parametrize("page", ["commands.md", "boards.md", "api.md"])
def test_the_lists_in_the_pages_are_the_generated_ones(documentation, page):
    from generators.short import LISTS, PAGES, written
    text = (documentation / page).read_text(encoding="utf-8")
    assert page in PAGES and text.count("<!-- short: ") == 1 and len(LISTS) == len(PAGES)
    assert text == written(text), "in docs: python -m generators.short"


def test_the_committed_header_is_the_generated_one(documentation):
    from generators.header import header
    assert (documentation / "cortigate.h").read_text(encoding="utf-8") == header(), (
        "in docs: python -m generators.header cortigate.h")


def test_its_numbers_as_a_compiler_reads_them(documentation, tmp_path):
    from generators.header import CONSTANTS, GROUPS
    wanted = {name: getattr(spec, name) for name in CONSTANTS} | {
        f"{prefix}{one.name}": int(one) for prefix, group in GROUPS.items() for one in group}
    lines = [f'printf("{name} %ld\\n", (long)CORTIGATE_{name});' for name in wanted]
    source = tmp_path / "numbers.c"
    source.write_text('#include "cortigate.h"\n#include <stdio.h>\nint main(void)\n{\n'
                      + "\n".join(lines) + "\nreturn 0;\n}\n")
    said = subprocess.run([compiled(tmp_path, source, documentation)], text=True, check=True,
                          stdout=subprocess.PIPE).stdout
    assert {name: int(value) for name, value in map(str.split, said.splitlines())} == wanted


def test_a_host_in_c_learns_on_a_virtual_board(documentation, tmp_path):
    source = documentation / "example.c"
    assert len(source.read_text(encoding="utf-8").splitlines()) <= 200
    program, design = compiled(tmp_path, source, documentation), preset("tiny")
    with VirtualBoard(design) as port:
        done = subprocess.run([program, port], text=True, check=False, capture_output=True,
                              timeout=300)
    assert done.returncode == 0, done.stderr
    *words, last = done.stdout.splitlines()
    found = {(int(word), int(lane)): int(value)
             for _, word, lane, value in map(str.split, words)}
    model = integer_model(design)
    model.set_weights({matrix.name: np.fromfunction(
        lambda i, j: ((7 * i + 3 * j) % 11 - 5) * 1024, matrix.shape).astype(np.int64)
        for matrix in MemoryMap(design).matrices})
    numbers, classes = np.arange(10), design.network.sizes[-1]
    inputs = (37 * numbers[:, None] + 29 * np.arange(design.network.sizes[0])) % 129
    model.learn_all(inputs, numbers % classes)
    for matrix, word, lane, row, column in MemoryMap(design).host_weights():
        assert found[word, lane] == model.weights[matrix.name][row, column]
    assert last == f"prediction {model.predict(inputs[:1])[0]}"
