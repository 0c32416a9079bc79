"""Boards that are reset, and hosts that are killed, at random moments of their work.

A reset must end the work in one clear error, or come too late to matter: never in a wrong result. A
host that is killed must leave a board that can be used, stopped or taken over, and no process.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack

import numpy as np

from ..boards.device import Run
from ..boards.host.driver import Board
from ..boards.host.link import Busy, LinkError
from ..boards.learn.estimators import CortigateClassifier
from ..boards.learn.models import IntegerDevice
from ..boards.learn.replay import replay
from ..boards.learn.resumable import begin
from ..boards.learn.trainer import learn_in_order, predict_all
from ..golden.initial import initial_weights
from ..golden.integer import integer_model
from ..golden.spec import PRESETS
from .virtual_board import BAUD, VirtualBoard
from .wire import Wire

__all__ = ["DESIGN", "INPUTS", "LABELS", "WORK", "EnduranceFailure", "check", "endure_kills",
           "endure_resets", "loaded", "open_board", "work_on"]

# The rule that can do everything: it is always on.
DESIGN = next(design for design in PRESETS.values() if design.engine.always_on)
SAMPLES = 32
RANDOM = np.random.default_rng(11)
INPUTS = RANDOM.integers(0, 129, (SAMPLES, 5))
LABELS = (INPUTS[:, 0] > INPUTS[:, 1]).astype(np.int64)
RUN = Run(SAMPLES, 21, 6, 6)
MOST_SECONDS = 0.6  # from a host's first word to its end
GONE_SECONDS = 5.0  # until a board has noticed that its host is gone


class EnduranceFailure(RuntimeError):
    """A result was wrong, or an error not one of those that a user can understand."""


def open_board(port, **options):
    """A `Board` whose lost answers do not cost long."""
    return Board.open(port, DESIGN, baud=BAUD, timeout=0.5, attempts=8, **options)


def loaded(device, seed):
    """The device with weights, generators and samples."""
    begin(device, initial_weights(DESIGN, seed))
    device.write_samples(INPUTS, LABELS)
    return device


def fit(opens, seed):
    """Three epochs of the classifier."""
    found = CortigateClassifier(design=DESIGN, device=opens, epochs=3, random_state=seed)
    found.fit(INPUTS / 128, LABELS)
    return [*found.weights_.values(), found.generators_, np.array(found.online_accuracy_)]


def train(opens, seed):
    """Weights and counts of two runs."""
    with opens(DESIGN) as device:
        done = [loaded(device, seed).train(RUN), device.train(RUN)]
        counts = [[one.samples, one.correct] for one in done]
        return [np.array(counts), device.read_generators(), *device.read_weights().values()]


def predict(opens, seed):
    """Predictions, several times."""
    with opens(DESIGN) as device:
        loaded(device, seed)
        return [device.predict(0, SAMPLES) for _ in range(5)]


def stream(opens, seed):
    """Whether a stream, and the integer model that repeats it, come to the same."""
    with opens(DESIGN) as device:
        loaded(device, seed)
        with device.stream(size=8) as run:
            run.send(INPUTS, LABELS)
        weights, generators = device.read_weights(), device.read_generators()
    model = integer_model(DESIGN)
    model.set_weights(initial_weights(DESIGN, seed))
    again = replay(model, INPUTS, LABELS, run.stood, generators=generators)
    same = [np.array_equal(weights[name], model.weights[name]) for name in weights]
    return [np.array([*same, np.array_equal(again, run.predictions),
                      np.array_equal(generators, model.states)])]


def portions(opens, seed):
    """Learning from more samples than the board stores, as `cortigate mnist` does it."""
    inputs, labels = np.tile(INPUTS, (3, 1))[:-9], np.tile(LABELS, 3)[:-9]
    with opens(DESIGN) as device:
        done = learn_in_order(loaded(device, seed), inputs, labels)
        found = predict_all(device, inputs)
        return [np.array([done.samples, done.correct]), found, device.read_generators(),
                *device.read_weights().values()]


WORK = {"fit": fit, "train": train, "predict": predict, "stream": stream, "portions": portions}


def expected(kind, seed):
    """The result that a kind of work must have: the integer model's."""
    return WORK[kind](IntegerDevice, seed)


def work_on(kind, port, seed):
    """Do a kind of work on the board behind a port."""
    return WORK[kind](lambda design: open_board(port), seed)


def endure_resets(count, seed=0, progress=None, kinds=tuple(WORK)):
    """Exchange the board for a fresh one at a random byte of the work, again and again.

    Parameters
    ----------
    count, seed : int
    progress : callable or None
        Gets the outcomes so far after each.
    kinds : tuple of str
        Of `WORK`, in turn.

    Returns
    -------
    Counter of str
        How often each outcome was seen: "right", where the reset came too late, or an error.

    Raises
    ------
    EnduranceFailure
        A result was wrong, or the error was another one than `LinkError`.
    """
    rng, seen = random.Random(seed), Counter()
    with ExitStack() as stack:
        board = VirtualBoard(DESIGN)
        stack.callback(lambda: board.close())
        wire = stack.enter_context(Wire(board.start()))
        lengths = {kind: undisturbed(kind, wire) for kind in kinds[:count]}
        for number in range(count):
            kind, start = kinds[number % len(kinds)], rng.randrange(10**6)
            wanted = expected(kind, start)
            with VirtualBoard(DESIGN) as fresh_port:
                wire.swap_after(rng.randrange(lengths[kind]), fresh_port)
                try:
                    found = work_on(kind, wire.port, start)
                except LinkError as error:
                    outcome = type(error).__name__
                else:
                    outcome = "right"
                    check(kind, found, wanted, f"reset {number} of seed {seed}")
                swapped = wire.swapped
                board.close()
                board = VirtualBoard(DESIGN)
                wire.swap(board.start())
            if outcome != "right" and not swapped:
                raise EnduranceFailure(f"{kind}, reset {number} of seed {seed}: {outcome} "
                                       "before the reset")
            seen[f"{kind}: {outcome}"] += 1
            if progress is not None:
                progress(seen)
    return seen


def undisturbed(kind, wire):
    """Bytes that a host sends for a kind of work.

    EnduranceFailure if it goes wrong without a reset.
    """
    before = wire.carried
    check(kind, work_on(kind, wire.port, 0), expected(kind, 0), "without a reset")
    return wire.carried - before


def check(kind, found, wanted, where):
    """Raise EnduranceFailure unless two results are the same."""
    if len(found) != len(wanted) or not all(map(np.array_equal, found, wanted)):
        raise EnduranceFailure(f"{kind}, {where}: the result is not the integer model's, but there "
                               "was no error")


def endure_kills(count, seed=0, progress=None):
    """Kill hosts at a random moment of their work, then use the board that they leave.

    Every other host has a virtual board of its own, which must not outlive it.

    Parameters
    ----------
    count, seed : int
    progress : callable or None
        Gets the outcomes so far after each.

    Returns
    -------
    Counter of str
        How often a board was found "idle", or "running" and was then taken over; and "ended" with
        its host.

    Raises
    ------
    EnduranceFailure
        The board that a host left cannot be used, or a process is left.
    """
    rng, seen = random.Random(seed), Counter()
    with VirtualBoard(DESIGN) as port:
        for number in range(count):
            own = number % 2 == 1
            pid = killed_host(None if own else port, rng)
            if own:
                wait_until_gone(pid)
                outcome = "ended"
            else:
                outcome = used_after(port, rng, f"kill {number} of seed {seed}")
            seen[outcome] += 1
            if progress is not None:
                progress(seen)
    return seen


def killed_host(port, rng):
    """Start a host, kill it at a random moment of its work; number of the board's own process."""
    program = f"from {__name__} import host; host({port!r})"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None  # a pipe
    try:
        said = process.stdout.readline()
        time.sleep(MOST_SECONDS * rng.random())
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    if not said.startswith("board "):
        raise EnduranceFailure("the host that was to be killed did not open its board")
    return int(said.split()[1])


def host(port):
    """Work without end, on a board of one's own if `port` is None."""
    virtual = None
    if port is None:
        virtual = VirtualBoard(DESIGN)
        port = virtual.start()
    with open_board(port, take_over=True) as board:
        loaded(board, 1)
        print(f"board {virtual.pid if virtual else 0}", flush=True)
        for seed in range(10**9):
            with board.stream(size=8) as run:
                run.send(INPUTS, LABELS)
            loaded(board, seed)
            board.train(RUN)


def used_after(port, rng, where):
    """Use the board that a killed host has left, taking it over if need be: how it was found."""
    seed, outcome = rng.randrange(10**6), "idle"
    try:
        found = work_on("train", port, seed)
    except Busy as error:
        if "--take-over" not in f"{error}" or "stop --device" not in f"{error}":
            raise EnduranceFailure(f"{where}: the error does not say how to go on: {error}"
                                   ) from error
        outcome = "running"
        found = WORK["train"](lambda design: open_board(port, take_over=True), seed)
    check("train", found, expected("train", seed), where)
    return outcome


def wait_until_gone(pid):
    """Raise EnduranceFailure unless a process, which is not ours, ends soon."""
    deadline = time.monotonic() + GONE_SECONDS
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise EnduranceFailure(f"the virtual board {pid} has outlived its host")
