"""The eyes of these tests: which texts a figure shows, and whether they can be read."""

from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from common.plots import use_style


@pytest.fixture(autouse=True)
def _style():
    with mpl.rc_context():
        use_style()
        yield


def shown_texts(figure):
    """Return every text that is drawn, tick labels outside the view left out."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    texts = []
    panels = [child for ax in figure.axes for child in (ax, *ax.child_axes)]
    for ax in panels:
        texts += [*ax.texts, ax.title, ax._left_title, ax._right_title]
        if ax.get_legend() is not None:
            texts += ax.get_legend().get_texts()
        for axis in (ax.xaxis, ax.yaxis) if ax.axison else ():
            low, high = sorted(axis.get_view_interval())
            texts.append(axis.label)
            for tick in axis.get_major_ticks():
                if low <= tick.get_loc() <= high:
                    texts += [tick.label1, tick.label2]
    return [t for t in texts if t.get_visible() and t.get_text().strip()], canvas.get_renderer()


@pytest.fixture
def assert_legible():
    """Every text lies within the figure and none touches another."""

    def check(figure):
        texts, renderer = shown_texts(figure)
        assert texts
        boxes = [mpl.text.Text.get_window_extent(t, renderer) for t in texts]  # without an annotation's leader
        width, height = figure.bbox.width, figure.bbox.height
        for text, box in zip(texts, boxes, strict=True):
            inside = box.x0 >= -1 and box.x1 <= width + 1 and box.y0 >= -1 and box.y1 <= height + 1
            assert inside, f"{text.get_text()!r} leaves the figure: {box}"
        for (a, first), (b, second) in combinations(zip(texts, boxes, strict=True), 2):
            wide = min(first.x1, second.x1) - max(first.x0, second.x0)
            high = min(first.y1, second.y1) - max(first.y0, second.y0)
            assert min(wide, high) < 1, f"{a.get_text()!r} overlaps {b.get_text()!r}"

    return check


@pytest.fixture
def rng():
    return np.random.default_rng(20240607)
