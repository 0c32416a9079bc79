# amaranth: UnusedElaboratable=no
"""Explanation of a design: rows about its memories, its program, its cycles, and boards."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cortigate.boards import fit
from cortigate.boards.board import BoardSpec
from cortigate.golden.datasets import load_digits_split, load_idx_folder
from cortigate.golden.initial import initial_weights
from cortigate.golden.spec import (
    PRESETS,
    Design,
    MemoryMap,
    Operation,
    Program,
    Target,
    preset,
)
from cortigate.golden.spec.contents import raw_weights
from cortigate.golden.spec.link import space_words, spaces, word_bytes
from cortigate.golden.spec.plain import Plain
from cortigate.scripts.benchmark.engine import Cost, predicted

__all__ = ["MATRIX_COLUMNS", "SPACE_COLUMNS", "STEP_COLUMNS", "Fitting", "fitting", "full_sample",
           "matrices_of", "matrix_rows", "sample_cost", "space_rows", "step_rows"]

MATRIX_COLUMNS = ("matrix", "first word", "words", "rows × columns", "bias column")
SPACE_COLUMNS = ("space", "words", "bytes of a word")
STEP_COLUMNS = ("step", "pass", "matrix", "walks", "neurons' mode", "leaves", "when")
CLOSE = "close: build to be sure"
FIRST = 20  # samples whose cycles are counted


def matrices_of(design: Design):
    """Where each matrix lies in the weight memory: dicts."""
    return [{"matrix": matrix.title, "first_word": matrix.base, "words": matrix.words,
             "rows": matrix.rows, "columns": matrix.columns, "biased": matrix.biased}
            for matrix in MemoryMap(design).matrices]


def matrix_rows(matrices):
    """`matrices_of` in words: rows of `MATRIX_COLUMNS`."""
    return [(one["matrix"], one["first_word"], one["words"], f"{one['rows']} × {one['columns']}",
             "last" if one["biased"] else "none") for one in matrices]


def space_rows(design: Design):
    """How large each space of the link is: rows of `SPACE_COLUMNS`."""
    return [(space.name, space_words(design, space), word_bytes(design, space))
            for space in spaces(design)]


def step_rows(design: Design):
    """The steps of a learning sample: rows of `STEP_COLUMNS`."""
    found, rows = Program.of(design), []
    for number, step in enumerate(found.steps):
        when = "" if number < found.free_phase and not step.learning else "learning only"
        rows.append((number, step.operation.name, *_described(step), when))
    return rows


def _described(step):
    """Matrix, what is walked, mode, what is left."""
    if step.operation is Operation.REPEAT:
        return "", f"back to step {step.first}, at most {step.turns} turns", "", ""
    if step.operation is Operation.QUIT:
        return "", "", "", "the sample ends if " + (
            "its class leads by the margin" if step.leading
            else "neurons are restless" if step.restless else "no neuron has moved")
    walked = f"{step.lanes} × {step.events}" if step.operation is Operation.UPDATE else step.walked
    changes = "changes of " if step.changes and "change" not in walked else ""
    left = [*(f"list {name}" for name in step.lists), *(f"words {name}" for name in step.words)]
    return (step.matrix.name, changes + walked, step.mode.name if step.mode else "",
            ", ".join(left))


def full_sample(design: Design) -> tuple[np.ndarray, int | np.ndarray]:
    """(Inputs, target) in which no value is zero: as large as they can be, raw."""
    inputs = np.full(design.network.sizes[0], design.sample.maximum)
    if design.target is Target.VECTOR:
        return inputs, np.full(design.network.sizes[-1], design.target_values.maximum)
    return inputs, inputs if design.target is Target.INPUT else 0


def sample_cost(design: Design, folder: Path | None = None) -> tuple[Cost, str]:
    """(Cost of a learning sample, which samples it is of): the first of the data that fits.

    Parameters
    ----------
    design : Design
    folder : Path or None
        Idx files; None, or no such folder: the digits. Where they don't fit the design, it is one
        sample in which no input is zero.
    """
    data = load_idx_folder(folder) if folder is not None and folder.is_dir() else (
        load_digits_split(0))
    outputs = {Target.CLASS: data.classes, Target.INPUT: data.inputs}.get(design.target)
    if (design.network.sizes[0], design.network.sizes[-1]) == (data.inputs, outputs):
        data, what = data.first(FIRST), f"the first {FIRST} samples of {data.name}"
        inputs = design.sample.from_float(data.x_train)
        targets = data.y_train if design.target is Target.CLASS else inputs
    else:
        one, target = full_sample(design)
        inputs, targets, what = one[None], np.array(target)[None], "a sample without a zero"
    weights = raw_weights(design, initial_weights(design, 0))
    return predicted(design, weights, inputs, targets)[0], what


@dataclass(frozen=True)
class Fitting(Plain):
    """A design on a board, by estimate.

    Parameters
    ----------
    need : Need
    shortage : list of str
        Parts of which there are too few.
    samples : int
        That the board would store.
    clock_hz : int
    lanes : int
        Most lanes with which its network fits; 0: none.
    hidden : int or None
        Most neurons of the hidden layer with the lanes that it has; 0: none; None: it has several.
    doubtful : bool
        Only a build can tell whether it fits: see `boards.fit.doubtful`.
    """

    need: fit.Need
    shortage: list[str]
    samples: int
    clock_hz: int
    lanes: int
    hidden: int | None
    doubtful: bool = False

    @property
    def advice(self) -> str:
        """Whether it fits, and what would by the estimate, in words."""
        if not self.shortage:
            found = f"{CLOSE if self.doubtful else 'fits'}; up to {self.lanes} lanes"
            return found + ("" if self.hidden is None else f", {self.hidden} hidden")
        if self.doubtful:
            return f"{', '.join(self.shortage)}; {CLOSE}"
        would = [f"{self.lanes} lanes"] if self.lanes else []
        would += [f"{self.hidden} hidden"] if self.hidden else []
        return f"{', '.join(self.shortage)}; " + (
            f"would fit with {' or '.join(would)}" if would else "no lanes would fit")


def fitting(design: Design, entry: BoardSpec, name: str) -> Fitting:
    """`Fitting` of a design, called `name`, on a board."""
    stored, chip = entry.stored(design), entry.chip
    wide = len(design.network.sizes) > 3
    built = stored in (entry.stored(preset(name)) for name in entry.offered.values())
    name = next((own for own in entry.clocks
                 if own in PRESETS and entry.stored(PRESETS[own]) == stored), name)
    return Fitting(fit.need(stored, chip), fit.shortage(stored, chip), stored.sample_capacity,
                   entry.running(name).clock_hz, fit.largest_lanes(stored, chip),
                   None if wide else fit.largest_hidden(stored, chip),
                   not built and fit.doubtful(stored, chip))
