"""Surroundings of a compiler that its result depends on: the machine, variables of the shell.
"""

import os
import platform
import re
import shutil
import subprocess
from functools import cache

__all__ = ["LEFT_OVER", "clean_environment", "compiler", "toolchain"]

# Variables that make, Verilator's make file and cocotb take their settings from. What another
# project has left of them in the shell must not change what is compiled here.
LEFT_OVER = re.compile(
    r"MAKE.*|MFLAGS|GNUMAKEFLAGS|VPATH|(C|CXX|CPP|LD|AR)FLAGS|LDLIBS|LOADLIBES|TARGET_ARCH|AR|LINK|"
    r"OBJCACHE|OPT(_.*)?|DEPS|(VM|VK|CFG|SYSTEMC|VERILATOR|COCOTB|GPI|PYGPI)_.*|USER_(CPP|LD).*|"
    r"SIM|SIM_.*|TOPLEVEL.*|MODULE|TESTCASE|RANDOM_SEED|WAVES|GUI")


def clean_environment(**changes):
    """A copy of the environment without what `LEFT_OVER` matches, and with some changes."""
    kept = {name: value for name, value in os.environ.items() if not LEFT_OVER.fullmatch(name)}
    return kept | changes


def compiler():
    """Name of a C++ compiler (CXX, or the first of the usual names), None if there is none."""
    names = (os.environ.get("CXX"), "c++", "g++", "clang++")
    return next((name for name in names if name and shutil.which(name)), None)


@cache
def toolchain(compiler):
    """Text that differs where a compiler's programs differ: machine, C library, compiler.

    Parameters
    ----------
    compiler : str
        Its name or path.
    """
    said = subprocess.run([compiler, "--version"], text=True, errors="replace", check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=clean_environment())
    return "\n".join([platform.system(), platform.machine(), *platform.libc_ver(),
                      str(shutil.which(compiler)), said.stdout])
