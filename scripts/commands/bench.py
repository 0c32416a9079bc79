"""``cortigate bench``: the engine's speed, next to the same network on this computer."""

import json
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cortigate.boards.board import board
from cortigate.boards.chip import large_presets
from cortigate.boards.learn.choices import margin_shift
from cortigate.boards.learn.training import rule_name
from cortigate.golden.datasets import load_digits_split, load_idx_folder
from cortigate.golden.spec import PRESETS, Target, preset
from cortigate.scripts.benchmark.growth import growth as measure_growth
from cortigate.scripts.benchmark.measuring import DIGITS, SAMPLES, Measuring
from cortigate.scripts.benchmark.portion import Portion
from cortigate.scripts.benchmark.report import (
    growth_document,
    growth_record,
    growth_table,
    machine,
    notes,
    run_document,
    run_record,
    run_table,
    show,
)
from cortigate.scripts.benchmark.summary import summary_document, summary_tables
from cortigate.scripts.benchmark.timing import SECONDS
from cortigate.scripts.choosing import LanesOption, LayersOption, RuleOption, asked, chosen
from cortigate.scripts.console import new_console, talk
from cortigate.scripts.document import DESIGN, documented
from cortigate.scripts.speaking import emit

__all__ = ["bench"]

WAIT = {"cause": "string: fetch, dependency, entries, drain, port, feed",
        "cycles": "number: without a request to the array"}
GROWTH = tuple(large_presets().values())  # one of each rule, with as many lanes


@documented(
    output="string: file of the whole record", cpu="string: this computer's", runs=[{
        "name": "string: of the preset or the file", **DESIGN, "data": "string",
        "samples": "integer: learned; what follows are means over them",
        "after": "integer: samples learned before, not measured",
        "margin": "number or null: by which samples that lead are left alone",
        "left_alone": "number: share of these samples, 0 .. 1",
        "board": "string or null: with the fastest clock, of those built, else of all",
        "board_clock_hz": "number or null", "board_is_built": "boolean or null",
        "samples_per_second": "number or null: at that clock",
        "cycles_measured": "number or null: of the simulated hardware",
        "cycles": "number: from the timeline", "cycles_dense": "number: if nothing were zero",
        "cycles_limit": "number: if no lane ever waited",
        "waits": [WAIT], "waits_dense": [WAIT],
        "macs": "number: multiply-accumulates", "passes": "number: over the weights",
        "identical": "boolean or null: weights of simulated hardware and integer model",
        "macs_per_multiplier_and_cycle": "number: skipped zeros counted as made",
        "macs_per_multiplier_and_cycle_dense": "number",
        "macs_per_multiplier_and_cycle_made": "number: those left out not counted",
        "boards": [{
            "board": "string: its name", "missing": "string or null: why there are no figures",
            "fmax_hz": "number or null", "clock_hz": "number or null: in use",
            "clock_planned_hz": "number or null: the board's for this design, built or not",
            "seed": "integer or null: of the placement", "baud": "integer",
            "samples_per_second": "number or null: at Fmax",
            "samples_per_second_dense": "number or null: at Fmax, if nothing were zero",
            "samples_per_second_at_clock": "number or null",
            "link_samples_per_second": "number or null: that the link carries",
            "resources": [{"resource": "string: its name", "used": "integer",
                           "available": "integer or null"}]}],
        "this_computer": [{
            "program": "string: its name", "about": "string", "samples_per_second": "number or "
            "null: median", "samples_per_second_25": "number or null: quartile",
            "samples_per_second_75": "number or null: quartile",
            "disturbed": "boolean: other programs had the core, too",
            "left_alone": "number: share of the samples, 0 .. 1",
            "engine_to_it": "number or null: how many times as fast the engine is, at the "
                            "board's clock; null if disturbed"}]}],
    growth=[{"varied": "string: width, depth or sparsity", "network": "string",
             "zeros": "number: share of the inputs, 0 .. 1", "designs": [{
                 "name": "string: of the preset or the file", "cycles": "number: from the timeline",
                 "cycles_dense": "number", "macs_per_multiplier_and_cycle": "number"}]}])
def bench(
    presets: Annotated[list[str] | None, typer.Option(
        "--preset", help=f"Design; may be repeated. Default: {', '.join(DIGITS)}; with --data, all "
                         "that have its inputs.")] = None,
    design_files: Annotated[list[Path] | None, typer.Option(
        "--design", help="TOML file of a design, in place of --preset; may be repeated.")] = None,
    rule: RuleOption = None,
    data: Annotated[Path | None, typer.Option(
        help="Folder of MNIST's idx files. Default: what --design names, or scikit-learn's "
             "digits.")] = None,
    samples: Annotated[int, typer.Option(min=1, help="Number of training samples.")] = SAMPLES,
    seed: Annotated[int, typer.Option(
        min=0, help="Seed for weights and for the digits' split.")] = 0,
    layers: LayersOption = None,
    lanes: LanesOption = None,
    boards: Annotated[list[str] | None, typer.Option(
        "--board", help="Board; may be repeated. Default: all with this preset.")] = None,
    builds: Annotated[Path, typer.Option(help="Folder of the builds.")] = Path("build"),
    build: Annotated[bool, typer.Option(
        "--build", help="Make missing builds, which takes minutes for each.")] = False,
    rtl: Annotated[bool, typer.Option(
        "--rtl/--no-rtl", help="Measure cycles on the simulated hardware, or only predict them.",
    )] = True,
    seconds: Annotated[float, typer.Option(
        min=0, help="Seconds for which each program on this computer runs.")] = SECONDS,
    margins: Annotated[list[float] | None, typer.Option(
        "--margin", help="Measure each design with this margin, too, if its rule has one: 1, 0.5, "
                         "0.25 and so on; may be repeated.")] = None,
    after: Annotated[int, typer.Option(
        min=0, help="Samples that are learned before, without being measured.")] = 0,
    growth: Annotated[bool, typer.Option(
        "--growth",
        help="Print cycles against width, depth and sparsity of the input instead.")] = False,
    output: Annotated[Path | None, typer.Option(
        help="JSON file; what is printed is saved beside it as .txt, the tables of all designs as "
             ".md. Default: build/bench.json, or build/bench-growth.json with --growth.")] = None,
):
    """Measure cycles, frequency and samples per second, beside PyTorch, NumPy and C.

    Example: cortigate bench --build
    """
    console, notices = new_console(record=True), talk(new_console(stderr=True))

    def log(text):
        notices.print(text, style="dim", highlight=False, soft_wrap=True)

    output = output or Path("build", "bench-growth.json" if growth else "bench.json")
    record = {"command": shlex.join(["cortigate", *sys.argv[1:]]), "seed": seed}
    if growth:
        if data is not None or layers is not None or boards or build or margins or after:
            raise ValueError("--growth has its own samples and networks, and needs no board: only "
                             "--preset, --design, --rule, --lanes, --seed and --output can be "
                             "given with it")
        designs = {one.name: one.design for one in named(
            design_files, presets or of_rule(GROWTH, rule, design_files), rule, None, lanes)}
        rows = measure_growth(designs, seed=seed, log=log)
        show(console, growth_table(rows, designs))
        save(output, record | {"growth": growth_record(rows, designs)}, console)
        emit({"output": output, "cpu": machine()["cpu"], "runs": [],
              "growth": growth_document(rows, designs)})
        return
    # Refused now, not after minutes; the name is also that of a folder.
    boards = [name if name.endswith(".py") else board(name).name for name in boards or ()]
    files = named(design_files, (), rule, layers, lanes)
    data = data or data_of(files)
    dataset = load_digits_split(seed) if data is None else load_idx_folder(data)
    found = files + named(None, presets or of_rule(default_presets(dataset, layers), rule, files),
                          rule, layers, lanes)
    for one in found:
        check(one.name, one.design, dataset, data)
    found = with_margins(found, margins)
    record |= {"machine": machine()}
    portion, runs = Portion(dataset, samples, after), []
    measuring = Measuring(portion, seed, boards, builds, build, rtl, seconds, log)
    for one in found:
        runs.append(measuring.run(one))
        show(console, run_table(runs[-1]))
        for line in notes(runs[-1]):
            console.print(line, highlight=False, soft_wrap=True)
        console.print()
    for table, legend in summary_tables(runs):
        show(console, table)
        console.print(legend + "\n", highlight=False, soft_wrap=True)
    console.print(f"This computer: {record['machine']['cpu']}, load {record['machine']['load']}. "
                  "It learns by backpropagation, a sample at a time, in float32.",
                  highlight=False, soft_wrap=True)
    save(output, record | {"data": dataset.name, "samples": runs[0].cost.samples, "after": after,
                           "runs": [run_record(run) for run in runs]}, console,
         summary_document(runs, f"`{record['command']}`: {runs[0].cost.samples} samples of "
                                f"{dataset.name}, after {after} others. "
                                f"{record['machine']['cpu']}, one thread."))
    emit({"output": output, "cpu": record["machine"]["cpu"],
          "runs": [run_document(run) for run in runs], "growth": []})
    if any(run.cost.identical is False for run in runs):
        raise typer.Exit(1)


def named(files, presets, rule, layers, lanes):
    """`Chosen` of each file and preset, with the layers and lanes that are asked."""
    wishes = [asked(file, None, rule, layers, lanes) for file in files or ()]
    wishes += [asked(None, name, rule, layers, lanes) for name in dict.fromkeys(presets)]
    found = [chosen(wish) for wish in wishes]
    twice = [one.name for one in found if sum(one.name == other.name for other in found) > 1]
    if twice:
        raise ValueError(f"two of the designs have the name {twice[0]}: rename a file")
    return found


def with_margins(found, margins):
    """Each design, followed by itself with each margin if its rule has any.

    Raises
    ------
    ValueError
        None of the rules has a margin, or one is none.
    """
    shifts, designs = [margin_shift(one) for one in margins or ()], []
    for one in found:
        designs.append(one)
        if one.design.rule.knows_margins:
            designs += [replace(one, design=one.design.replace(margin_shift=shift), changed=True)
                        for shift in shifts]
    if shifts and len(designs) == len(found):
        raise ValueError("--margin is for rules that have one, and none of these designs' has: "
                         "leave it out")
    return designs


def of_rule(presets, rule, files):
    """Presets that are measured if none is named: those of a rule; none beside files."""
    if files:
        return ()
    rule = rule and rule_name(rule)
    found = [name for name in presets if rule in (None, preset(name).rule.name)]
    if not found:
        raise ValueError(f"no design that is measured if none is named is of the rule {rule}: name "
                         "one with --preset or --design")
    return found


def data_of(files):
    """Folder of the data that files name, or None; they must agree."""
    folders = {one.data for one in files}
    if len(folders) > 1:
        raise ValueError("the files of --design name different data: measure them one by one, or "
                         "name the data with --data")
    return next(iter(folders), None)


def default_presets(dataset, layers):
    """Names of the presets that are measured if none is named."""
    if layers is not None or dataset.inputs == 64:
        return DIGITS
    found = [name for name, design in PRESETS.items()
             if design.network.sizes[0] == dataset.inputs]
    if not found:
        raise ValueError(f"no preset has the {dataset.inputs} inputs of {dataset.name}: name one "
                         "with --preset and its network with --layers, such as "
                         f"{dataset.inputs}-128-10")
    return found


def check(name, design, dataset, data):
    """ValueError if a design does not go with the data."""
    sizes = design.network.sizes
    if design.target is not Target.CLASS:
        raise ValueError(f"the target of {name} is the {design.target.value}, but this compares "
                         "how classes are learned: take a design whose target is the class")
    if (sizes[0], sizes[-1]) != (dataset.inputs, dataset.classes):
        hint = ("; name other data with --data" if data is None else
                "; leave out --data for the digits")
        raise ValueError(f"{name} is {design.network}, but a sample of {dataset.name} has "
                         f"{dataset.inputs} inputs and one of {dataset.classes} classes{hint}, or "
                         "another network with --layers")


def save(output, record, console, document=None):
    """Write the record, and beside it what was printed, and a document in Markdown, if any."""
    output.parent.mkdir(parents=True, exist_ok=True)
    text = output.with_suffix(".txt")
    output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    text.write_text(console.export_text(), encoding="utf-8")
    if document is not None:
        output.with_suffix(".md").write_text(document, encoding="utf-8")
    kinds = ".txt" if document is None else ".txt and .md"
    talk(console).print(f"wrote {output} and {kinds}", highlight=False, soft_wrap=True)
