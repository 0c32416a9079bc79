"""What Numba compiles, it keeps for the next process."""

import fcntl
import subprocess
import sys
import time

from cortigate.golden.compilation import LOCK, compiled

SHARED = """
from typing import NamedTuple
from cortigate.golden.compilation import compiled


class {name}(NamedTuple):
    factor: int


@compiled
def times(own, x):
    return {by} * own.factor * x


own = {name}(2)
"""
LOOP = """
import shared
from cortigate.golden.compilation import compiled_with


@compiled_with(shared)
def product(own, x):
    return shared.times(own, x) + 1


print(product(shared.own, 10), *product.stats.cache_hits.values())
"""
IMPORTS = "print('begins', flush=True); from cortigate.golden import compiled_floats"


def test_only_one_process_compiles_ufuncs_over_matrices():
    # Two at a time may leave files that do not belong together: loading them is a crash.
    command = [sys.executable, "-c", IMPORTS]
    with LOCK.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout.readline() == "begins\n"
            time.sleep(3)
            waits = other.poll() is None
            fcntl.flock(lock, fcntl.LOCK_UN)
            assert other.wait(600) == 0
        assert waits


def test_what_calls_another_file_is_compiled_anew_with_it(tmp_path):
    loop = tmp_path / "loop.py"
    loop.write_text(LOOP, encoding="utf-8")

    def run(by, name="Own"):
        (tmp_path / "shared.py").write_text(SHARED.format(by=by, name=name), encoding="utf-8")
        return subprocess.run([sys.executable, loop], stdout=subprocess.PIPE, text=True, check=True,
                              cwd=tmp_path).stdout.split()

    assert [run(1), run(1), run(3), run(3)] == [["21"], ["21", "1"], ["61"], ["61", "1"]]
    # A class that is gone is not missed, as it would be in what Numba has kept.
    assert run(3, "Other") == ["61"]


def test_it_compiles_where_nothing_can_be_kept():
    namespace = {}
    exec("def twice(x):\n    return 2 * x", namespace)  # Numba finds no folder for such a function
    assert compiled(namespace["twice"])(21) == 42
