"""Compilers: started so that they leave nothing behind, and what their results depend on."""

from .build import CompileError, built, failure, plain_folder
from .surroundings import LEFT_OVER, clean_environment, compiler, toolchain

__all__ = ["LEFT_OVER", "CompileError", "built", "clean_environment", "compiler", "failure",
           "plain_folder", "toolchain"]
