"""The samples of a run: the digits, split by its seed, or a folder of MNIST's files."""

from functools import lru_cache

from cortigate.golden.datasets import load_digits_split, load_idx_folder

__all__ = ["HELD_OUT", "about", "data_of"]

HELD_OUT = 10_000  # of 60,000 training samples, the last ones, for choosing


@lru_cache(1)  # half a gigabyte of float64
def _folder(folder):
    return load_idx_folder(folder)


def data_of(run, seed):
    """Dataset of a run, its held-out part a part of the training samples for a validation.

    Raises
    ------
    ValueError
        The network has no place for such samples.
    FileNotFoundError
        Of `load_idx_folder`.
    """
    data = _folder(run.data) if run.data else load_digits_split(seed)
    sizes = run.float_rule.sizes if run.rule else run.design.network.sizes
    if (data.inputs, data.classes) != (sizes[0], sizes[-1]):
        raise ValueError(
            f"the network {run.network} needs {sizes[0]} inputs and {sizes[-1]} classes, but the "
            f"samples have {data.inputs} and {data.classes}: table mnist needs --data FOLDER with "
            "MNIST's four files, the others learn the digits")
    if not run.validation:
        return data
    return data.held_out(HELD_OUT) if run.data else data.validation(0.2, seed)


def about(data, validation):
    """Samples of a table in words.

    Parameters
    ----------
    data : str or None
        Folder, as `Run.data`.
    validation : bool
    """
    if data:
        return (f"MNIST, last {HELD_OUT:,} training samples held out" if validation
                else "MNIST, its own split, 60,000 / 10,000")
    return "scikit-learn digits, " + (
        "validation split of the training samples" if validation
        else "stratified 1437 / 360, split by seed")
