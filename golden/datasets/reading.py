"""A user's own data from files: CSV, Parquet, NumPy's .npz, and folders of idx files."""

import csv
import io
import zipfile
from array import array
from collections.abc import Sequence
from importlib import import_module
from operator import itemgetter
from os import PathLike
from pathlib import Path

import numpy as np

from .idx import load_idx_folder
from .table import (
    Columns,
    Table,
    finite_labels,
    is_number,
    label_values,
    numbers_of,
    require_finite,
)

__all__ = ["read_table"]

DELIMITERS = ",;\t|"
PARQUET = (".parquet", ".pq")
READERS = ("polars", "pandas")  # that read Parquet, if one of them is installed
LABEL = "label"  # of what has no names
ARRAYS = ("X", "y")


def read_table(path: str | PathLike, columns: Columns | None = None) -> Table:
    """Table of a file, whose ending says what it is, or of a folder of idx files.

    Parameters
    ----------
    path : path
        .npz: X (n, …) and, if there are labels, y (n,) or (n, n_outputs). .parquet or .pq: needs
        pandas or polars. A folder: `load_idx_folder`, pixels in 0 .. 1. All else is text with a
        delimiter, one of ``, ; | tab``, and a first line of names.
    columns : Columns or None
        Which columns are what; none of .npz and idx files, which have no names.

    Raises
    ------
    ValueError
        It is not what it should be: the message names the line and the column.
    OSError
        It cannot be read.
    """
    path, columns = Path(path), columns or Columns()
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}: name a table, or a folder of idx files")
    if path.is_dir() or path.suffix == ".npz":
        if columns.ignored or columns.labels and not columns.optional:
            raise ValueError(f"{path} has no names of columns: leave out --label and --ignore")
        return _idx(path) if path.is_dir() else _arrays(path)
    if path.suffix in PARQUET:
        return _parquet(path, columns)
    return _text(path, columns)


# ---- text ----------------------------------------------------------------------------------------

def _text(path, columns):
    """Table of delimited text."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[:error.start].count(b"\n") + 1
        raise ValueError(f"{path}, line {line}: it must be text in UTF-8, and this is not"
                         ) from None
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True,
                      delimiter=max(DELIMITERS, key=first.count))
    try:
        return _rows(path, rows, columns)
    except csv.Error as error:
        raise ValueError(f"{path}, line {rows.line_num}: {error}") from None


def _rows(path, rows, columns):
    """Table of the rows of a csv.reader."""
    header = [cell.strip() for cell in next(rows, [])]
    if not any(header):
        raise ValueError(f"{path} must begin with a line of names, but is empty there")
    if all(map(is_number, header)):
        raise ValueError(f"{path}, line 1: the first line must name the columns, but holds numbers "
                         f"alone: put names before it, such as a,b,c")
    names, labels = columns.of(str(path), header)
    learned = columns.inputs is not None
    places = [header.index(name) for name in names]
    pick = itemgetter(*places) if len(places) > 1 else lambda row: (row[places[0]],)
    values, lines = array("d"), []
    beside, labelled = {name: [] for name in labels}, [(one, header.index(one)) for one in labels]
    for row in rows:
        if not row or row == [""]:
            continue  # an empty line, at the end for example
        where = f"{path}, line {rows.line_num}"
        if len(row) != len(header):
            raise ValueError(f"{where}: it has {len(row)} cells, but there are {len(header)} "
                             "columns")
        cells = pick(row)
        try:
            if "_" in "".join(cells):
                raise ValueError  # float takes it
            values.extend([float(cell) for cell in cells])
        except ValueError:
            values.extend([numbers_of(where, name, cell.strip(), learned=learned)
                           for name, cell in zip(names, cells, strict=True)])
        lines.append(rows.line_num)
        for name, place in labelled:
            beside[name].append(row[place].strip())
    if not lines:
        raise ValueError(f"{path} must have at least one row below its line of names")
    at, source = np.array(lines), str(path)
    inputs = np.array(values).reshape(len(lines), len(names))
    require_finite(source, names, inputs, at, learned=learned)
    return Table(source, names, inputs, {
        name: label_values(source, name, cells, at) for name, cells in beside.items()
        if not (columns.optional and "" in cells)}, at)


# ---- Parquet -------------------------------------------------------------------------------------

def _parquet(path, columns):
    """Table of a Parquet file."""
    frame = _frame(path)
    source, names = str(path), tuple(map(str, frame.columns))
    inputs, labels = columns.of(source, names)
    learned = columns.inputs is not None
    if not len(frame):
        raise ValueError(f"{path} must have at least one row")
    values = np.stack([_real(source, name, frame[name].to_numpy(), learned) for name in inputs],
                      axis=1)
    require_finite(source, inputs, values, learned=learned)
    return Table(source, inputs, values, {
        name: labels_of(source, name, frame[name].to_numpy()) for name in labels
        if not (columns.optional and has_gaps(frame[name].to_numpy()))})


def has_gaps(labels: np.ndarray) -> bool:
    """Whether one of the labels of a data frame is missing."""
    return any(one is None or one != one for one in labels.tolist())


def _frame(path):
    """Data frame of a Parquet file, by whatever is installed."""
    path.open("rb").close()  # what cannot be read is the same error for all
    for name in READERS:
        try:
            reader = import_module(name)
            return reader.read_parquet(path)
        except ImportError:  # pandas needs another package for it
            continue
        except Exception as error:  # each has errors of its own
            raise ValueError(f"{path} is no Parquet file that {name} can read: {error}") from error
    raise ValueError(f"{path}: to read Parquet, install polars, or pandas and pyarrow (pip install "
                     "polars), or write the table as CSV")


def _real(source, name, values, learned):
    """A column of numbers as float64."""
    if values.dtype.kind in "biuf":
        return values.astype(np.float64)
    return np.array([np.nan if one is None else numbers_of(
        f"{source}, row {row + 1}", name, str(one), learned=learned)
        for row, one in enumerate(values)])


# ---- arrays --------------------------------------------------------------------------------------

def _arrays(path):
    """Table of a .npz file."""
    try:
        with np.load(path, allow_pickle=False) as found:
            arrays = {name: found[name] for name in ARRAYS if name in found.files}
            held = ", ".join(found.files)
    except (zipfile.BadZipFile, EOFError, ValueError) as error:
        raise ValueError(f"{path} must be a .npz file of arrays of numbers or texts: {error}"
                         ) from None
    if "X" not in arrays:
        raise ValueError(f"{path} must hold the arrays X and, of labels, y, not "
                         f"{held or 'nothing'}")
    inputs, source = arrays["X"], str(path)
    if inputs.ndim < 2 or not inputs.size or inputs.dtype.kind not in "biuf":
        raise ValueError(f"{path}: X must be numbers of shape (samples, inputs), not "
                         f"{inputs.dtype} of shape {inputs.shape}")
    inputs = inputs.reshape(len(inputs), -1).astype(np.float64)
    require_finite(source, None, inputs)
    labels = arrays.get("y")
    if labels is None:
        return Table(source, None, inputs)
    if labels.ndim not in (1, 2) or len(labels) != len(inputs):
        raise ValueError(f"{path}: y must have a label for each of the {len(inputs)} rows of X, "
                         f"not the shape {labels.shape}")
    single = labels.ndim == 1
    parts = [labels] if single else list(labels.T)
    return Table(source, None, inputs, {
        name: labels_of(source, name, part) for name, part in zip(
            [LABEL] if single else [f"{LABEL} {number}" for number in range(1, len(parts) + 1)],
            parts, strict=True)})


def labels_of(source: str, name: str, values: np.ndarray | Sequence) -> np.ndarray:
    """Labels as `label_values` gives them, of an array of any kind."""
    values = np.asarray(values)
    if values.dtype.kind in "biu":
        return values.astype(np.int64)
    if values.dtype.kind == "f":
        return finite_labels(source, name, values.astype(np.float64))
    return label_values(source, name, ["" if one is None else str(one) for one in values])


def _idx(folder):
    """Table of a folder of idx files, with its own test part."""
    split, source = load_idx_folder(folder), str(folder)
    test = Table(source, None, split.x_test, {LABEL: split.y_test})
    return Table(source, None, split.x_train, {LABEL: split.y_train}, None, test)
