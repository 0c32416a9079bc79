"""``cortigate attest``"""

from pathlib import Path
from typing import Annotated

import typer

from cortigate.boards.extras import command_name
from cortigate.boards.host.identify import check_identity
from cortigate.boards.learn import attestation
from cortigate.boards.learn.attestation import AttestedCourse, Record
from cortigate.boards.learn.opening import device_names, is_port, open_device
from cortigate.boards.record import BuildRecord
from cortigate.scripts.choosing import (
    DesignFileOption,
    LanesOption,
    LayersOption,
    PresetOption,
    RuleOption,
    asked,
    chosen,
)
from cortigate.scripts.console import new_console, talk
from cortigate.scripts.document import DESIGN, design_keys, documented
from cortigate.scripts.opening import BaudOption, TakeOverOption, resolved
from cortigate.scripts.progress import Progress
from cortigate.scripts.saving import said
from cortigate.scripts.speaking import emit
from cortigate.sim.fabric.build import open_build
from cortigate.sim.proof import SAMPLES

__all__ = ["attest"]

KINDS = {"virtual": "virtual board", "integer": "integer model"}


@documented(
    record="string: its file", **DESIGN, samples="integer: learned", held_out="integer: predicted",
    device="string: it ran on, by the record's own account", board="string or null",
    clock_hz="number or null", accuracy="number: of the samples held out, 0 .. 1, by the record",
    chain="string: end of the chain", **{
        "equal?": "boolean: to the integer model; --check",
        "difference?": "string or null: the first one; --check",
        "links?": "integer: of the chain that are equal; --check"})
def attest(
    ctx: typer.Context,
    output: Annotated[Path | None, typer.Option(
        "--output", "-o", help="File for the record.")] = None,
    checked: Annotated[Path | None, typer.Option(
        "--check", help="Repeat this record on the integer model and say where it differs. Exit "
                        "code 0: equal; 1: different; 2: not a record.")] = None,
    device: Annotated[str | None, typer.Option(
        help="virtual, integer, a serial port, or auto: the only board. Default: virtual.")
    ] = None,
    file: Annotated[Path | None, typer.Option(
        help="Folder of a build, whose decoded bitstream learns in place of a device.")] = None,
    build: Annotated[Path | None, typer.Option(
        help="Folder of the build on the board. It gives the design, and the record names its "
             "file.")] = None,
    own_board: Annotated[str | None, typer.Option(
        "--board", help="With --file: the Python file that defines a board of your own, which is "
                        "executed.")] = None,
    preset_name: PresetOption = None,
    design_file: DesignFileOption = None,
    layers: LayersOption = None,
    rule: RuleOption = None,
    lanes: LanesOption = None,
    samples: Annotated[int | None, typer.Option(
        help="Number of samples to learn. Default: the 1437 training digits, 256 for other "
             f"networks, {SAMPLES} with --file.")] = None,
    portion: Annotated[int | None, typer.Option(
        help="Number of samples from one link of the chain to the next. Default: a quarter of "
             "all.")] = None,
    held_out: Annotated[int | None, typer.Option(
        help="Number of samples to predict at the end. Default: the 360 test digits, 64 for other "
             f"networks, {SAMPLES} with --file.")] = None,
    seed: Annotated[int | None, typer.Option(
        min=0, max=2**32 - 1,
        help="Seed for the initial weights and the data. Default: 0.")] = None,
    baud: BaudOption = None,
    take_over: TakeOverOption = False,
    force: Annotated[bool, typer.Option(
        "--force", help="Overwrite an older record.")] = False,
):
    """Learn a fixed course on a board and record it, so that anybody can repeat and check it.

    Example: cortigate attest --device PORT -o run.json
    """
    console = new_console()
    made = {"--output": output, "--device": device, "--file": file, "--build": build,
            "--board": own_board, "--preset": preset_name, "--design": design_file,
            "--layers": layers, "--rule": rule,
            "--lanes": lanes, "--samples": samples, "--portion": portion, "--held-out": held_out,
            "--seed": seed, "--baud": baud, "--take-over": take_over or None,
            "--force": force or None}
    names = {option.opts[0]: option.name for option in ctx.command.params}
    given = {name: value for name, value in made.items() if names[name] in said(ctx)}
    if checked is not None:
        refuse("--check", **given)
        raise typer.Exit(check(console, checked))
    output = writable(output, force)
    if file is not None:
        refuse("--file", **{name: given[name] for name in ("--device", "--build", "--baud",
                                                           "--take-over") if name in given})
    elif own_board is not None:
        raise ValueError("--board can only be given with --file")
    folder = file or build
    built = None if folder is None else BuildRecord.finished(folder)
    if built is None:
        wish, design = asked(design_file, preset_name, rule, layers, lanes), None
        if device is not None and is_port(device):
            device, design = resolved(device, None, wish.choices, "attest", baud=baud,
                                      naming="--build FOLDER")
        if design is None:
            design = chosen(wish).design
    else:
        refuse("a build", **{name: made[name] for name in ("--preset", "--design", "--layers",
                                                           "--rule", "--lanes")})
        design = built.design
    few = SAMPLES if file is not None else None
    course = AttestedCourse.of(design, samples=few if samples is None else samples, portion=portion,
                       held_out=few if held_out is None else held_out, seed=seed or 0)
    kind = "decoded file" if file is not None else kind_of(device or "virtual")
    with Progress(console) as progress:
        progress(f"{design.network}, {design.rule.name}, {design.lanes} lanes, configuration "
                 f"{design.digest}: {course.samples} samples, a link after each {course.portion}")
        with (open_device(device or "virtual", design, baud=baud, take_over=take_over)
              if file is None or built is None else
              open_build(built, own_board, announce=progress)) as opened:
            # A model or a virtual board has the design of a build, but not its file.
            loaded = built if kind in ("board", "decoded file") else None
            if loaded is not None and kind == "board":
                same_clock(opened, loaded)
            content = attestation.attest(
                opened, course, kind=kind, name=loaded and loaded.board,
                build=loaded and build_of(loaded), progress=told(progress, course))
        writable(output, force)
        record = Record.of(content)
        record.save(output)
    if not emit(found := facts_of(output, record)):
        show(console, found)


def show(console, found):
    """Print the document of a new record for people."""
    console.print(f"{100 * found['accuracy']:.2f} % of {found['held_out']} held-out samples right; "
                  f"chain {found['chain']}", highlight=False, soft_wrap=True)
    path = found["record"]
    talk(console).print(f"{path}: {command_name()} attest --check {path} repeats it on the integer "
                        "model", highlight=False, markup=False, soft_wrap=True)


def facts_of(path, record):
    """The document of a record."""
    content, board = record.content, record.content["board"]
    return {"record": path, **design_keys(record.design), "samples": record.course.samples,
            "held_out": record.course.held_out, "device": board["device"], "board": board["name"],
            "clock_hz": board["clock_hz"], "accuracy": content["accuracy"],
            "chain": content["end"]["chain"]}


def check(console, path):
    """Repeat a record and print the verdict; returns the exit code."""
    record = Record.load(path)
    course = record.course
    with Progress(console) as progress:
        progress(f"{record.design.network}, {record.design.rule.name}, configuration "
                 f"{record.design.digest}: {course.samples} samples again, on the integer model")
        verdict = attestation.check(record, told(progress, course))
    found = facts_of(path, record) | {"equal": verdict.equal, "difference": verdict.difference,
                                      "links": verdict.links}
    if emit(found):
        return 0 if verdict.equal else 1
    clock = found["clock_hz"] and f"{found['clock_hz'] / 1e6:g} MHz"
    where = ", ".join(filter(None, [found["device"], found["board"], clock]))
    talk(console).print(f"recorded on, by the record's own account: {where}",
                        highlight=False, markup=False, soft_wrap=True)
    console.print(f"equal: all {verdict.links} links of the chain and {course.held_out} "
                  "predictions are the integer model's" if verdict.equal else
                  f"different: {verdict.difference}", highlight=False, markup=False,
                  soft_wrap=True)
    return 0 if verdict.equal else 1


def same_clock(opened, built):
    """Raise ValueError if a board runs at another clock than that of a build."""
    clock = check_identity(opened.link, built.design).clock_hz
    if clock != built["clock_hz"]:
        raise ValueError(f"the board runs at {clock / 1e6:g} MHz, the build for {built.board} at "
                         f"{built['clock_hz'] / 1e6:g} MHz: name the build that is on the board, "
                         "or leave out --build")


def refuse(what, **options):
    """Raise ValueError if an option is given that does not go with another one."""
    given = [name for name, value in options.items() if value is not None]
    if given:
        raise ValueError(f"{what} cannot be combined with {', '.join(given)}: leave out one or the "
                         "other")


def writable(path: Path | None, force: bool) -> Path:
    """The path of a record; ValueError if none may be written there."""
    if path is None:
        raise ValueError("name the file of the record: -o run.json")
    if not path.parent.is_dir():
        raise ValueError(f"there is no folder {path.parent}")
    if path.is_dir():
        raise ValueError(f"{path} is a folder: name a file in it")
    if path.exists() and not force:
        raise ValueError(f"{path} exists: name another file, or overwrite it with --force")
    return path


def kind_of(device):
    """A device in words, without the name of its port, which is of this computer alone."""
    return KINDS.get(device) or (f"device {device}" if device in device_names() else "board")


def build_of(built):
    """A record's entry about a build."""
    return {"board": built.board, "bitstream": built.bitstream.name, "sha256": built["sha256"],
            "tools": built.content.get("tools")}


def told(progress, course):
    """A listener that shows how many samples are done."""
    return lambda done: progress.status(f"{done} of {course.samples} samples")
