"""The notebooks run from top to bottom in a kernel of their own, and hold no outputs."""

import re

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from ..tree import ROOT

FOLDER = ROOT / "docs" / "notebooks"
NOTEBOOKS = sorted(path.stem for path in FOLDER.glob("*.ipynb"))


def read(name):
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


@pytest.fixture
def executed(tmp_path, monkeypatch):
    """Notebooks after their run, by name; whatever Jupyter keeps goes to a folder of the test."""
    for variable in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    folder = tmp_path / "run"
    folder.mkdir()

    def run(content):
        client = NotebookClient(content, timeout=1200, kernel_name="python3",
                                resources={"metadata": {"path": folder}})
        return client.execute()

    return run


def printed(content):
    """Everything that a notebook that was run has printed."""
    return "".join(output["text"] for cell in content.cells if cell.cell_type == "code"
                   for output in cell.outputs if output.output_type == "stream")


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_it_runs_without_a_warning(name, executed):
    content = executed(read(name))
    for cell in content.cells:
        for output in cell.get("outputs", ()):
            assert output.get("name") != "stderr", output["text"]
    pictures = sum("image/png" in output.get("data", {}) for cell in content.cells
                   for output in cell.get("outputs", ()))
    assert pictures >= 2
    wanted = {"classifier": r"epoch 5: 9\d\.\d% of unseen digits",
              "five-rules": r"microcircuit +angles",
              "design-to-bitstream": r"netlist: .* 0 differ\n"}
    assert re.search(wanted[name], printed(content))


def test_a_cell_that_fails_is_noticed(executed):
    content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("assert 1 == 2")])
    with pytest.raises(CellExecutionError, match="AssertionError"):
        executed(content)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_it_is_kept_without_outputs_and_has_a_page(name, documentation):
    content = read(name)
    nbformat.validate(content)
    for cell in content.cells:
        assert cell.cell_type == "markdown" or (not cell.outputs and cell.execution_count is None)
    from generators import part
    page = part(f"notebook {name}")
    assert page.startswith("# ") and all(cell.source in page for cell in content.cells)
    index = (FOLDER / "index.md").read_text(encoding="utf-8")
    assert f"\n{name}\n" in index


def test_there_are_three():
    assert NOTEBOOKS == ["classifier", "design-to-bitstream", "five-rules"]
