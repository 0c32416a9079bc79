"""The documentation is built without a warning, and needs nothing from elsewhere."""

import re
import subprocess
import sys

import pytest

# What a browser would fetch: scripts, styles, fonts, images.
FETCHED = r'<(?:script|img|iframe|source)[^>]*\ssrc="([^"]+)|<link[^>]*\shref="([^"]+)"[^>]*>'


@pytest.fixture(scope="module")
def built(documentation, tmp_path_factory):
    folder = tmp_path_factory.mktemp("html")
    done = subprocess.run([sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q",
                           "-d", folder / "doctrees", documentation, folder / "html"],
                          text=True, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr
    return folder / "html"


def test_every_page_is_there(built, documentation):
    for page in documentation.rglob("*.md"):
        assert (built / page.relative_to(documentation)).with_suffix(".html").is_file(), page


def test_nothing_comes_from_elsewhere(built):
    assert re.findall(FETCHED, '<script src="https://x/y.js"></script>')
    for page in built.rglob("*.html"):
        for groups in re.findall(FETCHED, page.read_text(encoding="utf-8")):
            assert not "".join(groups).startswith(("http:", "https:", "//")), (page, groups)
    for sheet in built.rglob("*.css"):
        assert not re.search(r"(?:@import|url\()\s*[\"']?(?:https?:)?//",
                             sheet.read_text(encoding="utf-8")), sheet


def test_parts_that_are_generated_are_in_the_pages(built):
    for page, words in (("boards.html", "tang-primer-20k"), ("commands.html", "--take-over"),
                        ("protocol.html", "STATE_SATURATIONS"), ("rules/pal.html", "hat"),
                        ("how/sample.html", "A sample’s course, cycle by cycle"),
                        ("rules/ghost.html", "97.17 ± 0.57"), ("api.html", "partial_fit")):
        text = (built / page).read_text(encoding="utf-8").replace("'", "’")
        assert words in text and "generated: " not in text, page
