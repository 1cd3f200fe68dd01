"""What the table of times holds; not how fast anything is."""

import pandas as pd
import pytest

from common.plots import panels
from papers.delivery_tips.timing import DOSSIER_SECONDS, slowest_to_dossier, solver_times, times_panel


def test_every_method_closes_the_market():
    times = solver_times([(2, 3, 4), (4, 4, 6)], 2, 0)
    assert len(times) == 2 * 2 * 3
    assert times["gap"].max() < 1e-6
    assert (times["seconds"] > 0).all()


def made_up(factor):
    rows = [
        {"shape": shape, "draw": draw, "method": method, "seconds": seconds * factor * (1 + draw), "gap": 0.0}
        for shape, seconds in DOSSIER_SECONDS.items()
        for draw in range(3)
        for method in ("with tips", "first best")
    ]
    return pd.DataFrame(rows)


def test_the_ratio_is_that_of_the_median_at_the_slowest_shape():
    times = made_up(0.25)
    assert slowest_to_dossier(times) == pytest.approx(0.5)
    times.loc[times["shape"] == (8, 8, 10), "seconds"] *= 3
    assert slowest_to_dossier(times) == pytest.approx(1.5)
    times.loc[times["method"] == "first best", "seconds"] *= 100
    assert slowest_to_dossier(times) == pytest.approx(1.5)


def test_a_missing_shape_is_no_ratio():
    times = made_up(1.0)
    with pytest.raises(ValueError, match=r"\(4, 4, 6\)"):
        slowest_to_dossier(times[times["shape"] != (4, 4, 6)])


def test_the_panel_names_the_shapes_in_order_of_size():
    ax = times_panel(panels()[1][0], made_up(1.0), None)
    assert [text.get_text() for text in ax.get_xticklabels()] == [
        "x".join(map(str, shape)) for shape in DOSSIER_SECONDS
    ]
