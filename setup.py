"""Maps the folders of this repository to cortigate.*; everything else is in pyproject.toml."""

from setuptools import find_packages, setup

ROOTS = ("golden", "hdl", "sim", "boards", "scripts")
setup(
    package_dir={f"cortigate.{root}": root for root in ROOTS},
    packages=[f"cortigate.{root}" for root in ROOTS]
    + [f"cortigate.{root}.{name}" for root in ROOTS for name in find_packages(root)],
)
