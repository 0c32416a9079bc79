"""The source tree, for tests about the whole of it."""

import shutil
from pathlib import Path

__all__ = ["FOLDERS", "ROOT", "SOURCES", "as_installed"]

ROOT = Path(__file__).parents[1]
FOLDERS = ("golden", "hdl", "sim", "boards", "scripts")
SOURCES = sorted(path for folder in ("cortigate", *FOLDERS, "tests")
                 for path in (ROOT / folder).rglob("*.py"))


def as_installed(folder):
    """Copy the package into a folder as a wheel would lay it out, for tools that look at files.

    They find ``cortigate.golden`` in ``cortigate/golden`` only: the finder of an editable install
    means nothing to them.

    Returns
    -------
    Path
        The same folder, which goes on the path.
    """
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "cortigate", folder / "cortigate", ignore=ignore)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / "cortigate" / name, ignore=ignore)
    return folder
