"""Proof of hardware in any form: it learns as a board, and everything equals the integer model."""

import time

import numpy as np

from ..boards.board import BoardSpec
from ..boards.build import Proof
from ..boards.learn.models import IntegerDevice
from ..boards.learn.trainer import learn_in_order, outputs_of_all, predict_all
from ..boards.learn.training import initial_generators
from ..boards.record import PROOF_SAMPLES
from ..boards.tools import BuildError
from ..golden.initial import initial_weights
from ..golden.spec import Design, Target
from ..golden.spec.sampler import draw_targets
from .fabric.board import open_fabric
from .simulator import MissingTool

__all__ = ["SAMPLES", "differences", "examples", "prove"]

SAMPLES = PROOF_SAMPLES


def examples(design: Design, count, seed=0):
    """(Raw inputs (n, n_0), targets): dense, sparse and full samples in turns, at random.

    Targets are as `IntegerModel.learn_all` takes them.
    """
    rng, fmt = np.random.default_rng([seed, count]), design.sample
    inputs = rng.integers(fmt.minimum, fmt.maximum + 1, (count, design.network.sizes[0]))
    inputs[1::3] *= rng.random(inputs[1::3].shape) < 0.3
    inputs[2::3] = np.where(rng.random(inputs[2::3].shape) < 0.5, fmt.maximum, 0)
    return inputs, draw_targets(design, inputs, rng)


def answers(device, inputs):
    """Answers of a device to other inputs: classes, or the last layer's rates."""
    if device.design.target is Target.CLASS and not device.design.results:
        return predict_all(device, inputs)
    found = outputs_of_all(device, inputs)
    if device.design.target is not Target.CLASS:
        return found
    return np.column_stack([predict_all(device, inputs), found])


def differences(device, design: Design, samples, seed=0, progress=None):
    """Where a device differs from the integer model after learning: (texts, numbers compared).

    Random weights and samples are written, learned from in order, and read back; other samples are
    predicted.

    Parameters
    ----------
    device : boards.device.Device
    design : Design
    samples : int
    seed : int
    progress : callable or None
        ``progress(text)``: what is under way.

    Returns
    -------
    (list of str, int, int)
        One text for each part that differs; weights and predictions that were compared.
    """
    tell = progress or (lambda text: None)
    inputs, targets = examples(design, samples, seed)
    tests, _ = examples(design, samples, seed + 1)
    weights, generators = initial_weights(design, seed), initial_generators(design)
    seen = []
    for which in (device, IntegerDevice(design)):
        tell("weights are written")
        which.write_weights(weights)
        which.write_generators(generators)
        tell(f"{samples} samples are learned")
        done = learn_in_order(which, inputs, targets)
        tell("weights are read back")
        after = which.read_weights()
        states = which.read_generators()
        tell(f"{samples} samples are predicted")
        counted = done.samples, done.correct, done.weight_saturations, done.state_saturations
        seen.append((after, states, counted, answers(which, tests)))
    (ours, our_states, our_counts, found), (theirs, states, counts, expected) = seen
    texts = [f"{different} of {theirs[name].size} weights of {name} are wrong"
             for name in theirs if (different := int((ours[name] != theirs[name]).sum()))]
    if not np.array_equal(our_states, states):
        texts.append("the generators are wrong")
    if our_counts != counts:
        texts.append("samples, right ones and saturations must be "
                     f"{', '.join(map(str, counts))}, not {', '.join(map(str, our_counts))}")
    wrong = (found != expected).reshape(len(expected), -1).any(axis=1)
    if different := int(wrong.sum()):
        texts.append(f"{different} of {len(expected)} predictions are wrong")
    return texts, sum(values.size for values in theirs.values()), len(expected)


def prove(board: BoardSpec, design: Design, circuit, log=print, *, samples=SAMPLES,
          stage="bitstream", seed=0, **limits):
    """`Proof` that a circuit learns as the integer model does, as a board behind a serial port.

    Parameters
    ----------
    board : BoardSpec
        Whose pins, clock and rate of the UART are used.
    design : Design
    circuit : boards.bitstream.circuit.Circuit
    log : callable
        As of `boards.tools.run`.
    samples, seed : int
        Of `differences`.
    stage : str
        Where the circuit comes from, for the proof.
    **limits
        Of `open_fabric`: when a circuit that does not answer is given up.

    Raises
    ------
    BuildError
        It does not answer, does not settle, or computes something else.
    """
    log(f"proof, {stage}: {samples} learning samples …")
    began, tell = time.monotonic(), getattr(log, "status", None)
    try:
        with open_fabric(circuit, board, design, **limits) as device:
            texts, weights, predictions = differences(device, design, samples, seed, tell and (
                lambda text: tell(f"proof, {stage}: {text}")))
    except MissingTool as error:
        raise BuildError(f"proof, {stage}: {error}; --no-proof builds without") from error
    except (RuntimeError, ValueError) as error:  # whatever the simulator, the link or the model say
        raise BuildError(f"proof, {stage}: {error}") from error
    if texts:
        raise BuildError(f"proof, {stage}: after {samples} learning samples "
                         f"{'; '.join(texts)}: {board.name} would not compute what was designed")
    log(f"proof, {stage}: {weights} weights and {predictions} predictions after {samples} learning "
        f"samples equal the integer model's, {device.owner.cycles} cycles, "
        f"{time.monotonic() - began:.0f} s")
    return Proof(stage, samples, weights, predictions, device.owner.cycles)
