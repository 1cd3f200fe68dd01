import io
import struct
import sys

import matplotlib as mpl
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from PIL import Image

from common.plots import lines_with_band, panels, png_bytes, show
from common.plots.show import caption_html


def picture():
    return lines_with_band([1, 2, 3], {"ours": [1, 2, 4]}, xlabel="k (count)", ylabel="Revenue (value units)")


@pytest.fixture
def displayed():
    """Show a figure inside IPython and return what reached the page, as (data, metadata) pairs."""
    InteractiveShell.instance()

    def show_and_catch(*args, **kwargs):
        with capture_output() as caught:
            show(*args, **kwargs)
        return [(output.data, output.metadata) for output in caught.outputs]

    yield show_and_catch
    InteractiveShell.clear_instance()


def test_one_picture_then_its_caption(displayed):
    (image, metadata), (caption, _) = displayed(picture(), caption=" It grows. ", alt="A line.", title="TN-4")
    assert set(image) == {"image/png", "text/plain"}
    assert metadata == {"image/png": {"alt": "A line."}}
    assert set(caption) == {"text/html", "text/plain"}
    assert image["text/plain"] == caption["text/plain"] == "TN-4. It grows."
    assert "It grows." in caption["text/html"]


def test_captions_are_escaped_and_their_maths_is_marked():
    html = caption_html('a <b> & "c", $x<1$ and $y$', "T<")
    assert "<strong>T&lt;.</strong> a &lt;b&gt; &amp; &quot;c&quot;, \\(x&lt;1\\) and \\(y\\)</p>" in html
    assert 'class="figure-caption mathjax_process"' in html


def test_a_figure_of_pyplot_is_not_shown_twice(displayed):
    plt = pytest.importorskip("matplotlib.pyplot")
    with mpl.rc_context({"backend": "agg"}):
        figure, ax = plt.subplots()
        ax.plot([1, 2])
        assert len(displayed(figure, caption="c", alt="a")) == 2
        assert plt.get_fignums() == []


def test_the_file_is_small_stable_and_says_nothing_of_its_maker():
    data = png_bytes(picture())
    assert data == png_bytes(picture())
    chunks, at = [], 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        chunks.append(data[at + 4 : at + 8])
        at += 12 + length
    assert set(chunks) <= {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
    assert len(data) < 40_000
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (816, 504)
        assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"caption": " "}, "caption must be a text that is not blank"),
        ({"alt": ""}, "alt must be a text that is not blank"),
        ({"figure": 3}, "figure must be a matplotlib Figure or Axes, got int"),
    ],
)
def test_refuses(change, message):
    with pytest.raises(ValueError, match=message):
        show(**{"figure": panels()[0], "caption": "c", "alt": "a", **change})


def test_pictures_leave_pyplot_alone():
    import subprocess

    code = "import sys, common.plots; common.plots.panels(); print('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
