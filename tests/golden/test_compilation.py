"""What Numba compiles, it keeps for the next process."""

import fcntl
import subprocess
import sys
import time

from cortigate.golden.compilation import LOCK

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
