"""Settings of Sphinx: pages in Markdown, and parts that `generators` writes from the code."""

import sys
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "cortigate"
author = copyright = "The cortigate authors"
release = version = metadata.version("cortigate")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "generators"]
exclude_patterns = ["_build"]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # docstrings name types, with shapes and units
napoleon_google_docstring = False
napoleon_use_rtype = False
# What a docstring calls a section, and Sphinx does not.
napoleon_custom_sections = [("Members", "params_style")]

html_theme = "furo"
html_title = "cortigate"
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"top_of_page_buttons": []}
