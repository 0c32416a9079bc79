"""What all tests share: a folder for the user's data, and a summary that names what is missing."""

import os

import pytest
from hypothesis import settings

from cortigate.sim.simulator import missing

# The ordinary run draws the same few examples each time, and is quick; a campaign others, and many.
settings.register_profile("ordinary", max_examples=200, deadline=None, database=None,
                          derandomize=True)
settings.register_profile("campaign", max_examples=int(os.environ.get("EXAMPLES", "20000")),
                          deadline=None, database=None, print_blob=True)
settings.load_profile("ordinary")


# Files that take minutes. They begin first, so that no core waits for one of them at the end.
LONG = ("tests/sim/test_ladder.py", "tests/cosim/test_faults.py", "tests/cosim/test_lockstep.py",
        "tests/cosim/test_edges.py", "tests/cosim/test_netlist.py", "tests/boards/test_build.py")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """Workers: one more than cores, since many a test waits for a silent line; 5 at most."""
    return min(5, 1 + (os.cpu_count() or 1))


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--campaign"):
        config.hook.pytest_deselected(items=[one for one in items if _of_campaigns(one)])
        items[:] = [one for one in items if not _of_campaigns(one)]
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.location[0], len(places)))


def _of_campaigns(item):
    return item.get_closest_marker("campaign") is not None


def pytest_addoption(parser):
    parser.addoption("--campaign", action="store_true",
                     help="all planted faults and all designs, of which an ordinary run takes some")


@pytest.fixture(scope="session", autouse=True)
def data_folder(tmp_path_factory):
    """The user's data folder is one of the tests' own: they neither see nor change the real one.

    Nor do they see the user's configuration file.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORTIGATE_CONFIG", os.devnull)
        patch.setenv("CORTIGATE_DATA", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path_factory, monkeypatch):
    """Each test has one of its own: a port that has an old name again is not remembered."""
    monkeypatch.setenv("CORTIGATE_DATA", str(tmp_path_factory.mktemp("data")))


def pytest_terminal_summary(terminalreporter):
    for simulator in ("verilator", "icarus"):
        reason = missing(simulator)
        if reason:
            terminalreporter.section(f"{simulator} is missing: its tests did not run", red=True)
            terminalreporter.line(reason)
