"""Data sets: scikit-learn's digits, MNIST-like idx folders, and synthetic ones."""

from .dataset import Dataset
from .digits import load_digits_split
from .idx import load_idx_folder, read_idx
from .patterns import patterns
from .synthetic import linear_regression, teacher_regression, teacher_student

__all__ = ["Dataset", "linear_regression", "load_digits_split", "load_idx_folder", "patterns",
           "read_idx", "teacher_regression", "teacher_student"]
