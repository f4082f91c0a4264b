"""The site in Chromium, 390 pixels wide: nothing but tables and code of programs has to be scrolled sideways."""

from __future__ import annotations

import functools
import html
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CHROMIUM = next(
    (found for name in ("chromium", "google-chrome") if (found := shutil.which(name))), None
)
# Of the pages of rules, which are all alike, one.
RULE = "rules/uncaught-forbidden/"

# One page after the other in a frame as wide as a phone: how wide it is, and which boxes of texts hide a part of their
# lines.
MEASURE = """<!DOCTYPE html><body><iframe id="page" width="390" height="800"></iframe><script>
const frame = document.getElementById("page"), pages = PAGES, found = {};
frame.addEventListener("load", () => {
  const page = frame.contentDocument;
  const boxes = [...page.querySelectorAll(".language-text pre > code, .language-console pre > code, p code, h1, h2")];
  const hidden = boxes.filter(box => box.scrollWidth > box.clientWidth + 1 && box.clientWidth > 0);
  found[pages.shift()] = {
    width: page.documentElement.scrollWidth,
    boxes: boxes.length,
    hidden: hidden.map(box => box.textContent.slice(0, 80)),
  };
  document.body.dataset.found = JSON.stringify(found);
  if (pages.length) frame.src = "/" + pages[0];
});
frame.src = "/" + pages[0];</script></body>"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium"),
]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str]]]:
    """The address of the site, and its pages but for those of most rules."""
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-W", "ignore", "-m", "mkdocs", "build", "-q", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    names = [path.parent.relative_to(folder).as_posix() for path in folder.rglob("index.html")]
    pages = sorted("" if name == "." else f"{name}/" for name in names)
    pages = [
        page for page in pages if not page.startswith("rules/") or page in {"rules/", RULE}
    ]
    (folder / "measure.html").write_text(MEASURE.replace("PAGES", json.dumps(pages)))
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", pages
    server.shutdown()
    server.server_close()


def test_every_page_is_as_wide_as_a_phone(site: tuple[str, list[str]]) -> None:
    assert CHROMIUM is not None
    address, pages = site
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=60000"]
    shown = subprocess.run(
        [CHROMIUM, *options, "--dump-dom", f"{address}/measure.html"],
        capture_output=True,
        text=True,
        check=True,
        timeout=250,
    ).stdout
    match = re.search('data-found="([^"]*)"', shown)
    assert match is not None, shown
    found = json.loads(html.unescape(match[1]))
    assert sorted(found) == pages
    assert {"", "guide/403/", "guide/messages/", "reference/cli/", RULE} < {*pages}
    for page, measured in found.items():
        assert measured["boxes"] > 0, page
        assert measured["width"] <= 390, page
        assert measured["hidden"] == [], page
