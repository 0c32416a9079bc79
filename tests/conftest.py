"""What all tests share: a missing simulator is named in the summary, never passed over."""

from cortigate.sim.simulator import missing


def pytest_terminal_summary(terminalreporter):
    for simulator in ("verilator", "icarus"):
        reason = missing(simulator)
        if reason:
            terminalreporter.section(f"{simulator} is missing: its tests did not run", red=True)
            terminalreporter.line(reason)
