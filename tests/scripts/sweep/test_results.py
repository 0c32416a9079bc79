"""The file of results: every row at once, half a line is noticed, another sweep's is refused."""

import json
from unittest.mock import Mock

import pytest

from cortigate.scripts.sweep.results import ResultsFile

SWEEP = {"data": "d", "measure": "accuracy"}
ROWS = [{"run": key, "score": score} for key, score in (("a", 0.5), ("b", 1 / 3))]


@pytest.fixture
def path(tmp_path):
    """A file with two rows."""
    with ResultsFile(tmp_path / "r.jsonl", SWEEP) as results:
        for row in ROWS:
            results.add(row)
    return tmp_path / "r.jsonl"


def test_rows_are_there_again(path):
    with ResultsFile(path, SWEEP) as results:
        assert list(results.rows.values()) == ROWS and not results.cut
        results.add({"run": "c", "score": 1.0})
    assert [json.loads(line)["run"] for line in path.read_text().splitlines()[1:]] == list("abc")


def test_a_row_is_in_the_file_at_once(tmp_path):
    with ResultsFile(tmp_path / "r.jsonl", SWEEP) as results:
        results.add(ROWS[0])
        assert json.loads((tmp_path / "r.jsonl").read_text().splitlines()[1]) == ROWS[0]


def test_a_new_file_without_a_row_is_gone(path, tmp_path):
    with ResultsFile(tmp_path / "new.jsonl", SWEEP):
        assert (tmp_path / "new.jsonl").exists()
    with ResultsFile(path, SWEEP):
        pass
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_row_that_a_full_disk_takes_a_part_of_is_not_there(path):
    with ResultsFile(path, SWEEP) as results:
        disk = results._file
        results._file = Mock(wraps=disk, write=lambda line: disk.write(line[:9]))
        with pytest.raises(OSError, match="No space"):
            results.add({"run": "c", "score": 1.0})
        assert "c" not in results.rows
    with ResultsFile(path, SWEEP) as results:
        assert results.cut and list(results.rows.values()) == ROWS


@pytest.mark.parametrize("lost", range(1, 6))
def test_half_a_line_is_cut_off(path, lost):
    whole = path.read_bytes()
    path.write_bytes(whole[:-lost])
    with ResultsFile(path, SWEEP) as results:
        assert results.cut and list(results.rows) == ["a"]
        results.add(ROWS[1])
    assert path.read_bytes() == whole


@pytest.mark.parametrize("content, said", [
    ("", "is no file of results, or damaged in line 1: name another file"),
    ("notes\n", "is no file of results, or damaged in line 1: name another file"),
    ("{}\n", "is no file of results, or damaged in line 1: name another file"),
    ("notes without an end", "is no file of results"),
    ('{"cortigate sweep": 1, "data": "other", "measure": "accuracy"}\n',
     "holds the results of another sweep, of other data or another measure: name another file")])
def test_another_file_is_refused_and_stays(tmp_path, content, said):
    path = tmp_path / "r.jsonl"
    path.write_text(content)
    with pytest.raises(ValueError, match=said):
        ResultsFile(path, SWEEP)
    assert path.read_text() == content


@pytest.mark.parametrize("line", ['{"run": "x"}', '{"run": 3, "score": 0.5}', "[]", '{"run": "x',
                                  '{"run": "x", "score": NaN}'])
def test_a_damaged_line_is_named(path, line):
    first, *rest = path.read_text().splitlines()
    path.write_text("\n".join([first, line, *rest]) + "\n")
    with pytest.raises(ValueError, match="line 2: .*delete the line, and its run is done again"):
        ResultsFile(path, SWEEP)


def test_two_sweeps_cannot_write_into_one_file(path):
    pytest.importorskip("fcntl")
    with ResultsFile(path, SWEEP):
        with pytest.raises(ValueError, match="another sweep writes into .* just now: wait for it"):
            ResultsFile(path, SWEEP)
    ResultsFile(path, SWEEP).close()
