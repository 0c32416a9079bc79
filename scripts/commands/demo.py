"""cortigate demo: learn on the chip, beside the models: digits, anomalies, a robot arm."""

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from cortigate.scripts.choosing import UNASKED, Asked, takes_design
from cortigate.scripts.document import DESIGN, documented
from cortigate.scripts.opening import BaudOption, DeviceOption, ReportOption, TakeOverOption
from cortigate.scripts.saving import EveryOption, ResumeOption, SaveOption, Saving
from cortigate.scripts.showing import ShowOption, show
from cortigate.scripts.speaking import emit
from cortigate.scripts.tasks import DemoTask
from cortigate.scripts.tasks.shared import Call, check_call

__all__ = ["demo"]

PICTURE = Path("cortigate-demo.png")
UNSEEN = 7  # a class that is neither the easiest nor the hardest to miss


@documented(
    task="string: as of --task", **DESIGN,
    devices=[{
        "device": "string: in words", "epochs": "integer or null",
        "weights": "string: digest of integer weights, or what else they are",
        "accuracy?": "number: of the samples held out, 0 .. 1; --task digits",
        "accuracy_while_learning?": "number: of the last epoch; --task digits",
        "cycles_per_sample?": "number or null: while it learns; --task digits",
        "area?": "number: under the curve; --task anomaly",
        "score_seen?": "number: median; --task anomaly",
        "score_unseen?": "number: median; --task anomaly",
        "areas?": "list of number/null: under the curve, for severities up to 0.1, 0.25, 0.5 and "
                  "1; null where there is none; --task vibration",
        "alarm_severity?": "number or null: at which the alarm stands; 0: it is false; --task "
                           "vibration",
        "r2?": "number: of the angles; --task regression",
        "error_mm?": "number: mean distance of the hand from its place; --task regression",
        "error_95_mm?": "number: within which 95 % are; --task regression"}],
    identical="boolean: device and integer model are the same in every bit, or one of them ran "
              "alone", picture="string or null: its file",
    **{"more?": "string or null: file of a second picture, which some rules have; --task digits"},
    seconds="number: that it took")
@takes_design("mechanism", "schedule")
def demo(
    ctx: typer.Context,
    task: Annotated[DemoTask, typer.Option(
        help="digits: their classes. anomaly: the digits without one class, found by not being "
             "known. vibration: a machine's spectra, until a bearing breaks. regression: the "
             "angles of a robot arm.")] = DemoTask.DIGITS,
    unseen: Annotated[int | None, typer.Option(
        min=0, max=9, help="Digit that --task anomaly leaves out of what it learns. "
                           f"Default: {UNSEEN}.")] = None,
    wish: Asked = UNASKED,
    epochs: Annotated[
        int | None, typer.Option(help="Passes over the training samples, 1437 digits for example. "
                                      "Default: the rule's.")
    ] = None,
    seed: Annotated[int, typer.Option(
        help="Seed for the samples or their split, the initial weights and the order.")] = 0,
    device: DeviceOption = "virtual",
    report: ReportOption = None,
    baud: BaudOption = None,
    take_over: TakeOverOption = False,
    samples: Annotated[
        int | None, typer.Option(help="Number of samples to take; a fifth of them is held out. "
                                      "Default: all digits, or as many as the board stores; "
                                      "of other tasks, the task's.")
    ] = None,
    output: Annotated[Path, typer.Option(help="File for the picture.")] = PICTURE,
    shown: ShowOption = False,
    save: SaveOption = None,
    every: EveryOption = None,
    resume: ResumeOption = None,
):
    """Learn a task on a board or the virtual one, beside the models: the digits, if no other.

    A preset of --preset keeps its rule, formats, lanes and hidden layers for a task other than the
    digits; a design of --design must be of the task.

    Example: cortigate demo --epochs 3 --seed 1
    """
    if unseen is not None and task is not DemoTask.ANOMALY:
        raise ValueError(f"--unseen belongs to --task anomaly, not to {task.value}: leave it out")
    if task is not DemoTask.DIGITS:
        for name, value in (("--save", save), ("--every", every), ("--resume", resume)):
            if value is not None:
                raise ValueError(f"{name} belongs to --task digits, not to {task.value}, which "
                                 "keeps no checkpoints: leave it out")
    call = Call(wish, device, report, baud, take_over, epochs, seed, samples, output)
    check_call(call)
    options = {
        DemoTask.DIGITS: lambda: (Saving(ctx, save, every, resume,
                                     ("epochs", "seed", "samples", "data")),),
        DemoTask.ANOMALY: lambda: (UNSEEN if unseen is None else unseen,),
    }.get(task, tuple)()
    found = import_module(f"cortigate.scripts.tasks.{task.value}").run(call, *options)
    emit(found)
    if shown:
        show(found["picture"], found.get("more"))
    raise typer.Exit(0 if found["identical"] else 1)
