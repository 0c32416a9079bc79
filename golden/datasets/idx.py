"""MNIST and its relatives from a folder that holds their four original idx files.

An idx file is: two zero bytes, a type code (8 = unsigned byte), the number of dimensions, each
dimension as a big-endian 32-bit number, then the values, last dimension fastest.

MNIST, Fashion-MNIST and KMNIST name the files alike, EMNIST puts ``emnist-SPLIT-`` before
``train-`` and ``test-``. Some programs that unpack them write a dot before ``idx``.
"""

import gzip
import math
import re
import zlib
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from .dataset import Dataset

__all__ = ["IDX_FILES", "load_idx_folder", "read_idx"]

IDX_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte",
             "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
PARTS = (("train", "images"), ("train", "labels"), ("t10k", "images"), ("t10k", "labels"))
NAME = re.compile(r"(?:emnist-(?P<split>[a-z]+)-)?(?P<part>train|t10k|test)-(?P<kind>images|labels)"
                  r"[-.]idx(?P<dimensions>[13])-ubyte(?:\.gz)?")
FOLDERS = ("", "raw", "gzip")  # where unpacked archives and other libraries put them
ONE_BASED = ("letters",)  # splits of EMNIST whose first class is 1
UNSIGNED_BYTE = 8
DENSEST = 1032  # bytes that one byte of a gzip file can stand for
GZIP = b"\x1f\x8b"
WHERE = (
    "The folder must hold " + ", ".join(IDX_FILES) + " (each plain or with .gz added, or named as "
    "EMNIST names them). MNIST: https://yann.lecun.com/exdb/mnist/ or a mirror of its four files; "
    "Fashion-MNIST: https://github.com/zalandoresearch/fashion-mnist (folder data/fashion)."
)


def _files(folder):
    """Split of EMNIST, "" if it is not EMNIST, and for each of the four `PARTS` its paths."""
    for place in (folder / name for name in FOLDERS):
        found = {}
        for path in sorted(place.iterdir()) if place.is_dir() else ():
            match = NAME.fullmatch(path.name)
            if match and path.is_file():
                part = "train" if match["part"] == "train" else "t10k"
                parts = found.setdefault(match["split"] or "", {})
                parts.setdefault((part, match["kind"]), []).append(path)
        if len(found) > 1:
            raise ValueError(f"{place} must hold one data set, not the splits "
                             f"{', '.join(map(repr, sorted(found)))}: move one of them into a "
                             "folder of its own")
        for split, paths in found.items():
            for part, file in zip(PARTS, IDX_FILES, strict=True):
                if part not in paths:
                    name = f"emnist-{split}-{file.replace('t10k', 'test')}" if split else file
                    raise FileNotFoundError(f"{place} has neither {name} nor {name}.gz. {WHERE}")
            return split, [paths[part] for part in PARTS]
    raise FileNotFoundError(f"{folder} has neither {IDX_FILES[0]} nor {IDX_FILES[0]}.gz. {WHERE}")


@contextmanager
def _opened(path):
    """(Binary file, plain or unpacked as it is read; how many bytes it can hold at most)."""
    size = path.stat().st_size
    with path.open("rb") as file:
        packed = file.read(len(GZIP)) == GZIP
        file.seek(0)
        if not packed:
            yield file, size
            return
        with gzip.GzipFile(fileobj=file) as unpacked:
            try:
                yield unpacked, DENSEST * size
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise ValueError(f"{path} is damaged: fetch it again ({error})") from None


def read_idx(path, dimensions):
    """uint8 array of an idx file, plain or gzip-compressed (known by its first two bytes).

    No more is unpacked than the file's beginning announces.

    Raises
    ------
    ValueError
        The file is not an idx file of unsigned bytes with `dimensions` dimensions, has no value,
        or holds more or fewer values than it announces.
    OSError
        It cannot be read.
    """
    path, header = Path(path), 4 + 4 * dimensions
    with _opened(path) as (file, most):
        head = file.read(header)
        if len(head) < header or head[:4] != bytes((0, 0, UNSIGNED_BYTE, dimensions)):
            raise ValueError(
                f"{path} must be an idx file of unsigned bytes with {dimensions} dimensions "
                f"(first bytes 0 0 8 {dimensions}), but starts with {tuple(head[:4])}. {WHERE}")
        shape = tuple(int(n) for n in np.frombuffer(head[4:], dtype=">u4"))
        count, announced = math.prod(shape), " x ".join(map(str, shape))
        if count == 0:
            raise ValueError(f"{path} must hold at least one value, but announces {announced}")
        if count > most:
            raise ValueError(f"{path} must hold {announced} values, but is much too short: fetch "
                             "it again")
        content = file.read(count)
        if len(content) < count or file.read(1):
            found = len(content) if len(content) < count else "more"
            raise ValueError(f"{path} must hold {announced} values, but holds {found}: fetch it "
                             "again")
    return np.frombuffer(content, dtype=np.uint8).reshape(shape)


def _part(paths, dimensions):
    """Array of a part of a set, whose files must all hold the same."""
    first, *others = paths
    values = read_idx(first, dimensions)
    for path in others:
        if not np.array_equal(values, read_idx(path, dimensions)):
            raise ValueError(f"{first} and {path} must hold the same, since their names stand for "
                             "the same part of a data set: move one of them elsewhere")
    return values


def load_idx_folder(folder, name="mnist"):
    """The original split of MNIST, Fashion-MNIST, KMNIST or EMNIST; inputs x / 255 in 0 .. 1.

    Classes count from 0, also where those of the files count from 1 (EMNIST's letters). The files
    may lie in the folder or in one called raw or gzip in it. A part may be there more than once,
    plain and packed or under two names, if all of its files hold the same.

    Raises
    ------
    FileNotFoundError
        There is no folder, or not all files.
    ValueError
        From `read_idx`; files that do not belong together, or differ although they are one part;
        or several data sets.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not a folder. {WHERE}")
    split, paths = _files(folder)
    images = [_part(same, 3) for same in paths[::2]]
    labels = [_part(same, 1).astype(np.int64) for same in paths[1::2]]
    for part, (x, y) in zip(("train", "t10k"), zip(images, labels, strict=True), strict=True):
        if len(x) != len(y):
            raise ValueError(f"{folder}: {part} has {len(x)} images but {len(y)} labels. {WHERE}")
    if images[0].shape[1:] != images[1].shape[1:]:
        raise ValueError(f"{folder}: images must all have one size, not {images[0].shape[1:]} and "
                         f"{images[1].shape[1:]}. {WHERE}")
    if split in ONE_BASED:
        if min(y.min() for y in labels) < 1:
            raise ValueError(f"{folder}: labels of emnist-{split} must count from 1, but one is 0")
        labels = [y - 1 for y in labels]
    flat = [x.reshape(len(x), -1) / 255.0 for x in images]
    return Dataset(flat[0], labels[0], flat[1], labels[1], name)
