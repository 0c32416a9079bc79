"""Data sets: scikit-learn's digits, MNIST-like idx folders, and synthetic ones."""

from .arm import arm_kinematics
from .dataset import Dataset
from .digits import load_digits_split
from .idx import load_idx_folder, read_idx
from .patterns import patterns
from .synthetic import linear_regression, teacher_regression, teacher_student
from .vibration import machine_vibration

__all__ = ["Dataset", "arm_kinematics", "linear_regression", "load_digits_split",
           "load_idx_folder", "machine_vibration", "patterns", "read_idx", "teacher_regression",
           "teacher_student"]
