"""The report of a training: all that there is to say, in one file, whatever names there are."""

import base64
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest

from cortigate.boards.learn.keeper import Keeper
from cortigate.golden.datasets import Table
from cortigate.scripts.console import new_console
from cortigate.scripts.own import report
from cortigate.scripts.own.problem import OwnTask, problem_of
from cortigate.scripts.own.report import ROWS, counters, report_page
from cortigate.scripts.own.teaching import Teaching

RNG = np.random.default_rng(0)
X = RNG.random((40, 3))
EVIL = "<script>alert('$x_1$')</script>"
LABELS = {
    OwnTask.CLASSES: {EVIL: np.array(["a & b", "<i>", "$c"])[(3 * X[:, 0]).astype(int)]},
    OwnTask.REGRESSION: {EVIL: X[:, 0], "$y": X[:, 1]}, OwnTask.ANOMALY: {}}


class Reader(HTMLParser):
    """Tags and attributes of a page, and whether each is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.links, self.tags = [], [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def taught(task, held_out=0.25, **parameters):
    table = Table(EVIL, ("p", "q", "r"), X, LABELS[task])
    problem = problem_of(table, task, held_out, 0)
    sizes = (4, 2, 4) if task is OwnTask.ANOMALY else (4,)
    learner = problem.kind(hidden_layer_sizes=sizes, lanes=2, epochs=2, **parameters)
    teaching = Teaching(problem, learner, Keeper(), {}, new_console(quiet=True))
    return teaching, teaching.run(False)


@pytest.mark.parametrize("task", OwnTask)
def test_a_page_needs_nothing_else_and_says_what_was_learned(task):
    page = report_page(*taught(task, early_stopping=True), f"cortigate train {EVIL}")
    reader = Reader()
    reader.feed(page)
    assert reader.open == [] and "script" not in reader.tags and "link" not in reader.tags
    assert len(reader.links) == 2 and "url(" not in page and "http" not in page
    for link in reader.links:
        head, _, data = link.partition(",")
        assert head == "data:image/png;base64"
        assert base64.b64decode(data).startswith(b"\x89PNG")
    for said in ("0 in every epoch, and left out: clock cycles", "checksum of the weights", "ghost",
                 "Command"):
        assert said in page
    assert {OwnTask.CLASSES: "a &amp; b", OwnTask.REGRESSION: "mean absolute error",
            OwnTask.ANOMALY: "count as outliers"}[task] in page


@pytest.mark.parametrize("task", OwnTask)
def test_nothing_held_out_is_nothing_said_of_it(task):
    page = report_page(*taught(task, 0.0, device="reference"), "")
    assert "What was held out" not in page and "checksum" not in page


def test_shares_of_the_classes_are_those_of_what_was_held_out():
    teaching, judge = taught(OwnTask.CLASSES)
    page, problem = report_page(teaching, judge, ""), teaching.problem
    found = judge.predict(problem.x_held)
    own = problem.y_held == "a & b"
    share = f"{100 * (found[own] == 'a & b').mean():.1f}"
    assert f"<td>a &amp; b</td><td class=n>{own.sum()}</td><td class=n>{share}</td>" in page


def test_of_many_epochs_some_have_a_row():
    teaching, judge = taught(OwnTask.CLASSES)
    assert "One row for each" not in counters(teaching, judge)
    history = [dict.fromkeys(("samples", "correct", "cycles", "weight_saturations",
                              "state_saturations"), 7) | {"restless": 0, "held": number / 1000}
               for number in range(10 * ROWS + 3)]
    table = counters(SimpleNamespace(
        history=history, problem=SimpleNamespace(task=OwnTask.CLASSES)), judge)
    rows = re.findall(r"<tr><td>(\d+)</td>", table)
    assert len(rows) <= ROWS + 1 and rows[-1] == f"{len(history)}"
    assert f"{(len(history) - 1) / 10:.2f} % right</td></tr>" in table
    assert "<p>One row for each 11 of 603 epochs, and the last one; the picture has all.<" in table
    heads = re.findall(r"<th[^>]*>([^<]*)</th>", table)
    assert heads == ["epoch", "rows", "right", "clock cycles", "weights at an end",
                     "sums at an end", "held out"]
    assert "<p>right: of these, found right, each just before it was learned.</p>" in table
    assert "<p>0 in every epoch, and left out: restless loops.</p>" in table


@pytest.mark.parametrize("task, most, said", [
    (OwnTask.CLASSES, "MOST_NAMED", "Only the first 2 of 3 classes; the picture has all."),
    (OwnTask.REGRESSION, "MOST_DRAWN", "Only the first 1 of 2 values are drawn; the table has")])
def test_classes_and_values_that_are_left_out_are_told(task, most, said, monkeypatch):
    teaching, judge = taught(task)
    assert "Only the first" not in report_page(teaching, judge, "")
    monkeypatch.setattr(report, most, 2 - (task is OwnTask.REGRESSION))
    assert f"<p>{said}" in report_page(teaching, judge, "")
