"""Work for processes: what comes of it, in order or not, and how it ends."""

import os
import signal
import sys
import time

import pytest
from joblib import delayed

from cortigate.scripts.processes import results_of


def slow(number):
    time.sleep(0.2 if number == 0 else 0.0)
    return number


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def test_results_in_order_or_as_they_come():
    assert list(results_of((delayed(slow)(number) for number in range(4)), 2)) == [0, 1, 2, 3]
    found = list(results_of((delayed(slow)(number) for number in range(4)), 2, ordered=False))
    assert sorted(found) == [0, 1, 2, 3]


def test_to_close_it_warns_of_nothing():
    """Warnings are errors here."""
    found = results_of((delayed(slow)(number) for number in range(50)), 2)
    assert next(found) == 0
    found.close()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_process_that_is_killed_is_one_sentence():
    with pytest.raises(RuntimeError, match="^a process was ended from outside, .*let fewer work"):
        list(results_of([delayed(killed)(), delayed(slow)(1)], 2))
