"""Rooms and names: no circle of imports, one meaning for a class name, models without a port."""

import ast
import json
import subprocess
import sys
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter

import pytest

from .tree import FOLDERS, ROOT, as_installed

# Circles that are left between two rooms, as sets of names below `cortigate`.
LEFT = {
    frozenset({"scripts.cli", "scripts.commands", "scripts.random_lines"}),
}
# Public classes that two files define on purpose.
TWICE = {
    "Mode",  # of the neurons of each rule
    "Operation",  # of the link, and of a schedule's step
    "Setting",  # of a register, and of a PLL
    "RoundingGenerator",  # the hardware's, and the model that it must equal
    "Row", "Run",  # of the experiments in scripts
}


EDGES = """
import grimp, json
graph = grimp.build_graph("cortigate", cache_dir=None, exclude_type_checking_imports=True)
print(json.dumps([(module, other) for module in sorted(graph.modules)
                  for other in sorted(graph.find_modules_directly_imported_by(module))]))
"""


@pytest.fixture(scope="module")
def imports(tmp_path_factory):
    """Pairs (importer, imported) of all modules; imports inside of functions count.

    What is imported for annotations alone does not: `Rule` speaks of a `Design`, which has one.
    """
    done = subprocess.run([sys.executable, "-c", EDGES], text=True, check=True,
                          stdout=subprocess.PIPE, cwd=as_installed(tmp_path_factory.mktemp("tree")))
    return json.loads(done.stdout)


def circle(successors):
    """Names of one circle of a graph, a dict of sets; None if there is none."""
    try:
        TopologicalSorter(successors).prepare()
    except CycleError as error:
        return set(error.args[1])
    return None


def rooms_of(pairs):
    """Package -> graph of what stands in it; an import is of the rooms where both ways part."""
    graphs = defaultdict(lambda: defaultdict(set))
    for one, other in pairs:
        here, there = one.split("."), other.split(".")
        parted = [index for index, (a, b) in enumerate(zip(here, there, strict=False)) if a != b]
        if parted:  # else one is the package of the other
            depth = parted[0] + 1
            package = ".".join(here[1:depth - 1])
            graphs[package][".".join(here[1:depth])].add(".".join(there[1:depth]))
    return graphs


def test_rooms_import_without_circles(imports):
    for package, graph in rooms_of(imports).items():
        while found := circle(graph):
            known = next((left for left in LEFT if found <= left), None)
            assert known, f"a circle of imports in {package or 'cortigate'}: {sorted(found)}"
            for name in found:
                graph[name] -= found


def test_a_circle_is_seen():
    pairs = [("cortigate.a.b.c", "cortigate.a.d"), ("cortigate.a.d", "cortigate.a.b.e"),
             ("cortigate.a", "cortigate.a.d"), ("cortigate.f", "cortigate.a.b")]
    graphs = rooms_of(pairs)
    assert circle(graphs["a"]) == {"a.b", "a.d"} and circle(graphs[""]) is None


def classes():
    """Public class name -> files that define it."""
    found = defaultdict(list)
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    found[node.name].append(str(path.relative_to(ROOT)))
    return found


def test_a_class_name_says_one_thing():
    assert {name: files for name, files in classes().items()
            if len(files) > 1 and name not in TWICE} == {}


MODEL = """
import sys
import numpy as np
from cortigate.boards.learn.estimators import CortigateClassifier
X = np.eye(4).repeat(3, axis=0)
CortigateClassifier(hidden_layer_sizes=(3,), lanes=2, epochs=1).fit(X, X.argmax(axis=1)).predict(X)
print(*sorted({name.partition(".")[0] for name in sys.modules}
              & {"serial", "cobs", "amaranth", "matplotlib", "typer"}))
print(*(name for name in sys.modules if name.startswith("cortigate.boards.host")))
"""


def test_a_model_needs_no_serial_port():
    done = subprocess.run([sys.executable, "-c", MODEL], capture_output=True, text=True,
                          check=False)
    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr + done.stdout
