"""Maps the folders of this repository to cortigate.*; everything else is in pyproject.toml.

The folder cortigate itself holds the names that users import.
"""

from setuptools import find_packages, setup

ROOTS = ("golden", "hdl", "sim", "boards", "scripts")
setup(
    package_dir={f"cortigate.{root}": root for root in ROOTS},
    packages=["cortigate"] + [f"cortigate.{root}" for root in ROOTS]
    + [f"cortigate.{root}.{name}" for root in ROOTS for name in find_packages(root)],
)
