"""cortigate stream: samples come while the board learns, with a label and later without."""

import time
from typing import Annotated

import numpy as np
import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.table import Table

from cortigate.boards.device.digests import samples_digest, weights_digest
from cortigate.boards.device.stream import require_streaming
from cortigate.boards.learn.designs import fitting
from cortigate.boards.learn.opening import is_port, open_device
from cortigate.boards.learn.resumable import begin, go_on
from cortigate.boards.learn.streamed import (
    Streamed,
    repeat,
    stream_in_parts,
    stream_order,
    unrepeatable,
)
from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import PRESETS
from cortigate.scripts.choosing import (
    DesignFileOption,
    LanesOption,
    LayersOption,
    RuleOption,
    asked,
    chosen,
    like,
)
from cortigate.scripts.console import new_console, talk
from cortigate.scripts.document import DESIGN, design_keys, documented
from cortigate.scripts.insights.pal import measure, sentence
from cortigate.scripts.opening import (
    BaudOption,
    DeviceOption,
    ReportOption,
    TakeOverOption,
    require_ends,
    resolved,
)
from cortigate.scripts.progress import Bars, preparing
from cortigate.scripts.saving import EveryOption, ResumeOption, SaveOption, Saving
from cortigate.scripts.speaking import emit
from cortigate.scripts.tasks.shared import digest_of, name_of

__all__ = ["stream"]

MODELS = ("integer", "reference")
ALWAYS_ON = ", ".join(name for name, design in PRESETS.items() if design.engine.always_on)
RECENT = 500  # predictions, the latest ones, that an accuracy while learning counts


@documented(
    **DESIGN, epochs="integer", devices=[{
        "device": "string: in words", "accuracy": "number: of the test digits, 0 .. 1",
        "accuracy_while_learning": "number: of the last 500 predictions",
        "steps_per_sample": "number: time steps from one sample to the next, mean",
        "steps_at_least": "boolean: some took longer than can be counted",
        "weights": "string: digest of integer weights, or what else they are"}],
    identical="boolean or null: weights, predictions and generators are those of the integer "
              "model; null: it does not repeat the run")
def stream(
    ctx: typer.Context,
    preset_name: Annotated[
        str | None, typer.Option("--preset", help="Design of a rule that is always on, "
                                                  f"{ALWAYS_ON}. Default: pal.")
    ] = None,
    design_file: DesignFileOption = None,
    rule: RuleOption = None,
    layers: LayersOption = None,
    lanes: LanesOption = None,
    epochs: Annotated[
        int, typer.Option(min=1, help="Number of times to send the 1437 training digits.")
    ] = 2,
    seed: Annotated[
        int, typer.Option(min=0, help="Seed for the split, the initial weights and the order.")
    ] = 0,
    device: DeviceOption = "virtual",
    report: ReportOption = None,
    baud: BaudOption = None,
    take_over: TakeOverOption = False,
    save: SaveOption = None,
    every: EveryOption = None,
    resume: ResumeOption = None,
):
    """Stream the digits through a board that never stops learning, then repeat the run exactly.

    Example: cortigate stream --rule pal
    """
    wish = asked(design_file, preset_name, rule, layers, lanes)
    saving = Saving(ctx, save, every, resume, ("epochs", "seed", "data"))
    if saving.checkpoint is None:
        device, design = resolved(device, report, wish.choices, "stream", baud=baud)
    else:
        device, design = saving.opened(device)
        epochs, seed = saving.settings["epochs"], saving.settings["seed"]
    if design is None:
        design = chosen(wish, like("pal")).design
    check(design, device)
    console, name = new_console(), name_of(device)
    data = load_digits_split(seed)
    inputs, labels, taught = samples_of(design, data, epochs, seed)
    targets = np.where(np.arange(len(labels)) < taught, labels, -1)
    digest = samples_digest(inputs, labels)
    saving.require_data(digest)
    talk(console).print(f"The digits as a stream: {design.network}, {design.rule.steps} time steps "
                        f"a turn, {design.lanes} lanes, configuration {design.digest}",
                        highlight=False)
    start = initial_weights(design, seed)
    with preparing(console, name):
        opened = open_device(device, design, baud=baud, take_over=take_over)
    with opened:
        position = saving.position(epochs=epochs, seed=seed, data=digest)
        past = taken_up(opened, saving.checkpoint, start)

        def keep(streamed):
            saving.keeper.keep(opened, streamed.to_arrays(), **position)

        with progress_bars(console) as bars, saving.keeper.waiting():
            told = StreamTold(bars, design, labels)
            told.expect("learning", slice(0, taught))
            told.expect("without labels", slice(taught, len(labels)))
            run = stream_in_parts(opened, inputs, targets, saving.keeper, past, told, keep)
        weights, generators = opened.read_weights(), opened.read_generators()
    angles = [measure(design, one, data) for one in (start, weights)]
    steps, verdict, same = steps_of(design, run), "", None
    rows = [row_of(name, run.predictions == labels, taught, steps, weights)]
    if device not in MODELS and unrepeatable(run):
        verdict = unrepeatable(run)
    elif device not in MODELS:
        model = integer_model(design)
        model.set_weights(start)
        with progress_bars(console) as bars:
            task = bars.add_task("the same again", total=len(labels), said="")
            again = repeat(model, inputs, targets, run,
                           lambda done: bars.update(task, completed=done))
        rows.append(row_of("integer model", again == labels, taught, steps, model.weights))
        same = bool(weights_digest(weights) == weights_digest(model.weights)
                    and np.array_equal(again, run.predictions)
                    and np.array_equal(generators, model.states))
        verdict = (f"Weights, predictions and generators of the {name} and of the integer model "
                   f"that repeats its run: {'identical' if same else 'DIFFERENT, which is a fault'}"
                   ".")
    if not emit({**design_keys(design), "epochs": epochs, "devices": rows, "identical": same}):
        console.print(table_of(rows))
        talk(console).print(sentence(angles), highlight=False)
        if verdict:
            console.print(verdict, highlight=False)
    raise typer.Exit(1 if same is False else 0)


def taken_up(device, checkpoint, weights):
    """Load a device with its start, or with a checkpoint; `Streamed` of what it did before."""
    if checkpoint is None:
        begin(device, weights)
        return Streamed()
    past = Streamed.from_arrays(checkpoint.extra)
    go_on(device, checkpoint)
    return past


def check(design, device):
    """Raise ValueError unless the digits can be streamed through a design."""
    require_ends(design, (64, 10), device, "the digits")
    if is_port(device) and not design.engine.always_on:
        raise ValueError(f"the board on {device} learns by the rule {design.rule.name}, in phases, "
                         f"so that nothing can be streamed: {fitting(design, device)}")
    require_streaming(design)


def samples_of(design, data, epochs, seed):
    """(inputs, labels, n): n training samples, each epoch in an order of its own, then the test's.

    The inputs are raw.
    """
    order = stream_order(len(data.y_train), epochs, seed)
    inputs = np.concatenate([data.x_train[order], data.x_test])
    labels = np.concatenate([data.y_train[order], data.y_test])
    return design.sample.from_float(inputs), labels, len(order)


def steps_of(design, run):
    """Time steps from one sample to the next, mean so far, and whether it is at least as many."""
    stood = run.stood
    return {"steps_per_sample": design.rule.steps * (1 + stood.mean()) if len(stood) else 0.0,
            "steps_at_least": bool(run.stood_long.any())}


def steps_in_words(steps):
    """`steps_of` in a few letters."""
    return f"{'≥ ' if steps['steps_at_least'] else ''}{steps['steps_per_sample']:.1f}"


def progress_bars(console):
    """Bars with something said beside them; 80 columns at most."""
    return Bars(TextColumn("{task.description:14}", markup=False), BarColumn(bar_width=8),
                MofNCompleteColumn(), TextColumn("{task.fields[said]}"), console=console)


class StreamTold:
    """A stream's report while it runs, beside a bar for each of its parts.

    Parameters
    ----------
    bars : Bars
    design : Design
    labels : int64 array
        Of all samples, in the order in which they are sent.
    """

    def __init__(self, bars, design, labels):
        self._bars, self._design, self._labels = bars, design, labels
        self._parts = []  # (task, samples, time of the first result)

    def expect(self, text, part):
        """Add a bar for the samples of a slice."""
        task = self._bars.add_task(text, total=part.stop - part.start, said="")
        self._parts.append([task, part, None])

    def __call__(self, run):
        """Bring the bars up to a stream's results."""
        right = run.predictions == self._labels[:len(run.predictions)]
        for entry in self._parts:
            task, part, began = entry
            mine = right[part]
            if not len(mine) or self._bars.tasks[task].finished:
                continue
            if began is None:
                began = entry[2] = time.monotonic(), len(mine)
            rate = (len(mine) - began[1]) / max(0.1, time.monotonic() - began[0])
            self._bars.update(task, completed=len(mine), said=(
                f"{rate:,.0f}/s, right {100 * mine[-RECENT:].mean():.1f} %, "
                f"{steps_in_words(steps_of(self._design, run))} steps"))


def row_of(name, right, taught, steps, weights):
    """Entry of the document for one device; `right` says which predictions were, of `taught` with
    labels.
    """
    return {"device": name, "accuracy": right[taught:].mean(),
            "accuracy_while_learning": right[:taught][-RECENT:].mean(), **steps,
            "weights": digest_of(weights)}


def table_of(rows):
    """The closing table."""
    table = Table(title="Handwritten digits as a stream, held-out 20 %")  # 80 columns at most
    table.add_column("", no_wrap=True)
    for column in ("test\naccuracy", f"learning,\nlast {RECENT}", "time steps\nper sample",
                   "weights"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(row["device"], f"{100 * row['accuracy']:.2f} %",
                      f"{100 * row['accuracy_while_learning']:.2f} %", steps_in_words(row),
                      row["weights"])
    return table
