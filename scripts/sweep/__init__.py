"""Sweeps over rules, seeds and parameters: their file, runs, devices, results."""
