"""A user's own tables: what is read, and one sentence with a line for what cannot be."""

import sys
from types import ModuleType

import numpy as np
import pytest

from cortigate.golden.datasets import Columns, read_table
from cortigate.golden.datasets.idx import IDX_FILES

TEXT = "a,b,kind\n1,2.5,x\n-3e2,.5,y\n"


@pytest.fixture
def table(tmp_path):
    """Reads a table of a text."""
    def read(text, *labels, name="my.csv", **columns):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_table(tmp_path / name, Columns(labels, **columns))

    return read


@pytest.mark.parametrize("text", [
    TEXT, TEXT.replace(",", ";"), TEXT.replace(",", "\t"), TEXT.replace("\n", "\r\n"),
    "\ufeff" + TEXT, TEXT + "\n\n", TEXT.replace(",", ", "),
    '"a",b,"kind"\n1,"2.5",x\n-300,0.5,"y"',
    TEXT.replace(",", "|").replace("x", " x ")])
def test_text_in_the_forms_that_programs_write(table, text):
    found = table(text, "kind")
    assert found.names == ("a", "b") and found.inputs.tolist() == [[1, 2.5], [-300, 0.5]]
    assert found.labels["kind"].tolist() == ["x", "y"]
    assert found.lines.tolist() == [2, 3] and found.place(1).endswith("my.csv, line 3")


@pytest.mark.parametrize("cells, kind, values", [
    (["3", "-1"], "i", [3, -1]), (["3.5", "1"], "f", [3.5, 1.0]), (["1.0", "2.0"], "f", [1.0, 2.0]),
    (["007", "8"], "U", ["007", "8"]), (["3", "three"], "U", ["3", "three"]),
    (["1" * 30, "2"], "U", ["1" * 30, "2"]), (["yes", "no"], "U", ["yes", "no"]),
    (["NA", "DE"], "U", ["NA", "DE"])])  # Namibia
def test_labels_are_whole_numbers_numbers_or_texts(table, cells, kind, values):
    labels = table("a,kind\n1," + cells[0] + "\n2," + cells[1], "kind").labels["kind"]
    assert labels.dtype.kind == kind and labels.tolist() == values


def test_columns_are_chosen_and_put_in_order(table):
    assert table(TEXT, ignored=("kind",)).names == ("a", "b")
    assert table(TEXT, ignored=("kind", "b")).inputs.tolist() == [[1], [-300]]
    found = table(TEXT, "kind", "other", inputs=("b", "a"), passed=("id",), optional=True)
    assert found.inputs.tolist() == [[2.5, 1], [0.5, -300]] and list(found.labels) == ["kind"]
    assert table("id,b,a\n7,1,2", inputs=("a", "b"), passed=("id",)).inputs.tolist() == [[2, 1]]
    for cells in (",", "x,"):  # a column that is to be filled in
        gap = table(f"a,kind\n1,{cells[:-1]}\n2,", "kind", inputs=("a",), optional=True)
        assert gap.labels == {} and len(gap.inputs) == 2
    two = table("a,u,v\n1,2,3\n4,5,6", "v", "u")
    assert {name: one.tolist() for name, one in two.labels.items()} == {"v": [3, 6], "u": [2, 5]}


@pytest.mark.parametrize("text, labels, columns, message", [
    ("", (), {}, "my.csv must begin with a line of names"),
    ("a,b,kind\n", ("kind",), {}, "my.csv must have at least one row"),
    ("1,2,3\n4,5,6", (), {}, "line 1: the first line must name the columns"),
    (",a\n0,1", (), {}, r"column 1 has no name: .*to_csv\(…, index=False\)"),
    ("a,b,a\n1,2,3", (), {}, "two columns have the name 'a'"),
    (TEXT, ("sort",), {}, "my.csv has no column 'sort': its columns are 'a', 'b', 'kind'"),
    (TEXT, ("kind",), {"ignored": ("c",)}, "my.csv has no column 'c'"),
    (TEXT, ("kind",), {"ignored": ("kind",)}, "'kind' cannot be a label and be ignored"),
    (TEXT, ("kind",), {"ignored": ("a", "b")}, "my.csv has no column to learn from"),
    (TEXT, (), {"inputs": ("a", "c")}, "my.csv has no column 'c', which the model has learned"),
    (TEXT, (), {"inputs": ("a",)}, "has not learned from: leave out --ignore 'b' --ignore 'kind'"),
    (TEXT, (), {}, "line 2: column 'kind' must hold numbers, not 'x': .*--ignore 'kind'"),
    (TEXT + "7,,y", ("kind",), {}, "line 4: column 'b' has no value: fill it in"),
    (TEXT + "7,NaN,y", ("kind",), {}, "line 4: column 'b' has no value: fill it in"),
    (TEXT + "7, ?,y", ("kind",), {}, "line 4: column 'b' has no value: fill it in"),
    (TEXT + "inf,1,y", ("kind",), {}, "line 4: column 'a' must be finite"),
    (TEXT + "1_0,1,y", ("kind",), {}, "line 4: column 'a' must hold numbers, not '1_0'"),
    ("a;b\n1,5;2", (), {}, "line 2: column 'a' must hold numbers, not '1,5'; write it with a po"),
    (TEXT + "1,2,", ("kind",), {}, "line 4: column 'kind' has no label"),
    ("a,b\n1,2\n3,inf", ("b",), {}, "line 3: column 'b' must hold finite labels"),
    (TEXT + "1,2", ("kind",), {}, "line 4: it has 2 cells, but there are 3 columns"),
    (TEXT + '1,2,"y', ("kind",), {}, "line 4: unexpected end of data"),
    (b"a,b\n1,2\n3,\xff", (), {}, "line 3: it must be text in UTF-8")])
def test_what_cannot_be_read_is_one_sentence(table, text, labels, columns, message):
    with pytest.raises(ValueError, match=message) as caught:
        table(text, *labels, **columns)
    assert "\n" not in str(caught.value)


def test_a_line_is_that_of_the_file_below_empty_ones_and_quoted_ones(table):
    with pytest.raises(ValueError, match="line 7: column 'b' has no value"):
        table('a,b\n\n1,2\n"3",4\n\n\n5,')


def test_arrays(tmp_path):
    path, x = tmp_path / "my.npz", np.arange(12).reshape(3, 2, 2)
    np.savez(path, X=x, y=np.array(["u", "v", "u"]))
    found = read_table(path)
    assert found.names is None and found.inputs.tolist() == x.reshape(3, 4).tolist()
    assert found.labels["label"].tolist() == ["u", "v", "u"] and found.place(1).endswith("row 2")
    np.savez(path, X=x, y=np.eye(3)[:, :2])
    assert list(read_table(path).labels) == ["label 1", "label 2"]
    np.savez(path, X=x)
    assert read_table(path).labels == {}


@pytest.mark.parametrize("arrays, message", [
    ({"y": np.ones(3)}, "my.npz must hold the arrays X and, of labels, y, not y"),
    ({"X": np.ones(3)}, r"X must be numbers of shape \(samples, inputs\)"),
    ({"X": np.ones((3, 2)), "y": np.ones(2)}, "y must have a label for each of the 3 rows"),
    ({"X": np.array([[1, 2], [3, np.nan]])}, "row 2: column '2' has no value"),
    ({"X": np.ones((1, 2)), "y": np.array([None])}, "must be a .npz file of arrays of numbers or"),
    ({"X": np.ones((1, 2)), "y": np.array([np.nan])}, "row 1: column 'label' must hold finite")])
def test_arrays_that_cannot_be_read(tmp_path, arrays, message):
    np.savez(tmp_path / "my.npz", **arrays)
    with pytest.raises(ValueError, match=message):
        read_table(tmp_path / "my.npz")


@pytest.mark.parametrize("cell", ["", "x"])
def test_no_column_that_was_learned_from_can_be_left_out(table, cell):
    text = f"a,b\n1,{cell}"
    with pytest.raises(ValueError, match="--ignore 'b'"):
        table(text)
    with pytest.raises(ValueError, match="line 2: column 'b' (has no value|must hold)") as caught:
        table(text, inputs=("a", "b"))
    assert "--ignore" not in f"{caught.value}"


def test_a_first_line_that_looks_like_data(table):
    with pytest.raises(ValueError, match="'5.1', 'setosa'; these look like data: if the line o"):
        table("5.1,setosa\n4.9,setosa", "species")
    with pytest.raises(ValueError, match="columns are 'a', 'b', 'kind'$"):
        table(TEXT, "sort")


@pytest.mark.parametrize("columns", [Columns(("kind",)), Columns(ignored=("a",))])
def test_arrays_have_no_names(tmp_path, columns):
    np.savez(tmp_path / "my.npz", X=np.ones((2, 2)))
    for path in (tmp_path / "my.npz", tmp_path):
        with pytest.raises(ValueError, match="has no names of columns: leave out --label and --ig"):
            read_table(path, columns)
    assert len(read_table(tmp_path / "my.npz", Columns(("kind",), optional=True)).inputs) == 2


def test_a_file_that_is_no_npz(table):
    with pytest.raises(ValueError, match="must be a .npz file of arrays"):
        table("nonsense", name="my.npz")
    with pytest.raises(FileNotFoundError, match="^there is no file there-is-none.csv: name a"):
        read_table("there-is-none.csv")


def test_a_folder_of_idx_files_has_its_own_test_part(tmp_path):
    for name, count in zip(IDX_FILES, (4, 4, 2, 2), strict=True):
        shape = (count, 2, 2) if "images" in name else (count,)
        head = bytes((0, 0, 8, len(shape))) + b"".join(n.to_bytes(4, "big") for n in shape)
        (tmp_path / name).write_bytes(head + bytes(range(int(np.prod(shape)))))
    found = read_table(tmp_path)
    assert found.inputs.shape == (4, 4) and found.test.inputs.shape == (2, 4)
    assert found.inputs[1, 0] == 4 / 255 and found.test.labels["label"].tolist() == [0, 1]


# ---- Parquet: by what is installed, here by a stand-in of the same form --------------------------

class Frame(dict):
    """What polars and pandas have in common."""

    @property
    def columns(self):
        return list(self)

    def __len__(self):
        return len(next(iter(self.values())).values)


class Column:
    def __init__(self, values):
        self.values = np.asarray(values)

    def to_numpy(self):
        return self.values


@pytest.fixture
def parquet(tmp_path, monkeypatch):
    """Path of a file, and a function that says what is in it."""
    path = tmp_path / "my.parquet"
    path.write_bytes(b"PAR1")
    for name in ("polars", "pandas"):
        monkeypatch.setitem(sys.modules, name, None)  # not installed

    def holds(**columns):
        module = ModuleType("polars")
        module.read_parquet = lambda found: Frame(
            {name: Column(values) for name, values in columns.items()})
        monkeypatch.setitem(sys.modules, "polars", module)
        return path

    return path, holds


def test_parquet(parquet):
    _, holds = parquet
    path = holds(a=[1, 2], b=[True, False], kind=np.array(["x", "y"], object))
    found = read_table(path, Columns(("kind",)))
    assert found.inputs.tolist() == [[1, 1], [2, 0]] and found.names == ("a", "b")
    assert found.labels["kind"].tolist() == ["x", "y"]
    with pytest.raises(ValueError, match="row 2: column 'a' has no value"):
        read_table(holds(a=np.array([1, None], object)))
    with pytest.raises(ValueError, match="row 1: column 'kind' must hold numbers, not 'x'"):
        read_table(holds(kind=np.array(["x"], object)))
    gap = Columns(("kind",), inputs=("a",), optional=True)
    for labels in (np.array(["x", None], object), [1.0, np.nan]):
        assert read_table(holds(a=[1, 2], kind=labels), gap).labels == {}
    assert read_table(holds(a=[1, 2], kind=["x", "y"]), gap).labels["kind"].tolist() == ["x", "y"]
    with pytest.raises(ValueError, match="row 1: column 'kind' has no label"):
        read_table(holds(a=[1], kind=np.array([None])), Columns(("kind",)))


def test_parquet_without_a_reader(parquet):
    path, _ = parquet
    with pytest.raises(ValueError, match="to read Parquet, install polars, or pandas and pyarrow"):
        read_table(path)


@pytest.mark.parametrize("name", ["polars", "pandas"])
def test_parquet_by_the_package_itself(name, tmp_path):
    package = pytest.importorskip(name)
    if name == "pandas":
        pytest.importorskip("pyarrow")
    frame = package.DataFrame({"a": [1.5, 2], "kind": ["x", "y"]})
    path = tmp_path / "my.parquet"
    (frame.write_parquet if name == "polars" else frame.to_parquet)(path)
    found = read_table(path, Columns(("kind",)))
    assert found.inputs.tolist() == [[1.5], [2]] and found.labels["kind"].tolist() == ["x", "y"]
