"""The wheel: complete, importable, and its command runs, apart from this source tree."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile

import pytest

from .tree import FOLDERS, ROOT

# Everything but the source tree itself, which an editable install puts on the path.
IMPORT_ALL = """
import importlib, pkgutil, sys
import cortigate
def walk(path, name):
    for info in pkgutil.iter_modules(path, name + "."):
        module = importlib.import_module(info.name)
        if info.ispkg:
            walk(module.__path__, info.name)
        yield_names.append(info.name)
yield_names = []
for folder in sys.argv[1:]:
    package = importlib.import_module("cortigate." + folder)
    yield_names.append(package.__name__)
    walk(package.__path__, package.__name__)
print(package.__file__, *yield_names, sep="\\n")
"""


def run(*command, **options):
    done = subprocess.run(list(map(str, command)), text=True, check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **options)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    # From a copy: setuptools would put files left in build/ by an earlier run into the wheel.
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for folder in ("cortigate", *FOLDERS):
        shutil.copytree(ROOT / folder, source / folder,
                        ignore=shutil.ignore_patterns("__pycache__"))
    target = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
        "--no-index", "--wheel-dir", target, source)
    return next(target.glob("cortigate-*.whl"))


@pytest.fixture(scope="module")
def site(wheel, tmp_path_factory):
    """A folder that holds the installed wheel, in front of the dependencies of this Python."""
    folder = tmp_path_factory.mktemp("site")
    run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target",
        folder, wheel)
    return folder


def environment(site):
    # The dependencies come from the running environment, but -S keeps its .pth files out, and with
    # them the editable install of this source tree.
    return os.environ | {
        "PYTHONPATH": os.pathsep.join([str(site), sysconfig.get_path("purelib"),
                                       sysconfig.get_path("platlib")])
    }


def modules():
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(("cortigate", *(parts[:-1] if parts[-1] == "__init__" else parts)))


def test_wheel_holds_every_file_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {f"cortigate/{path.relative_to(ROOT)}" for folder in FOLDERS
               for suffix in ("py", "c", "cpp", "h", "v", "json")
               for path in (ROOT / folder).rglob(f"*.{suffix}")}
    sources |= {f"cortigate/{path.relative_to(ROOT)}" for path in ROOT.glob("sim/lab/page/*")}
    sources |= {"cortigate/__init__.py", "cortigate/py.typed"}
    assert {name for name in names if ".dist-info/" not in name} == sources


def test_every_module_imports_from_the_wheel(site, tmp_path):
    out = run(sys.executable, "-S", "-c", IMPORT_ALL, *FOLDERS, cwd=tmp_path,
              env=environment(site)).split()
    assert out[0].startswith(str(site))
    assert set(out[1:]) == set(modules())


def test_the_front_door_of_the_wheel(site, tmp_path):
    code = "import cortigate as c; print(c.preset('digits').network, c.__version__, c.__file__)"
    out = run(sys.executable, "-S", "-c", code, cwd=tmp_path, env=environment(site))
    assert out.split() == ["64-32-10", "0.1.0", str(site / "cortigate" / "__init__.py")]


def test_command_of_the_wheel(site, tmp_path):
    script = site / "bin" / "cortigate"
    assert "Usage: cortigate" in run(sys.executable, "-S", script, "--help", cwd=tmp_path,
                                     env=environment(site))
    assert run(sys.executable, "-S", script, "--version", cwd=tmp_path,
               env=environment(site)) == "cortigate 0.1.0\n"
