"""Types: pyright in basic mode finds nothing in the package but what pyproject.toml leaves out."""

import json
import shutil
import subprocess
import sys

from .tree import ROOT, as_installed


def complaints(folder):
    """What pyright says of the package in a folder: place and reason of each error."""
    shutil.copy(ROOT / "pyproject.toml", folder)
    done = subprocess.run(
        [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", sys.executable],
        cwd=folder, text=True, check=False, capture_output=True)
    found = json.loads(done.stdout)
    assert found["summary"]["filesAnalyzed"] > 50, done.stderr  # it has found what it is to read
    return [f"{one['file'].removeprefix(str(folder))}:{one['range']['start']['line'] + 1}: "
            f"{one['message']}" for one in found["generalDiagnostics"]
            if one["severity"] == "error"]


def test_types(tmp_path):
    tree = as_installed(tmp_path)
    wrong = tree / "cortigate" / "sim" / "wrong.py"  # what must be found, in the same run
    wrong.write_text("from .. import __version__\n\n__version__ + 4\n", encoding="utf-8")
    found = complaints(tree)
    [planted] = [line for line in found if "wrong.py" in line]
    assert planted.startswith("/cortigate/sim/wrong.py:3: ")
    assert [line for line in found if line != planted] == []
