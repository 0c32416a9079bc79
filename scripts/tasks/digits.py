"""The demo's digits: a class for each, learned on a device beside all models."""

import time
from dataclasses import replace
from functools import partial

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.table import Table

from cortigate.boards.device.digests import samples_digest
from cortigate.boards.learn.keeper import Keeper
from cortigate.boards.learn.opening import open_device
from cortigate.boards.learn.training import rule_name
from cortigate.golden.datasets import load_digits_split
from cortigate.golden.spec import Network
from cortigate.scripts.choosing import chosen, recommended
from cortigate.scripts.console import new_console, talk
from cortigate.scripts.course import require_rates, take
from cortigate.scripts.document import design_keys
from cortigate.scripts.insights import insight_of
from cortigate.scripts.insights.drawing import Drawing, real_weights
from cortigate.scripts.opening import require_ends, resolved
from cortigate.scripts.picture import draw, draw_sheet
from cortigate.scripts.progress import Bars, preparing
from cortigate.scripts.tasks.shared import (
    FEWEST,
    MODELS,
    digest_of,
    name_of,
    same_weights,
    sizes_of_parts,
)

__all__ = ["fewer", "learn", "run", "table_of"]


def run(call, saving):
    """Learn the digits; the demo's document.

    Parameters
    ----------
    call : Call
    saving : Saving
    """
    device, wish, output = call.device, call.wish, call.output
    epochs, seed, samples = call.epochs, call.seed, call.samples
    if saving.checkpoint is None:
        device, design = resolved(device, call.report, wish.choices, "demo", samples=samples,
                                  baud=call.baud)
    else:
        device, design = saving.opened(device)
        epochs, seed, samples = (saving.settings[name] for name in ("epochs", "seed", "samples"))
    own = design is not None  # a board's or a build's, which options do not change
    if not own:
        design = chosen(wish, own_course).design
    rule = design.rule.name
    learns, insight = design.rule.title, insight_of(rule)
    epochs = insight.DEMONSTRATION.epochs if epochs is None else epochs
    require_ends(design, (64, 10), device, "the digits")
    require_rates(design, epochs)
    saving.require_other("--output", output)
    console, started, data = new_console(), time.monotonic(), load_digits_split(seed)
    if own:
        samples = stored(design, data, samples)
    elif samples is not None:
        design = design.replace(sample_capacity=samples)
    if samples is not None:
        data = fewer(data, samples)
    digest = samples_digest(design.sample.from_float(data.x_train), data.y_train)
    saving.require_data(digest)
    text = f"{design.network}, {design.rule.describe()}"
    announce(console, design, f"{learns} the digits: {text}", data, samples if own else None)
    courses, line = {}, {"baud": call.baud, "take_over": call.take_over}
    further = getattr(insight, "BESIDE", {})
    devices = {name_of(which): which for which in (device, *MODELS)} | further
    for name, which in devices.items():
        with preparing(console, name):
            opened = open_device(which, design, **(line if which == device else {}))
        kept = {} if courses else {
            "keeper": saving.keeper, "checkpoint": saving.checkpoint,
            "position": saving.position(epochs=epochs, seed=seed, samples=samples, data=digest)}
        with opened:
            courses[which] = learn(opened, name, data, epochs, seed, console,
                                   not courses or name in further, **kept)
    measured = courses[device].insights
    beside = {course.name: course.insights for which, course in courses.items()
              if course.insights and which != device}
    others = {"beside": beside} if beside else {}
    rows = rows_of(courses.values())
    console.print(table_of(rows, next(iter(courses.values())).before_label))
    talk(console).print(insight.sentence(measured, **others), highlight=False)
    same = device in MODELS or same_weights(
        device, courses[device].weights, courses["integer"].weights, console)
    sheet, finding = alone(insight, data, epochs, seed, console)
    if finding:
        talk(console).print(finding, highlight=False)
    more = None
    with Drawing() as drawing:
        title = f"{learns} the digits, {design.network}"
        draw(output, title, list(courses.values()), partial(insight.panel, **others),
             real_weights(design, courses[device].weights)["W1"], data.y_test)
        if sheet is not None:
            second = output.with_stem(f"{output.stem}-more")
            draw_sheet(second, title, partial(sheet, records=measured))
            more = second
            console.print(f"More of {rule}: {more}.", highlight=False)
    picture = "" if drawing.failed else f"Picture: {output}. "
    seconds = time.monotonic() - started
    talk(console).print(f"{picture}Took {seconds:.0f} s.")
    return {"task": "digits", **design_keys(design), "devices": rows, "identical": same,
            "picture": output if picture else None, "more": more, "seconds": seconds}


def announce(console, design, text, data, samples):
    """Say what is about to learn, and of a board's own design how many digits it stores."""
    console = talk(console)
    console.print(f"{text}, {design.lanes} lanes, configuration {design.digest}")
    if samples is not None:
        console.print(f"{samples} digits, of {design.sample_capacity} that this design stores: "
                      f"{len(data.x_train)} to learn from, {len(data.x_test)} held out.",
                      highlight=False)


def alone(insight, data, epochs, seed, console):
    """A rule's experiment beside the training: (its drawing, a sentence), or (None, "")."""
    if not hasattr(insight, "experiment"):
        return None, ""
    with talk(console).status("") as status:
        found = insight.experiment(data, epochs=epochs, seed=seed,
                                   progress=lambda text: status.update(f"experiment: {text}"))
    return partial(insight.sheet, found=found), insight.finding(found)


def own_course(wish):
    """(Name, design) of a rule's own demonstration."""
    course = insight_of(rule_name(wish.rule)).DEMONSTRATION
    return recommended(Network.parse(course.layers).sizes, lanes=course.lanes)(wish)


def stored(design, data, samples):
    """Digits to take with a design that exists already; None is all of them."""
    most, capacity = len(data.x_train) + len(data.x_test), design.sample_capacity
    if samples is not None and samples > capacity:
        raise ValueError(f"--samples {samples} contradicts the design {design.digest}, which "
                         f"stores {capacity}: leave it out, or take fewer")
    if capacity < FEWEST:
        raise ValueError(f"the design {design.digest} stores {capacity} digits, but the demo needs "
                         f"at least {FEWEST}: build one that stores more")
    return capacity if samples is None and capacity < most else samples


def fewer(data, samples):
    """As many of the digits, a fifth of them for the test."""
    learn, test = sizes_of_parts(samples, len(data.x_train) + len(data.x_test))
    return replace(data, x_train=data.x_train[:learn], y_train=data.y_train[:learn],
                   x_test=data.x_test[:test], y_test=data.y_test[:test])


def learn(device, name, data, epochs, seed, console, insight, keeper=None, **kept):
    """A course with a live bar: samples, samples per second, accuracy so far.

    Where labels act on the predictions it is not called accuracy.
    """
    before = device.design.rule.predicts_before_label
    says = getattr(insight_of(device.design.rule.name), "while_learning", None) if insight else None
    # 80 columns at most: where the rule has something to say there is no room for a bar.
    columns = (TextColumn("{task.description:15}", markup=False),
               *([] if says else [BarColumn(bar_width=16)]),
               MofNCompleteColumn(),
               TextColumn("{task.fields[rate]:>6,.0f}" + ("/s" if says else " samples/s")),
               TextColumn(("accuracy" if before else "as taught")
                          + " {task.fields[accuracy]:5.1f} %"),
               *([TextColumn("{task.fields[said]}")] if says else []))
    with Bars(*columns, console=console) as progress:
        task = progress.add_task(name, total=epochs * len(data.x_train), rate=0.0, accuracy=0.0,
                                 said="")
        begun, rates = [], {}

        def tell(samples, counters, insights):
            begun.append((time.monotonic(), samples - counters.samples))
            # That of the learning alone, where only an insight has come since.
            rate = rates.setdefault(samples, (samples - begun[0][1])
                                    / max(0.1, begun[-1][0] - begun[0][0]))
            progress.update(task, completed=samples, rate=rate,
                            accuracy=100 * counters.correct / max(1, counters.samples),
                            said=says(insights[-1]) if says else "")

        with (keeper or Keeper()).waiting():
            taken = take(device, name, data, epochs=epochs, seed=seed, insight=insight,
                         progress=tell, keeper=keeper, **kept)
    if keeper is not None and keeper.saved:  # from here on signals do what they always do
        talk(console).print(keeper.where())
    return taken


def rows_of(courses):
    """Entries of the demo's document, one per course."""
    return [{"device": course.name, "epochs": len(course.test), "accuracy": course.test[-1],
             "accuracy_while_learning": course.online[-1],
             "cycles_per_sample": course.cycles / course.samples if course.cycles else None,
             "weights": digest_of(course.weights)} for course in courses]


def table_of(rows, before_label):
    """One line per entry; `before_label` says when they were right while learning."""
    table = Table(title="Handwritten digits, batch 1, held-out 20 %")  # 80 columns at most
    table.add_column("", no_wrap=True)
    right = "right before\nlearned" if before_label else "right while\ntaught"
    for column in ("test\naccuracy", right, "cycles\nper sample", "weights"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        cycles = row["cycles_per_sample"]
        table.add_row(
            row["device"], f"{100 * row['accuracy']:.2f} %",
            f"{100 * row['accuracy_while_learning']:.2f} %",
            "no clock" if cycles is None else f"{cycles:.1f}", row["weights"])
    return table
