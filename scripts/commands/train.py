"""cortigate train: learn a table of one's own, from CSV, Parquet, .npz or idx files."""

from pathlib import Path
from typing import Annotated

import typer

from cortigate.boards.storage.files import write_whole
from cortigate.golden.datasets import Columns, read_table
from cortigate.scripts.choosing import DesignFileOption, LanesOption, LayersOption, RuleOption
from cortigate.scripts.console import new_console, say
from cortigate.scripts.document import documented
from cortigate.scripts.opening import BaudOption, DeviceOption, TakeOverOption
from cortigate.scripts.own.learner import (
    EPOCHS,
    NetworkWish,
    balance,
    new_learner,
    taken_up,
)
from cortigate.scripts.own.problem import UNLABELLED, OwnTask, problem_of, shown
from cortigate.scripts.own.report import report_page
from cortigate.scripts.own.teaching import Teaching
from cortigate.scripts.saving import ResumeOption, SaveOption, Saving, writable
from cortigate.scripts.showing import ShowOption, show
from cortigate.scripts.speaking import emit
from cortigate.scripts.tables import command_line

__all__ = ["train"]

SETTINGS = ("task", "labels", "ignored", "held_out", "seed", "inputs", "data", "report")
REPLACE = "delete it, or name another file"


@documented(
    task="string: classes, regression or anomaly", network="string: neurons per layer",
    rule="string: of learning", configuration="string: digest of the design",
    epochs="integer: learned", rows="integer: learned from", held_out="integer: rows judged by",
    score="string: name of the score", value="number or null: score of the rows held out",
    guess="number or null: score of the best guess that does not look at the inputs")
def train(
    ctx: typer.Context,
    data: Annotated[Path, typer.Argument(
        help="Table: CSV with a line of names, Parquet, .npz of X and y, or a folder of idx files."
    )],
    label: Annotated[list[str] | None, typer.Option(
        help="Column of the labels. Several for --task regression: say it once for each.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(
        help="Column to leave out, such as a number of the row. May be said several times.")
    ] = None,
    task: Annotated[OwnTask | None, typer.Option(
        help="classes: text or whole numbers. regression: values. anomaly: what is usual, without "
             "labels. Default: classes.")] = None,
    held_out: Annotated[float | None, typer.Option(
        help="Share of the rows that is not learned from but judged by, of every class alike. "
             "Default: 0.2, or the test part of idx files.")] = None,
    seed: Annotated[int, typer.Option(
        min=0, max=2**32 - 1, help="Seed for what is held out, the initial weights and the order."
    )] = 0,
    epochs: Annotated[int | None, typer.Option(
        min=1, help=f"Passes over the rows. Default: {EPOCHS}. With --resume, more than before "
                    "go on at the last rate.")] = None,
    hidden: Annotated[str | None, typer.Option(
        help="Neurons of the hidden layers, such as 64-32; --layers names all of them.")] = None,
    design_file: DesignFileOption = None,
    rule: RuleOption = None,
    layers: LayersOption = None,
    lanes: LanesOption = None,
    learning_rate_shift: Annotated[int | None, typer.Option(
        help="k of the learning rate 2**-k. Default: the rule's for these layers.")] = None,
    early_stopping: Annotated[bool, typer.Option(
        "--early-stopping", help="Keep a tenth of what is learned from apart, end where it does "
                                 "not improve any more, and take the best weights.")] = False,
    balanced: Annotated[bool, typer.Option(
        "--balanced", help="Draw the samples of rare classes more often.")] = False,
    device: DeviceOption = "integer",
    baud: BaudOption = None,
    take_over: TakeOverOption = False,
    page: Annotated[Path | None, typer.Option(
        "--report", help="New HTML file with pictures that says how it went.")] = None,
    shown: ShowOption = False,
    save: SaveOption = None,
    resume: ResumeOption = None,
):
    """Learn a table of your own, and say how right it is on rows that were held out.

    Example: cortigate train my.csv --label species --save my.safetensors --report my.html
    """
    saving = Saving(ctx, save, None, resume, SETTINGS, {"page", "epochs"}, {"report": None})
    page = page_of(saving, page)
    if shown and page is None:
        raise ValueError("--show opens the report: name its file with --report")
    if page is not None:
        saving.require_other("--report", page)
    goes_on = saving.checkpoint is not None
    if goes_on:
        settings = saving.settings
        task, held_out, seed = OwnTask(settings["task"]), settings["held_out"], settings["seed"]
        label, ignore = settings["labels"], settings["ignored"]
    labels, ignored = tuple(label or ()), tuple(ignore or ())
    if labels and task is OwnTask.ANOMALY:
        raise ValueError("--task anomaly learns without labels: name their column with --ignore in "
                         "place of --label")
    if not labels and task is not OwnTask.ANOMALY and not (data.is_dir() or data.suffix == ".npz"):
        raise ValueError(UNLABELLED)
    problem = problem_of(read_table(data, Columns(labels, ignored)), task, held_out, seed)
    saving.require_data(problem.digest)
    if goes_on:
        learner, history = taken_up(problem, saving, device, epochs, baud=baud,
                                    take_over=take_over)
    else:
        wish = NetworkWish(design_file, rule, layers, lanes, hidden, learning_rate_shift)
        history, learner = [], new_learner(
            problem, wish, device, epochs=epochs or EPOCHS, random_state=seed, baud=baud,
            take_over=take_over, early_stopping=early_stopping, **balance(problem, balanced))
    notes = saving.position(
        task=str(problem.task), labels=list(labels), ignored=list(ignored), held_out=held_out,
        seed=seed, inputs=problem.names and list(problem.names), data=problem.digest,
        report=page and str(page))
    say(f"{data}: {len(problem.x)} rows to learn from, {len(problem.x_held)} held out, "
        f"{problem.x.shape[1]} inputs")
    teaching = Teaching(problem, learner, saving.keeper, notes, new_console(), history)
    emit(tell(teaching, teaching.run(goes_on), page))
    if shown:
        show(page)


def page_of(saving, page):
    """File of the report: that which is named, or was when the run began; None if none is written.

    ValueError if the one that is named is there already, or has no folder.
    """
    first = saving.settings.get("report")
    if page is None and first is not None:
        try:
            writable(Path(first), "name another file with --report, or delete it")
        except ValueError as error:
            say(f"no report is written: {error}")
            return None
        return Path(first)
    writable(page, REPLACE)
    return page


def tell(teaching, judge, page):
    """Say what came of a training, write the page about it, and give the document of it."""
    problem, design = teaching.problem, judge.design_
    say(f"{design.network} by {design.rule.name}, {design.lanes} lanes, configuration "
        f"{design.digest}: {judge.n_epochs_} epoch{'' if judge.n_epochs_ == 1 else 's'}")
    record = {"task": str(problem.task), "network": str(design.network),
              "rule": design.rule.name, "configuration": design.digest,
              "epochs": judge.n_epochs_, "rows": len(problem.x), "held_out": len(problem.x_held),
              "score": problem.judged, "value": None, "guess": None}
    if len(problem.x_held):
        final, guess = problem.score(judge), problem.plain_score()
        beside = "" if guess is None else f"; {problem.guess}: {shown(problem, guess)}"
        new_console().print(f"held out: {shown(problem, final)}{beside}", highlight=False)
        if problem.is_no_better(final):
            new_console(stderr=True).print(
                f"WARNING: this is hardly better than {problem.guess}: try another --rule, more "
                "neurons, such as --hidden 64-32, more --epochs, or another --learning-rate-shift",
                highlight=False, soft_wrap=True)
        record |= {"value": final, "guess": guess}
    if page is not None:
        write_whole(page, report_page(teaching, judge, command_line()).encode(), "the report")
    written = [str(path) for path in (teaching.keeper.path, page) if path is not None]
    if written:
        say(f"wrote {' and '.join(written)}")
    return record
