"""Data sets: a user's own tables, scikit-learn's digits, idx folders, and synthetic ones."""

from .arm import arm_kinematics
from .dataset import Dataset
from .digits import load_digits_split
from .idx import load_idx_folder, read_idx
from .patterns import patterns
from .reading import read_table
from .synthetic import linear_regression, teacher_regression, teacher_student
from .table import Columns, Table
from .vibration import machine_vibration

__all__ = ["Columns", "Dataset", "Table", "arm_kinematics", "linear_regression",
           "load_digits_split", "load_idx_folder", "machine_vibration", "patterns", "read_idx",
           "read_table", "teacher_regression", "teacher_student"]
