"""What `import cortigate` offers: every name, its example, and nothing loaded before its time."""

import ast
import doctest
import inspect
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import cortigate

OBJECTS = [name for name in cortigate.__all__ if name != "__version__"]
HEAVY = ("amaranth", "numpy", "serial", "sklearn")


def python(code, *options):
    return subprocess.run([sys.executable, *options, "-c", code], text=True, capture_output=True,
                          check=True)


def test_importing_loads_nothing_else():
    done = python("import sys, cortigate; print(*sys.modules)")
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "cortigate" in loaded and not loaded & {*HEAVY}
    assert not [name for name in done.stdout.split() if name.startswith("cortigate.")]


def test_a_design_needs_no_learning_and_no_hardware():
    done = python("import sys, cortigate; cortigate.preset('tiny'); print(*sys.modules)")
    assert not {name.partition(".")[0] for name in done.stdout.split()} & {
        "amaranth", "serial", "sklearn"}


def test_every_name_is_there():
    assert dir(cortigate) == sorted(cortigate.__all__)
    for name in OBJECTS:
        one = getattr(cortigate, name)
        assert one.__name__ == name and vars(cortigate)[name] is one
    assert cortigate.__version__ == metadata.version("cortigate")
    with pytest.raises(AttributeError, match="module 'cortigate' has no attribute 'Nonsense'"):
        _ = cortigate.Nonsense
    with pytest.raises(ImportError, match="cannot import name 'nonsense' from 'cortigate'"):
        exec("from cortigate import nonsense")


def test_type_checkers_are_told_the_same_places():
    [typed] = [node for node in ast.parse(inspect.getsource(cortigate)).body
               if isinstance(node, ast.If)]
    told = {alias.name: f".{node.module}" for node in typed.body for alias in node.names}
    assert told == cortigate._PLACES and set(told) == set(OBJECTS)
    assert Path(cortigate.__file__).with_name("py.typed").exists()


@pytest.mark.parametrize("name", [None, *OBJECTS])
def test_examples(name):
    one = cortigate if name is None else getattr(cortigate, name)
    example = doctest.DocTestParser().get_doctest(inspect.getdoc(one), {}, f"{name}", None, None)
    assert example.examples, "a public name shows how it is used"
    said = []
    done = doctest.DocTestRunner().run(example, out=said.append)
    assert not done.failed, "".join(said)


def test_the_readme_uses_it():
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    [code] = [block.partition("\n```")[0] for block in text.split("```python\n")[1:]]
    assert "from cortigate import" in code and code.count("\n") < 12
    exec(compile(code, "README.md", "exec"), {})
