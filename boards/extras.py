"""How to install what is missing, in words that hold where this runs."""

import json
import os
import shlex
import shutil
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

__all__ = ["command_name", "how_to_install", "pip_install"]

ROOT = Path(__file__).resolve().parents[1]  # of the clone, where this is one


RUN = "CORTIGATE_RUN"  # scripts/run says here by which words it was called


def command_name() -> str:
    """The command line's name, as its user types it: that of scripts/run, or cortigate."""
    return shlex.quote(os.environ.get(RUN) or "cortigate")


def pip_install(*words: str) -> str:
    """The command that installs words into the environment that runs this, as text."""
    pip = shutil.which("pip")
    ours = pip and Path(pip).parent == Path(sysconfig.get_path("scripts"))
    command = ["pip"] if ours else [sys.executable, "-m", "pip"]
    return shlex.join([*command, "install", *words])


def how_to_install(extra: str) -> str:
    """The command that installs an extra of this package, or two, from where this comes from.

    In a clone it is the clone's own scripts, or pip. Elsewhere pip takes the package from where it
    was installed from: an index, a file, a folder or a repository.

    Parameters
    ----------
    extra : str
        Of ``pyproject.toml``, such as "build".
    """
    if (ROOT / "pyproject.toml").is_file():
        place = "." if Path.cwd() == ROOT else str(ROOT)
        run = shlex.quote(os.path.join(place, "scripts", "run"))
        return (f"{run} in place of cortigate installs it, or "
                f"{pip_install('-e', f'{place}[{extra}]')}")
    source = direct_url()
    return pip_install(f"cortigate[{extra}]" + (f" @ {source}" if source else ""))


def direct_url() -> str | None:
    """URL that pip says this package was installed from (PEP 610); None: from an index."""
    try:
        said = metadata.distribution("cortigate").read_text("direct_url.json")
        found = json.loads(said or "{}")
        url, vcs = found.get("url"), found.get("vcs_info", {}).get("vcs")
    except (metadata.PackageNotFoundError, ValueError, AttributeError):
        return None
    return f"{vcs}+{url}" if url and vcs else url
