"""cortigate lab: the engine in a web page."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from cortigate.sim.lab import LabServer, write_site

__all__ = ["lab"]


def lab(
    output: Annotated[Path | None, typer.Option(
        help="Write the page as static files into this folder, and serve nothing.")] = None,
    port: Annotated[int, typer.Option(
        min=0, max=65535, help="Port of the server. Default: any that is free.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
):
    """Serve a page on this machine in which the hardware, compiled to WebAssembly, learns to read.

    Needs the extra lab. Each rule's engine is compiled the first time, which takes a minute.
    """
    if output is not None:
        size = write_site(output)
        print(f"{output}: {size / 1e6:.1f} MB, for any web server")
        return
    with LabServer(port) as server:
        print(f"the lab is at {server.url}, until Ctrl-C")
        if browser:
            webbrowser.open(server.url)
        server.serve_forever()
