from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from common.plots import COLOURS, PALETTE, label_axes, panels
from common.plots.style import contrast_on_white, ink, series_colours

# Machado, Oliveira and Fernandes (2009), full severity, acting on linear RGB
CONFUSION = {
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
}


def _lab(colour, confusion):
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(confusion) @ linear, 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.cbrt(np.array(to_xyz) @ seen / (0.9505, 1, 1.089) + 1e-9)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("confusion", CONFUSION.values(), ids=CONFUSION.keys())
def test_first_colours_can_be_told_apart_by_the_colour_blind(confusion):
    # a CIE76 difference of 2.3 is just noticeable; 10 is plain at a glance
    for one, other in combinations(PALETTE, 2):
        assert np.linalg.norm(_lab(one, confusion) - _lab(other, confusion)) > 10, (one, other)


def test_contrast_of_known_pairs():
    assert contrast_on_white(np.zeros(3)) == pytest.approx(21)
    assert contrast_on_white(np.ones(3)) == pytest.approx(1)
    assert contrast_on_white(np.array(to_rgb("#767676"))) == pytest.approx(4.54, abs=0.01)  # WCAG's own example


@pytest.mark.parametrize("colour", [*PALETTE, *COLOURS.values(), "white", "#F0E442"])
def test_text_is_always_legible(colour):
    assert contrast_on_white(np.array(to_rgb(ink(colour)))) >= 4.5 - 0.05


def test_dark_colours_are_left_alone():
    assert ink("#000000") == "#000000"


def test_names_keep_their_meaning_and_others_get_what_is_left():
    shades = series_colours(["greedy", "ours", "sweep"])
    assert shades[1] == COLOURS["ours"]
    assert len(set(shades)) == 3
    assert series_colours(["ours"], {"ours": "red"}) == ["red"]
    with pytest.raises(ValueError, match="at most 7 series"):
        series_colours([f"series {k}" for k in range(8)])


def test_type_is_readable_at_arms_length():
    # 11 points at 120 dots an inch are 18 pixels, a little more than the 16 of ordinary web text
    sizes = [mpl.rcParams[k] for k in ("font.size", "axes.labelsize", "xtick.labelsize", "legend.fontsize")]
    assert min(sizes) >= 11


@pytest.mark.parametrize("text", ["", "  ", "Revenue", "Revenue ()", "Revenue (value units", None, "(share)"])
def test_axis_labels_need_words_and_a_unit(text):
    ax = panels()[1][0]
    with pytest.raises(ValueError, match="ylabel must"):
        label_axes(ax, "Density q (probability)", text)


def test_long_labels_are_broken_and_counts_are_whole(assert_legible):
    figure, (ax,) = panels()
    ax.plot([1, 2, 3], [0, 1, 2])
    label_axes(
        ax, "Number of introductions k (count)", "Revenue of the platform over the largest welfare " * 2 + "(share)"
    )
    assert_legible(figure)
    assert all(float(tick).is_integer() for tick in ax.get_xticks())


@pytest.mark.parametrize("size", [{"rows": 0}, {"columns": 0}, {"width": 0}, {"height": float("nan")}])
def test_panels_refuse_what_is_not_there(size):
    with pytest.raises(ValueError, match="rows and columns must be at least 1"):
        panels(**size)
