"""cortigate mnist: MNIST through a board that stores only a few of its samples at a time."""

import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from cortigate.boards.device.digests import samples_digest, weights_digest
from cortigate.boards.device.samples import Targets
from cortigate.boards.host.link import BAUD
from cortigate.boards.host.packing import sample_frames, sample_image
from cortigate.boards.learn.opening import open_device
from cortigate.boards.learn.resumable import NOTHING, begin, counters_from, go_on, plain_counters
from cortigate.boards.learn.trainer import learn_in_order, portions, predict_all
from cortigate.boards.learn.training import initial_generators
from cortigate.golden.datasets import load_idx_folder
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import MemoryMap
from cortigate.golden.spec.link import FRAME_BYTES, WRITE_BYTES
from cortigate.scripts.choosing import UNASKED, Asked, chosen, like, takes_design
from cortigate.scripts.console import say
from cortigate.scripts.document import DESIGN, design_keys, documented
from cortigate.scripts.opening import (
    BaudOption,
    DeviceOption,
    ReportOption,
    TakeOverOption,
    require_ends,
    resolved,
)
from cortigate.scripts.saving import EveryOption, ResumeOption, SaveOption, Saving
from cortigate.scripts.speaking import emit

__all__ = ["mnist"]
SETTINGS = ("samples", "tested", "shuffle", "seed", "data")


@documented(
    **DESIGN, samples="integer: learned", tested="integer: predicted afterwards",
    identical=[{"what": "string", "identical": "boolean: to the integer model's"}],
    accuracy="number or null: of the test samples, 0 .. 1; null: none",
    accuracy_while_learning="number: of the samples learned, 0 .. 1",
    weight_saturations="integer", state_saturations="integer",
    cycles_per_sample="number or null: while it learns; null: no clock",
    bytes_per_sample="number: on the wire", weights="string: digest")
@takes_design()
def mnist(
    ctx: typer.Context,
    data: Annotated[Path | None, typer.Option(
        help="Folder of the four idx files. Default: the one that --design names.")] = None,
    samples: Annotated[int, typer.Option(min=1, help="Number of training samples.")] = 2000,
    tested: Annotated[int, typer.Option(
        "--test", min=0, help="Number of test samples to predict, from the first on.")] = 250,
    wish: Asked = UNASKED,
    capacity: Annotated[int | None, typer.Option(
        help="Number of samples stored at a time. Default: the design's.")] = None,
    shuffle: Annotated[bool, typer.Option(
        "--shuffle", help="Learn in a random order instead of the stored one.")] = False,
    seed: Annotated[int, typer.Option(
        min=0, help="Seed for the initial weights and the order.")] = 0,
    device: DeviceOption = "virtual",
    report: ReportOption = None,
    baud: BaudOption = None,
    take_over: TakeOverOption = False,
    save: SaveOption = None,
    every: EveryOption = None,
    resume: ResumeOption = None,
):
    """Learn MNIST on a board, a portion at a time, and compare it with the integer model.

    Without --preset and --design it is the preset mnist.

    Example: cortigate mnist --data FOLDER --samples 2000
    """
    data = folder_of(data, wish.file)
    saving = Saving(ctx, save, every, resume, SETTINGS)
    if saving.checkpoint is None:
        device, design = resolved(device, report, wish.choices | {"sample_capacity": capacity},
                                  "mnist", baud=baud)
    else:
        device, design = saving.opened(device)
        samples, tested, shuffle, seed = (saving.settings[name] for name in SETTINGS[:-1])
    if design is None:
        design = chosen(wish, like("mnist")).design
        design = design if capacity is None else design.replace(sample_capacity=capacity)
    split = load_idx_folder(data)
    # Where the last classes are missing the others can be learned.
    classes = max(split.classes, design.network.sizes[-1])
    require_ends(design, (split.inputs, classes), device, "these images")
    samples, tested = min(samples, len(split.x_train)), min(tested, len(split.x_test))
    order = order_of(samples, seed if shuffle else None)
    inputs, labels = design.sample.from_float(split.x_train[order]), split.y_train[order]
    test = design.sample.from_float(split.x_test[:tested])
    digest = samples_digest(inputs, labels)
    saving.require_data(digest)
    parts = portions(design.sample_capacity, samples)
    say(f"{design.network}, {design.lanes} lanes, configuration {design.digest}: {samples} "
        f"training samples in {len(parts)} portions of at most {design.sample_capacity}")
    start, generators = initial_weights(design, seed), initial_generators(design)
    began = time.monotonic()
    with open_device(device, design, baud=baud, take_over=take_over) as opened:
        position = saving.position(samples=samples, tested=tested, shuffle=shuffle, seed=seed,
                                   data=digest)
        done = taken_up(opened, saving.checkpoint, start)
        say(f"weights written, {time.monotonic() - began:.0f} s so far")
        with saving.keeper.waiting():
            def keep(done):
                saving.keeper.keep(opened, **position, done=plain_counters(done))

            told = Told(design, began, parts, saving.keeper.every)
            done = learn_in_order(opened, inputs, labels, keeper=saving.keeper, done=done,
                                  save=keep, progress=told)
            keep(done)
        weights, states = opened.read_weights(), opened.read_generators()
        found = predict_all(opened, test) if tested else np.zeros(0, np.int64)
    say(f"board done after {time.monotonic() - began:.0f} s; the same on the integer model")
    model = integer_model(design)
    model.set_weights(start)
    correct = int((model.learn_all(inputs, labels) == labels).sum())
    saturations = model.weight_saturations, model.state_saturations
    expected = model.predict(test) if tested else found
    same = {
        "weights": weights_digest(weights) == weights_digest(model.weights),
        "generators": np.array_equal(states, model.states if design.generators else generators),
        "right while learning": done.correct == correct,
        "predictions": np.array_equal(found, expected),
        "saturations": saturations == (done.weight_saturations, done.state_saturations),
    }
    document = {
        **design_keys(design), "samples": samples, "tested": tested,
        "identical": [{"what": name, "identical": bool(equal)} for name, equal in same.items()],
        "accuracy": (found == split.y_test[:tested]).mean() if tested else None,
        "accuracy_while_learning": correct / samples,
        "weight_saturations": done.weight_saturations,
        "state_saturations": done.state_saturations,
        "cycles_per_sample": done.cycles / samples if done.cycles else None,
        "bytes_per_sample": bytes_sent(design, inputs, labels) / samples,
        "weights": weights_digest(weights)}
    if not emit(document):
        show(design, document, weights_digest(model.weights), saturations)
    raise typer.Exit(0 if all(same.values()) else 1)


def folder_of(data, file):
    """Folder of the idx files: the one that is named, or the one of a design's file."""
    data = data or (None if file is None else file.folder)
    if data is None:
        raise ValueError("name the folder of MNIST's idx files with --data, or in the file of "
                         "--design")
    return data


def order_of(samples, seed):
    """Numbers of the samples, in the order in which they are learned; None keeps it."""
    return (np.arange(samples) if seed is None else
            np.random.default_rng([seed, 0]).permutation(samples))


def taken_up(device, checkpoint, weights):
    """Load a device with its start, or with a checkpoint; counters of what was learned before."""
    if checkpoint is None:
        begin(device, weights)
        return NOTHING
    done = counters_from(checkpoint.position.get("done"))
    go_on(device, checkpoint)
    return done


def bytes_sent(design, inputs, labels):
    """Bytes on the wire, in all, of the requests that bring samples in portions."""
    around = FRAME_BYTES - WRITE_BYTES + 3  # with COBS's byte and both delimiters
    return sum(around + len(payload)
               for part in portions(design.sample_capacity, len(inputs))
               for *_, payload in sample_frames(design, 0, np.frombuffer(
                   sample_image(design, inputs[part], Targets(labels[part])), "<u2")))


def show(design, found, weights, saturations):
    """Print a document; beside it digest and saturations of the integer model."""
    typer.echo(f"weights {found['weights']}, integer model {weights}")
    for one in found["identical"]:
        typer.echo(f"{one['what']}: "
                   f"{'identical' if one['identical'] else 'DIFFERENT, which is a fault'}")
    typer.echo(f"words of weights and neurons that saturated: {found['weight_saturations']}, "
               f"{found['state_saturations']}; integer model {saturations[0]}, {saturations[1]}")
    typer.echo(f"right {when(design)}: {100 * found['accuracy_while_learning']:.2f} % of "
               f"{found['samples']}")
    if found["accuracy"] is not None:
        typer.echo(f"test: {100 * found['accuracy']:.2f} % of {found['tested']}")
    if found["cycles_per_sample"] is not None:
        typer.echo(f"cycles per learning sample: {found['cycles_per_sample']:.1f}")
    sent = found["bytes_per_sample"]
    typer.echo(f"bytes per sample on the wire: {sent:.1f}, {2 * MemoryMap(design).sample_words} in "
               f"memory; at {BAUD} baud at most {BAUD / 10 / sent:.0f} samples/s")


def when(design):
    """When learning samples were predicted, in words."""
    return ("before they were learned" if design.rule.predicts_before_label
            else "while their labels taught them")


class Told:
    """Says after every portion how far it is, and the cycles per sample so far.

    Parameters
    ----------
    design : Design
    began : float
        `time.monotonic` of the start.
    parts : list of slice
        Portions.
    every : int or None
        Samples after which it says so, if not after every portion.
    """

    def __init__(self, design, began, parts, every=None):
        self._design, self._began, self._said = design, began, 0
        self._ends = {part.stop for part in parts} if every is None else {
            *range(every, parts[-1].stop, every), parts[-1].stop}

    def __call__(self, counters):
        learned = counters.samples
        if learned == self._said or learned not in self._ends:
            return
        self._said = learned
        cycles = f"{counters.cycles / learned:.1f} cycles each, " if counters.cycles else ""
        say(f"{learned} samples, {cycles}{100 * counters.correct / learned:.1f} % right "
            f"{when(self._design)}, {time.monotonic() - self._began:.0f} s so far")
