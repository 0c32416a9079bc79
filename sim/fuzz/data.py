"""The damaged-files campaign: images are read as what their files hold, or refused in a sentence.

A file of a small data set is damaged as disks, transfers and people damage them. Reading the folder
must either raise ValueError or OSError with the name of a file, or give exactly what another,
plainer reader finds in the bytes.
"""

import gzip
import random
import tempfile
import zlib
from collections import Counter
from pathlib import Path

import numpy as np

from ...golden.datasets import load_idx_folder
from ...golden.datasets.idx import IDX_FILES
from .line import LineFault

__all__ = ["damage_data"]

SHAPES = ((7, 4, 3), (7,), (5, 4, 3), (5,))


def idx(values):
    """An idx file of unsigned bytes."""
    head = bytes((0, 0, 8, values.ndim)) + np.array(values.shape, ">u4").tobytes()
    return head + values.astype(np.uint8).tobytes()


def plainly(content, dimensions):
    """Nested shape and bytes of an idx file, None if it is none; written for this campaign."""
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (EOFError, OSError, zlib.error):
            return None
    end = 4 + 4 * dimensions
    if content[:4] != bytes((0, 0, 8, dimensions)) or len(content) < end:
        return None
    shape, count = [], 1
    for place in range(4, end, 4):
        shape.append(int.from_bytes(content[place:place + 4], "big"))
        count *= shape[-1]
    return None if count == 0 or count != len(content) - end else (shape, content[end:])


def damaged(content, rng, others):
    """(What is done, the bytes that remain) for a file's bytes."""
    data, place = bytearray(content), rng.randrange(len(content))
    kind = rng.choice(("flip", "flips", "cut", "longer", "zeros", "head", "other", "noise", "lost",
                       "packed again", "empty"))
    if kind in ("flip", "flips"):
        for _ in range(1 if kind == "flip" else 9):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif kind == "cut":
        del data[place:]
    elif kind == "longer":
        data += rng.randbytes(rng.randint(1, 40))
    elif kind == "zeros":
        data[place:place + 16] = bytes(len(data[place:place + 16]))
    elif kind == "head":  # dimensions of any size
        place = rng.randrange(0, min(16, len(data)), 4)
        data[place:place + 4] = rng.choice((0, 1, 7, 0xFF, 2**31, 2**32 - 1)).to_bytes(4, "big")
    elif kind == "other":
        data = bytearray(rng.choice(others))
    elif kind == "noise":
        data[:] = rng.randbytes(rng.randint(1, 200))
    elif kind == "lost":
        del data[place:place + rng.randint(1, 20)]
    elif kind == "packed again":
        data = bytearray(gzip.compress(bytes(data)))
    else:
        data.clear()
    return kind, bytes(data)


def damage_data(count, seed=0, progress=None):
    """Read damaged folders.

    Parameters
    ----------
    count, seed : int
    progress : callable or None
        Gets the number of files so far after each.

    Returns
    -------
    Counter of str
        How often a folder was "read" or "refused".

    Raises
    ------
    LineFault
        It was read as something else, or the error is another one or names no file.
    """
    rng, seen = random.Random(seed), Counter()
    values = [np.random.default_rng(seed).integers(0, 256 if len(shape) > 1 else 10, shape)
              for shape in SHAPES]
    with tempfile.TemporaryDirectory() as parent:
        for number in range(count):
            folder = Path(parent)
            files = [idx(one) for one in values]
            files = [gzip.compress(one) if rng.random() < 0.5 else one for one in files]
            hit = rng.randrange(len(files))
            kind, files[hit] = damaged(files[hit], rng, files)
            for name, content in zip(IDX_FILES, files, strict=True):
                (folder / name).write_bytes(content)
            where = f"seed {seed}, file {number}, {IDX_FILES[hit]}, {kind}"
            seen[_read(folder, files, where)] += 1
            if progress is not None:
                progress(number + 1)
    return seen


def _read(folder, files, where):
    """ "read" or "refused"; LineFault if the folder is read as something else."""
    try:
        found = load_idx_folder(folder)
    except (ValueError, OSError) as error:
        if str(folder) not in str(error):
            raise LineFault(f"{where}: the error names no file: {error}") from error
        return "refused"
    except Exception as error:
        raise LineFault(f"{where}: {type(error).__name__}: {error}") from error
    parts = zip((found.x_train, found.y_train, found.x_test, found.y_test), files, (3, 1, 3, 1),
                strict=True)
    for values, content, dimensions in parts:
        held = plainly(content, dimensions)
        scale = 255 if dimensions == 3 else 1
        if held is None or np.rint(values.ravel() * scale).astype(int).tolist() != list(held[1]):
            raise LineFault(f"{where}: it was read as something other than what it holds")
    return "read"
