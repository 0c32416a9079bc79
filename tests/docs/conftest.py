"""The folder docs on the path: its generators are a package of their own."""

import sys

import pytest

from ..tree import ROOT


@pytest.fixture(autouse=True, scope="session")
def documentation():
    """The folder of the documentation."""
    sys.path.insert(0, str(ROOT / "docs"))
    yield ROOT / "docs"
    sys.path.remove(str(ROOT / "docs"))
