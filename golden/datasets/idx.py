"""MNIST and Fashion-MNIST from a folder that holds their four original idx files.

An idx file is: two zero bytes, a type code (8 = unsigned byte), the number of dimensions, each
dimension as a big-endian 32-bit number, then the values, last dimension fastest.
"""

import gzip
import zlib
from pathlib import Path

import numpy as np

from .dataset import Dataset

__all__ = ["IDX_FILES", "load_idx_folder", "read_idx"]

IDX_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte",
             "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
UNSIGNED_BYTE = 8
WHERE = (
    "The folder must hold " + ", ".join(IDX_FILES) + " (each plain or with .gz added). "
    "MNIST: https://yann.lecun.com/exdb/mnist/ or a mirror of its four files; "
    "Fashion-MNIST: https://github.com/zalandoresearch/fashion-mnist (folder data/fashion)."
)


def _find(folder, name):
    for candidate in (folder / name, folder / f"{name}.gz"):
        if candidate.is_file():
            return candidate
    raise FileNotFoundError(f"{folder} has neither {name} nor {name}.gz. {WHERE}")


def read_idx(path, dimensions):
    """uint8 array of an idx file, plain or gzip-compressed (known by its first two bytes).

    Raises
    ------
    ValueError
        The file is not an idx file of unsigned bytes with so many dimensions, or is cut short.
    """
    path = Path(path)
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(f"{path} is damaged, fetch it again: {error}") from None
    header = 4 + 4 * dimensions
    if len(content) < header or content[:4] != bytes((0, 0, UNSIGNED_BYTE, dimensions)):
        raise ValueError(
            f"{path} must be an idx file of unsigned bytes with {dimensions} dimensions "
            f"(first bytes 0 0 8 {dimensions}), but starts with {tuple(content[:4])}. {WHERE}"
        )
    shape = tuple(int(n) for n in np.frombuffer(content[4:header], dtype=">u4"))
    values = np.frombuffer(content[header:], dtype=np.uint8)
    if values.size != int(np.prod(shape, dtype=np.int64)):
        raise ValueError(
            f"{path} must hold {' x '.join(map(str, shape))} values, but holds {values.size}: "
            "fetch it again"
        )
    return values.reshape(shape)


def load_idx_folder(folder, name="mnist"):
    """The original split of MNIST or Fashion-MNIST; inputs x / 255 in 0 .. 1, 784 each."""
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not a folder. {WHERE}")
    paths = [_find(folder, file) for file in IDX_FILES]
    images = [read_idx(path, 3) for path in paths[::2]]
    labels = [read_idx(path, 1).astype(np.int64) for path in paths[1::2]]
    for part, (x, y) in zip(("train", "t10k"), zip(images, labels, strict=True), strict=True):
        if len(x) != len(y):
            raise ValueError(f"{folder}: {part} has {len(x)} images but {len(y)} labels. {WHERE}")
    flat = [x.reshape(len(x), -1) / 255.0 for x in images]
    return Dataset(flat[0], labels[0], flat[1], labels[1], name)
