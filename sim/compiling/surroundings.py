"""Surroundings of a compiler that its result depends on: the machine, variables of the shell.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ...boards.extras import pip_install

__all__ = ["LEFT_OVER", "ZIG", "clean_environment", "compiler", "no_compiler", "toolchain",
           "zig_folders"]

ZIG = (sys.executable, "-m", "ziglang")

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
    """Words of a command that compiles C++: CXX, or the first of the usual names, or the clang of
    the package ziglang, if it is installed; None if there is none."""
    names = (os.environ.get("CXX"), "c++", "g++", "clang++")
    for name in names:
        if name and shutil.which(name):
            return (name,)
    # For any processor of the kind, as other compilers do: a cache may be shared.
    return (*ZIG, "c++", "-mcpu=baseline") if find_spec("ziglang") else None


def no_compiler():
    """The way to a compiler where `compiler` finds none, after the word for what needs one."""
    return ("needs a C++ compiler, which is not installed: apt-get install g++ (Debian), "
            f"xcode-select --install (macOS), or {pip_install('ziglang')}")


def zig_folders(shared, own):
    """Variables that keep zig's files out of the home folder.

    Parameters
    ----------
    shared : Path
        For libraries that it compiles once.
    own : Path
        For one compilation.
    """
    return {"ZIG_GLOBAL_CACHE_DIR": str(shared), "ZIG_LOCAL_CACHE_DIR": str(Path(own, "zig"))}


@cache
def toolchain(compiler):
    """Text that differs where a compiler's programs differ: machine, C library, compiler.

    Parameters
    ----------
    compiler : tuple of str
        As of `compiler`.
    """
    said = subprocess.run([*compiler, "--version"], text=True, errors="replace", check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=clean_environment())
    return "\n".join([platform.system(), platform.machine(), *platform.libc_ver(),
                      str(shutil.which(compiler[0])), said.stdout])
