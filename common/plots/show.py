"""Put a figure on the page: the picture once, its caption below in words, its alt text beside it."""

import re
from html import escape
from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from common.plots.checks import check_label

CAPTION_STYLE = "max-width:46em;margin:.2em 0 1.2em;font-size:.95em;line-height:1.45"


def png_bytes(figure: Figure | Axes) -> bytes:
    """Return the figure as PNG, without the version stamp that would change its bytes at every upgrade.

    Parameters
    ----------
    figure : matplotlib.figure.Figure or matplotlib.axes.Axes
        The figure, or any panel of it.

    Returns
    -------
    bytes
        The same for the same figure, matplotlib and machine.

    Raises
    ------
    ValueError
        If `figure` is neither.
    """
    whole = figure.figure if isinstance(figure, Axes) else figure
    if not isinstance(whole, Figure):
        raise ValueError(f"figure must be a matplotlib Figure or Axes, got {type(figure).__name__}")
    full, small = BytesIO(), BytesIO()
    whole.savefig(full, format="png", dpi=120)
    # 256 colours are enough for charts and heat maps, and a third of the size; no chunk but the pixels is written
    image = Image.open(full).convert("RGB").quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    image.save(small, format="png", optimize=True)
    return small.getvalue()


def show(figure: Figure | Axes, *, caption: str, alt: str, title: str = "") -> None:
    r"""Display a figure in a notebook with its caption and alt text.

    Two outputs: the PNG, whose metadata carry the alt text (`common.plots.alt_text` writes it into the site), and
    the caption as HTML and as plain text. ``nbval`` compares the texts and skips the pixels. A figure of
    pyplot is closed, so that the notebook does not draw it a second time.

    Parameters
    ----------
    figure : matplotlib.figure.Figure or matplotlib.axes.Axes
        The figure, or any panel of it.
    caption : str
        What the reader should see in it, in a sentence or two; may hold ``$\LaTeX$``.
    alt : str
        What is drawn, for those who cannot see it.
    title : str
        Set in bold before the caption, as ``"Figure 3"`` or ``"TN-4"``.

    Raises
    ------
    ValueError
        If the caption or the alt text is blank.
    """
    from base64 import b64encode

    from IPython.display import display

    caption, alt, title = check_label("caption", caption), check_label("alt", alt), title.strip()
    plain = f"{title}. {caption}" if title else caption
    picture = {"image/png": b64encode(png_bytes(figure)).decode(), "text/plain": plain}
    display(picture, metadata={"image/png": {"alt": alt}}, raw=True)
    display({"text/html": caption_html(caption, title), "text/plain": plain}, raw=True)
    _close(figure)


def caption_html(caption: str, title: str = "") -> str:
    """Return the caption as a paragraph that MathJax reads in JupyterLab and in the Sphinx site.

    Parameters
    ----------
    caption, title : str
        As in `show`; escaped here.

    Returns
    -------
    str
        One paragraph of HTML.
    """
    head = f"<strong>{escape(title)}.</strong> " if title else ""
    body = re.sub(r"\$([^$]+)\$", r"\\(\1\\)", escape(caption))  # Sphinx's MathJax does not know dollars
    return f'<p class="figure-caption mathjax_process" style="{CAPTION_STYLE}">{head}{body}</p>'


def _close(figure: Figure | Axes) -> None:
    """Take a figure of pyplot from it, which would draw it again at the end of the cell."""
    whole = figure.figure if isinstance(figure, Axes) else figure
    if getattr(whole, "number", None) is not None:  # only pyplot numbers its figures
        import matplotlib.pyplot as plt

        plt.close(whole)
