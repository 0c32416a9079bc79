"""Runs that are killed at random moments and gone on with: they end as if nothing had been.

Each run is one of `WORK`, of a random rule, and begins on a random device. It is killed up to three
times, also while it saves, and goes on from its checkpoint, perhaps on another device that computes
the same numbers. What it comes to must equal what an undisturbed run came to, in every bit.
"""

import os
import random
import signal
import tempfile
import time
import traceback
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cortigate.boards.host.driver import Board
from cortigate.boards.learn.checkpoint import Checkpoint
from cortigate.boards.learn.estimators import CortigateClassifier
from cortigate.boards.learn.keeper import Keeper
from cortigate.boards.learn.models import IntegerDevice, ReferenceDevice
from cortigate.boards.learn.resumable import NOTHING, begin, counters_from, go_on, plain_counters
from cortigate.boards.learn.streamed import Streamed, repeat, stream_in_parts
from cortigate.boards.learn.trainer import learn_in_order
from cortigate.golden.datasets import Dataset
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import RULES, preset, tiny_preset
from cortigate.scripts.course import take
from cortigate.sim.virtual_board import BAUD, VirtualBoard

__all__ = ["DEVICES", "WORK", "WrongEnd", "interrupt"]

DEVICES = ("integer", "virtual", "reference")
SAMPLES, TESTED, EPOCHS, MOST_KILLS = 24, 6, 3, 3
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGKILL)
MOST_TURNS = 5000  # without a new sample, in a stream that the integer model repeats
DONE, STOPPED, BROKEN = 0, 1, 2  # exit codes of a host


class WrongEnd(RuntimeError):
    """A run ended otherwise than an undisturbed one."""


def design_of(rule):
    """The rule's smallest design."""
    return preset(tiny_preset(rule))


def data_of(design, seed):
    """A few samples, some of which can be told apart."""
    rng, sizes = np.random.default_rng(seed), design.network.sizes
    inputs = rng.integers(0, design.sample.maximum // 2 + 1, (SAMPLES + TESTED, sizes[0]))
    labels = (inputs[:, 0] > inputs[:, 1]).astype(np.int64)
    real = design.sample.to_float(inputs)
    return Dataset(real[:SAMPLES], labels[:SAMPLES], real[SAMPLES:], labels[SAMPLES:])


# ---- what is learned: each begins or goes on, and returns what it came to ------------------------

def course(device, data, seed, keeper, checkpoint):
    """The demo's course."""
    found = take(device, "", data, epochs=EPOCHS, seed=seed, keeper=keeper, checkpoint=checkpoint)
    return {**found.weights, "generators": device.read_generators(), "online": found.online,
            "test": found.test, "samples": found.samples, "cycles": found.cycles,
            "predictions": found.predictions}


def portions(device, data, seed, keeper, checkpoint):
    """The course of `cortigate mnist`: more samples than are stored, in their order."""
    inputs = np.tile(device.design.sample.from_float(data.x_train), (3, 1))
    labels = np.tile(data.y_train, 3)
    if checkpoint is None:
        begin(device, initial_weights(device.design, seed))
        done = NOTHING
    else:
        done = counters_from(checkpoint.position["done"])
        go_on(device, checkpoint)

    def keep(done):
        keeper.keep(device, done=plain_counters(done))

    done = learn_in_order(device, inputs, labels, keeper=keeper, done=done, save=keep)
    keep(done)
    counted = plain_counters(done)
    del counted["shuffle_state"], counted["frames_dropped"]
    return {**device.read_weights(), "generators": device.read_generators(), **counted}


def stream(device, data, seed, keeper, checkpoint):
    """The course of `cortigate stream`, and whether the integer model can repeat it.

    A board's own run depends on its pauses, so that no other one is equal to it.
    """
    design = device.design
    inputs, targets = design.sample.from_float(data.x_train), np.array(data.y_train)
    targets[::5] = -1
    if checkpoint is None:
        begin(device, initial_weights(device.design, seed))
        past = Streamed()
    else:
        past = Streamed.from_arrays(checkpoint.extra)
        go_on(device, checkpoint)
    found = stream_in_parts(device, inputs, targets, keeper, past,
                            save=lambda streamed: keeper.keep(device, streamed.to_arrays()))
    weights, states = device.read_weights(), device.read_generators()
    if isinstance(device, ReferenceDevice):
        return {**weights, "generators": states, "predictions": found.predictions}
    if found.stood.sum() > MOST_TURNS:  # the host was held up; to repeat it would take minutes
        return {"samples": len(found.predictions), "repeated": []}
    model = integer_model(design)
    model.set_weights(initial_weights(design, seed))
    again = repeat(model, inputs, targets, found)
    same = [np.array_equal(states, model.states),
            np.array_equal(again, found.predictions),
            *(np.array_equal(weights[name], model.weights[name]) for name in weights)]
    return {"samples": len(found.predictions), "repeated": same}


def fit(opens, design, data, seed, path, goes_on):
    """The classifier's course; it opens its device by itself."""
    if goes_on:
        found = CortigateClassifier.load(path, device=opens)
        if not isinstance(found, CortigateClassifier):
            raise TypeError(f"{path} must hold one classifier, not {found!r}")
        found.resume(data.x_train, data.y_train)
    else:
        found = CortigateClassifier(design=design, device=opens, epochs=EPOCHS, milestones=(1,),
                                    random_state=seed, checkpoint=path)
        found.fit(data.x_train, data.y_train)
    return {**found.weights_, "generators": found.generators_, "cycles": found.cycles_,
            "online": found.online_accuracy_, "epochs": found.n_epochs_}


WORK = {"course": course, "portions": portions, "stream": stream, "fit": fit}


@dataclass
class Job:
    """One run.

    Parameters
    ----------
    kind, rule : str
        Of `WORK` and `RULES`.
    seed : int
    every : int or None
        Of the keeper.
    path : Path
        Of the checkpoint.
    ports : dict of str to str
        Rule -> port of its virtual board.
    """

    kind: str
    rule: str
    seed: int
    every: int | None
    path: Path
    ports: dict

    def run(self, device):
        """Begin, or go on if there is a checkpoint; what it came to, dict."""
        design = design_of(self.rule)
        data = data_of(design, self.seed)

        def opens(design):
            if device == "virtual":
                return Board.open(self.ports[self.rule], design, baud=BAUD, take_over=True)
            return {"integer": IntegerDevice, "reference": ReferenceDevice}[device](design)

        if self.kind == "fit":
            return fit(opens, design, data, self.seed, self.path, self.path.exists())
        checkpoint = Checkpoint.load(self.path, design) if self.path.exists() else None
        keeper = Keeper(self.path, self.every)
        with opens(design) as opened, keeper.waiting():
            return WORK[self.kind](opened, data, self.seed, keeper, checkpoint)

    def killed(self, device, number, after):
        """Run as a process of its own that gets a signal after this many seconds: its exit code."""
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # the child must not become the parent
        pid = os.fork()
        if pid == 0:
            code = BROKEN
            try:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
                self.run(device)
                code = DONE
            except KeyboardInterrupt:
                code = STOPPED
            finally:
                if code == BROKEN:
                    traceback.print_exc()
                os._exit(code)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        time.sleep(after)
        os.kill(pid, number)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def interrupt(count, seed=0, progress=None, devices=DEVICES, rules=tuple(RULES)):
    """Kill runs and go on with them, again and again.

    Parameters
    ----------
    count, seed : int
    progress : callable or None
        Gets the outcomes so far after each run.
    devices, rules : tuple of str
        In turn.

    Returns
    -------
    Counter of str
        How often each kind of run was gone on with on each device, by the exit codes of its hosts.

    Raises
    ------
    WrongEnd
        A run came to something else than an undisturbed one, or a host failed.
    """
    rng, seen = random.Random(seed), Counter()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cortigate-")))
        ports = {rule: stack.enter_context(VirtualBoard(design_of(rule)))
                 for rule in rules if "virtual" in devices}
        for number in range(count):
            rule, device = rules[number % len(rules)], rng.choice(devices)
            kinds = [kind for kind in WORK if kind != "stream" or design_of(rule).engine.always_on]
            job = Job(rng.choice(kinds), rule, rng.randrange(10**6), rng.choice((None, 1, 5, 11)),
                      folder / f"run{number}", ports)
            outcome = endure(job, device, devices, rng, f"run {number} of seed {seed}")
            seen[f"{job.kind}, {device}: {outcome}"] += 1
            if progress is not None:
                progress(seen)
    return seen


def endure(job, device, devices, rng, where):
    """Kill and go on with a run; how often it had been killed, in words."""
    began = time.monotonic()
    undisturbed = Job(job.kind, job.rule, job.seed, job.every, job.path.with_suffix(".whole"),
                      job.ports)
    wanted, seconds, places = undisturbed.run(device), time.monotonic() - began, {device}
    kills, stopped = 0, False
    for _ in range(rng.randint(1, MOST_KILLS)):
        number = rng.choice(SIGNALS)
        code = job.killed(device, number, rng.uniform(0.0, 0.8 * seconds))
        kills += code != DONE
        stopped |= code == STOPPED
        if code not in (DONE, STOPPED, -number):
            raise WrongEnd(f"{where}: {job}: the host that should get signal "
                                      f"{number} failed")
        if device != "reference":
            device = rng.choice([one for one in devices if one != "reference"])
            places.add(device)
    found = job.run(device)
    # Other devices count other cycles, or none. A run that was stopped between two samples feeds
    # the next one anew; how a stream was repeated is judged by itself.
    left_out = {"repeated"} | ({"cycles"} if stopped or len(places) > 1 else set())
    wrong = [name for name in wanted if name not in left_out
             and not np.array_equal(found[name], wanted[name])]
    if places == {"virtual"} and found.get("cycles", 0) < wanted.get("cycles", 0):
        wrong.append("fewer cycles")
    if not all(found.get("repeated", [])):
        wrong.append("what the integer model repeats")
    if wrong:
        raise WrongEnd(f"{where}: {job} on {', '.join(places)}: {', '.join(wrong)} not as of an "
                      "undisturbed run")
    outcome = f"killed {kills} times" if kills else "the signal came too late"
    # What was not looked at must not count as found right.
    return outcome + (", stood too long to be repeated" if found.get("repeated") == [] else "")
