"""cortigate sweep: rules, seeds and parameters tried on one's data, in processes or on boards."""

from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn

from cortigate.boards.storage.files import require_place
from cortigate.scripts.console import new_console
from cortigate.scripts.document import documented
from cortigate.scripts.insights.drawing import Drawing, check_picture
from cortigate.scripts.opening import BaudOption, TakeOverOption
from cortigate.scripts.progress import Bars, preparing
from cortigate.scripts.showing import ShowOption, show
from cortigate.scripts.speaking import emit
from cortigate.scripts.sweep.file import SweepFile
from cortigate.scripts.sweep.results import ResultsFile
from cortigate.scripts.sweep.session import SweepSession
from cortigate.scripts.sweep.study import SweepStudy
from cortigate.scripts.sweep.summary import (
    best_of,
    combinations,
    draw,
    larger_is_better,
    lines_of,
    said_of,
    table_of,
)

__all__ = ["sweep"]


@documented(
    data="string: its source", measure="string: name of the score", kept="string: what runs are "
    "judged by", seeds="integer: number of seeds", runs="integer: of this grid, all done",
    output="string: file of the results", study="string or null: its name in the storage",
    picture="string or null: its file",
    combinations=[{
        "rule": "string", "network": "string: neurons per layer",
        "configuration": "string: digest of the design", "choice": "object: what the grid chose",
        "scores": "list of number: of each seed, without those that have diverged",
        "mean": "number or null: of these", "diverged": "integer: seeds of which there is no score",
        "backprop": "list of number: of each seed, by exact backprop of the same network"}])
def sweep(
    file: Annotated[Path, typer.Argument(
        metavar="FILE", help="TOML file of the sweep: data, estimator, grid, measure.")],
    device: Annotated[list[str] | None, typer.Option(
        help="A model (see `cortigate devices`), virtual, a serial port, or auto: the only board. "
             "Several boards, also virtual ones, share the runs: say it once for each. Default: "
             "integer.")] = None,
    baud: BaudOption = None,
    take_over: TakeOverOption = False,
    jobs: Annotated[int | None, typer.Option(
        min=1, help="Number of processes that learn on a model at a time. Default: one for each "
                    "core.")] = None,
    dask: Annotated[str | None, typer.Option(
        help="Address of a Dask cluster's scheduler, such as tcp://HOST:8786, in place of "
             "processes.")] = None,
    output: Annotated[Path | None, typer.Option(
        help="File for the results, JSON lines; that of an interrupted sweep is gone on with. "
             "Default: FILE with the ending .jsonl.")] = None,
    storage: Annotated[str | None, typer.Option(
        help="URL of a database, such as sqlite:///sweep.db, in which every run is a trial of a "
             "study of Optuna, named as FILE is, too.")] = None,
    picture: Annotated[Path | None, typer.Option(
        help="File for the picture. Default: that of the results with the ending .png.")] = None,
    shown: ShowOption = False,
):
    """Try rules, seeds and parameters on your data, and compare what they reach.

    Runs are judged by samples that are kept apart from those learned from, never by the test set.
    A sweep that was interrupted goes on when the command is repeated.

    Example: cortigate sweep my-sweep.toml --jobs 2
    """
    said, console = SweepFile.read(file), new_console()
    output = output or file.with_suffix(".jsonl")
    picture = picture or output.with_suffix(".png")
    require_place(output, "the file of results")
    check_picture(picture)
    if output.resolve() == picture.resolve():
        raise ValueError(f"--output and --picture must be two files, not both {output}")
    with going_on(lambda: f"{file} was not begun"), preparing(console, f"the runs of {file}"):
        session = SweepSession(said, device or ["integer"], jobs, dask,
                               baud=baud, take_over=take_over)
        study = storage and SweepStudy(storage, file.stem, session.identity, session.trials,
                                       larger_is_better(said.measure.name))

    def say(text):
        console.print(text, highlight=False, soft_wrap=True)

    with ResultsFile(output, session.identity) as results:
        begin(session, results, say)
        run(session, results, console, say, study)
    measure, trials = said.measure.name, [*session.trials, *session.baseline]
    lines = lines_of(measure, trials, results.rows, session.numbers)
    title = (f"{said.source.source}: {number(len(said.seeds), 'seed')}, judged by "
             f"{kept_apart(said.measure)}")
    say(title)
    console.print(table_of(measure, lines))
    best = best_of(measure, lines)
    if len(best) > 1:
        say(f"best: {said_of(measure, best[0], lines)}")
    with Drawing() as drawing:
        draw(picture, measure, lines, title)
    say(f"wrote {output}" + ("" if drawing.failed else f" and {picture}")
        + (f", and the study {study.name}" if study else ""))
    emit({"data": said.source.source, "measure": measure, "kept": kept_apart(said.measure),
          "seeds": len(said.seeds), "runs": len(session.keys), "output": output,
          "study": study.name if study else None,
          "picture": None if drawing.failed else picture,
          "combinations": combinations(measure, lines)})
    if shown:
        show(None if drawing.failed else picture)


def begin(session, results, say):
    """Say what is to be run, and what is there already."""
    problem, keys = session.problem, session.keys
    done = sum(key in results.rows for key in keys)
    say(f"{session.file.source.source}: {len(problem.x)} samples to learn from and judge by, "
        f"{len(problem.x_held)} of the test set left alone; "
        f"{number(len(session.plans), 'combination')}, {number(len(keys), 'run')}")
    if results.cut:
        say(f"the last line of {results.path} was half written: its run is done again")
    if done:
        say(f"{done} of these runs are in {results.path} already")
    others = len(results.rows) - done
    if others:
        say(f"{number(others, 'run')} of another grid, or of a device that computes other numbers, "
            f"in {results.path}: not counted here")


def run(session, results, console, say, study=None):
    """Run what is left, and write every row at once, into a study, too, if there is one."""
    keys = session.keys
    total, known = len(keys), set(results.rows)

    def stands():
        return f"{len(set(keys) & set(results.rows))} of {total} runs are in {results.path}"

    try:
        with going_on(stands), Bars(TextColumn("{task.description}"), BarColumn(bar_width=20),
                                    MofNCompleteColumn(), console=console) as bars:
            if study:
                study.record(results.rows.values())
            task = bars.add_task("runs", total=total, completed=len(known & set(keys)))
            with closing(session.rows(known, say)) as rows:
                for row in rows:
                    results.add(row)
                    if study:
                        study.record([row])
                    bars.update(task, completed=len(set(keys) & set(results.rows)))
    except RuntimeError as error:  # of a process, the last device or a study; results stay
        error.add_note(f"({stands()}: the same command goes on.)")
        raise


@contextmanager
def going_on(stands):
    """Ctrl-C and SIGTERM inside say how the sweep stands, and that it can go on.

    Parameters
    ----------
    stands : callable
        Gives that in words.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        raise type(error)(f"{stands()}: the same command goes on.") from None


def kept_apart(measure):
    """Samples that runs are judged by, in words."""
    return (f"{100 * measure.validation:g} % kept apart" if measure.folds is None else
            f"{measure.folds} folds")


def number(count, noun):
    """A number of things in words."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
