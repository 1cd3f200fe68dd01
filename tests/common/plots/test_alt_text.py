import re
from base64 import b64encode

import nbformat
import pytest

from common.plots import panels, png_bytes
from common.plots.alt_text import AltText


@pytest.fixture
def page(tmp_path, monkeypatch):
    """Build a real page of a site from a notebook with one picture and return its HTML."""
    render = pytest.importorskip("myst_nb.core.render")
    build = pytest.importorskip("sphinx.cmd.build").build_main
    monkeypatch.setattr(render, "load_mime_renders", lambda: [AltText])

    def built(metadata):
        v4 = nbformat.v4
        data = {"image/png": b64encode(png_bytes(panels()[0])).decode(), "text/plain": "the caption"}
        outputs = [v4.new_output("display_data", data, metadata=metadata)]
        cells = [v4.new_markdown_cell("# Title"), v4.new_code_cell("show()", outputs=outputs)]
        nbformat.write(v4.new_notebook(cells=cells), tmp_path / "index.ipynb")
        settings = ["-D", "extensions=myst_nb", "-D", "nb_execution_mode=off", "-D", "html_theme=basic"]
        assert build(["-C", "-q", "-E", *settings, str(tmp_path), str(tmp_path / "out")]) == 0
        return (tmp_path / "out" / "index.html").read_text(encoding="utf-8")

    return built


def test_the_site_carries_the_alt_text(page):
    html = page({"image/png": {"alt": 'Buyers & "sellers"'}})
    assert re.search(r'<img [^>]*alt="Buyers &amp; &quot;sellers&quot;"', html)


def test_pictures_without_one_are_left_to_myst(page):
    assert re.search(r'<img [^>]*src="_images/', page({}))
