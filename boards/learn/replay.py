"""The same again: a run that was streamed through a board, turn by turn on the integer model."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from ...golden.integer import IntegerModel, RoundingGenerator
from ...golden.spec.link import STOOD_LONG
from ..device.samples import check_streamed
from ..device.stream import require_streaming

__all__ = ["replay"]

MOST_TURNS = 1 << 16  # that the last sample may stand beyond those counted


def replay(model: IntegerModel, inputs: ArrayLike,
           targets: Sequence[int | ArrayLike | None] | np.ndarray | None,
           stood: ArrayLike, *,
           generators: np.ndarray | None = None, update_shift: int | None = None,
           second_update_shift: int | None = None,
           progress: Callable[[int], object] | None = None) -> np.ndarray:
    """Repeat a streamed run on the integer model, which then equals the board in every bit.

    Parameters
    ----------
    model : IntegerModel
        With the weights and the generators that the board had when the stream began.
    inputs : int array (n, n_0)
        Of the samples that the board took, raw in design.sample.
    targets : None, or sequence (n,)
        As they were sent.
    stood : int array (n,)
        Turns that they stood: `Results.stood` of a stream that has ended.
    generators : int64 array or None
        States of the board's generators after the run. From them follows how long the last sample
        stood if that was `STOOD_LONG` turns or more.
    update_shift, second_update_shift : int or None
        As in the run.
    progress : callable or None
        Called with the number of samples done, after each.

    Returns
    -------
    int64 array (n,)
        Predictions.

    Raises
    ------
    ValueError
        Shapes differ; or a sample stood so long that the number of its turns is not known (only
        for the last one it can be found); or the generators do not belong to this run.
    """
    design, turns_of = model.design, np.asarray(stood)
    require_streaming(design)
    taken, stored = check_streamed(design, inputs, targets)
    if turns_of.shape != (len(taken),):
        raise ValueError(f"stood must have one entry for each of {len(taken)} samples, "
                         f"not shape {turns_of.shape}")
    unknown = np.flatnonzero(turns_of >= STOOD_LONG)
    if generators is not None:
        unknown = unknown[unknown < len(turns_of) - 1]
    if len(unknown):
        raise ValueError(f"sample {unknown[0]} stood for an unknown number of turns, {STOOD_LONG} "
                         "or more: a run can be repeated only if samples come without such long "
                         "pauses")
    shifts = (update_shift, second_update_shift)
    predictions = []
    for sample, (x, turns) in enumerate(zip(taken, turns_of, strict=True)):
        predictions.append(model.learn(x, stored.of(sample), *shifts).prediction)
        for _ in range(turns):
            model.stand(*shifts)
        if turns >= STOOD_LONG and generators is not None:  # else it is unknown, see above
            for _ in range(turns_until(model, generators)):
                model.stand(*shifts)
        if progress is not None:
            progress(sample + 1)
    return np.array(predictions, np.int64)


def turns_until(model: IntegerModel, generators: np.ndarray) -> int:
    """Turns after which the noise's generators of a model are in the states of a board's."""
    design = model.design
    count = design.noise_generators
    noise = RoundingGenerator(0, design.generator_seed, noise=count)
    noise.states[:] = model.states[-count:]
    for turns in range(MOST_TURNS):
        if np.array_equal(noise.states, generators[-count:]):
            return turns
        for _ in range(design.rule.steps):
            for size in design.network.sizes[1:-1]:
                noise.noise(size)
    raise ValueError("the generators are not those after this run: the last sample would have "
                     f"stood for more than {STOOD_LONG + MOST_TURNS} turns")
