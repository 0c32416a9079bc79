"""cortigate lab: the engine in a web page."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from cortigate.boards.design_file import DesignFile

__all__ = ["lab"]


def lab(
    design_file: Annotated[Path | None, typer.Option(
        "--design", help="TOML file of a design to show, such as that of your board: see "
                         "`cortigate init`. Default: 64-32-10 by every rule.")] = None,
    output: Annotated[Path | None, typer.Option(
        help="Write the page as static files into this folder, and serve nothing.")] = None,
    port: Annotated[int, typer.Option(
        min=0, max=65535, help="Port of the server. Default: any that is free.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
):
    """Serve a page on this machine in which the hardware, compiled to WebAssembly, learns to read.

    Each rule's engine is compiled when it is first asked for, which takes a minute or two on two
    cores.

    Example: cortigate lab --output public
    """
    from cortigate.sim.lab import LabServer, Site  # needs an extra: --help works without it

    file = None if design_file is None else DesignFile.read(design_file)
    site = Site(None if file is None else {file.name: file.design})
    if output is not None:
        size = site.write(output)
        print(f"{output}: {size / 1e6:.1f} MB, for any web server")
        return
    with LabServer(site, port) as server:
        print(f"the lab is at {server.url} until Ctrl-C")
        if browser:
            webbrowser.open(server.url)
        server.serve_forever()
