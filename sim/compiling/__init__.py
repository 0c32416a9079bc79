"""Compilers: started so that they leave nothing behind, and what their results depend on."""

from .build import CompileError, built, failure, plain_folder
from .surroundings import (
    LEFT_OVER,
    ZIG,
    clean_environment,
    compiler,
    no_compiler,
    toolchain,
    zig_folders,
)

__all__ = ["LEFT_OVER", "ZIG", "CompileError", "built", "clean_environment", "compiler", "failure",
           "no_compiler", "plain_folder", "toolchain", "zig_folders"]
