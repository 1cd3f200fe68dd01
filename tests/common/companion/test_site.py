"""The gallery as a browser sees it: complete, and without a request to the network."""

import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

from common.companion.site import build_site

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-default-apps"),
    *("--virtual-time-budget=8000", "--enable-logging=stderr", "--dump-dom"),
]


@pytest.fixture(scope="module")
def site(repository, tmp_path_factory):
    """The gallery of this repository, built in a copy of what it needs."""
    root = tmp_path_factory.mktemp("gallery")
    shutil.copy(repository / "requirements.lock", root)
    for folder in ("papers", "common"):
        (root / folder).symlink_to(repository / folder)
    return build_site(root).parent


class _Links(HTMLParser):
    """What a page loads by itself: scripts, styles, pictures, frames."""

    def __init__(self):
        super().__init__()
        self.loaded, self.without_alt = [], []

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag in ("script", "img", "iframe", "source") and found.get("src"):
            self.loaded.append(found["src"])
        if tag == "link" and found.get("rel") in ("stylesheet", "preload", "icon"):
            self.loaded.append(found["href"])
        if tag == "img" and not found.get("alt"):
            self.without_alt.append(found.get("src"))


def test_pages_load_nothing_from_elsewhere_and_every_picture_has_words(site):
    pages = [page for page in site.rglob("*.html") if "_static" not in page.parts]
    assert len(pages) >= 8
    for page in pages:
        links = _Links()
        links.feed(page.read_text(encoding="utf-8"))
        for target in links.loaded:
            assert not re.match(r"(https?:)?//", target), f"{page.name} loads {target}"
            if not target.startswith("data:"):
                assert (page.parent / re.sub(r"[?#].*", "", target)).exists(), f"{page.name} misses {target}"
        assert not links.without_alt, f"{page.name}: pictures without alternative text: {links.without_alt}"


def test_a_papers_page_shows_ledger_figures_command_and_download(site):
    text = (site / "papers" / "trading_networks" / "index.html").read_text(encoding="utf-8")
    words = re.sub(r"<[^>]*>", "", text)
    for word in ("TN-1", "TN-15", "verified", "companion run trading_networks/01_market"):
        assert word in words
    assert re.search(r'download="" href="[^"]*01_market.ipynb"', text)
    assert text.count("<figure>") >= 6


def test_it_is_built_once(site):
    before = (site / "index.html").stat().st_mtime_ns
    assert build_site(site.parents[1]) == site / "index.html"
    assert (site / "index.html").stat().st_mtime_ns == before


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: apt-get install chromium)")
@pytest.mark.parametrize("page", ["index", "papers/trading_networks/index", "papers/trading_networks/01_market"])
def test_a_browser_opens_it_from_the_file_system(site, page, tmp_path):
    log = tmp_path / "net.json"
    address = (site / f"{page}.html").as_uri()
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", f"--log-net-log={log}", address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert not re.findall(r".*:ERROR:CONSOLE.*|.*Uncaught.*", done.stderr)
    requested = set(re.findall(r'"url":"((?:https?|wss?)://[^"]*)', log.read_text()))
    ours = {url for url in requested if "google" not in url and "gstatic" not in url}  # the browser's own
    assert not ours
    if page.endswith("market"):
        assert "mjx-container" in done.stdout, "equations are set"
