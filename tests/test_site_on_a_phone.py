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
PAGES = (
    "guide/403/",
    "guide/messages/",
    "reference/cli/",
    "reference/settings/",
    "policy/",
    "rules/",
)

# A page in a frame as wide as a phone: how wide it is, and which boxes of texts hide a part of their lines.
MEASURE = """<!DOCTYPE html><body><iframe id="page" width="390" height="800" src="/PAGE"></iframe><script>
document.getElementById("page").addEventListener("load", event => {
  const page = event.target.contentDocument;
  const boxes = [...page.querySelectorAll(".language-text pre > code, .language-console pre > code, p code, h1, h2")];
  const hidden = boxes.filter(box => box.scrollWidth > box.clientWidth + 1 && box.clientWidth > 0);
  document.body.dataset.found = JSON.stringify({
    width: page.documentElement.scrollWidth,
    boxes: boxes.length,
    hidden: hidden.map(box => box.textContent.slice(0, 80)),
  });
});</script></body>"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium"),
]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-W", "ignore", "-m", "mkdocs", "build", "-q", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    for number, page in enumerate(PAGES):
        (folder / f"measure{number}.html").write_text(MEASURE.replace("PAGE", page))
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_as_wide_as_a_phone(address: str, page: str) -> None:
    assert CHROMIUM is not None
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000"]
    shown = subprocess.run(
        [CHROMIUM, *options, "--dump-dom", f"{address}/measure{PAGES.index(page)}.html"],
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
    ).stdout
    match = re.search('data-found="([^"]*)"', shown)
    assert match is not None, shown
    found = json.loads(html.unescape(match[1]))
    assert found["boxes"] > 1
    assert found["width"] <= 390
    assert found["hidden"] == []
