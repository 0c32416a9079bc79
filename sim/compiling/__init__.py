"""Compilers: started so that they leave nothing behind, and what their results depend on."""

from .build import CompileError, built, failure, plain_folder
from .surroundings import (
    LEFT_OVER,
    NO_COMPILER,
    ZIG,
    clean_environment,
    compiler,
    toolchain,
    zig_folders,
)

__all__ = ["LEFT_OVER", "NO_COMPILER", "ZIG", "CompileError", "built", "clean_environment",
           "compiler", "failure", "plain_folder", "toolchain", "zig_folders"]
