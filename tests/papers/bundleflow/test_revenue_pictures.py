"""Pictures show the numbers that they are given."""

import numpy as np
import pandas as pd
import pytest

from common.stats import mean_interval
from papers.bundleflow.revenue_pictures import (
    PUBLISHED_RATIOS,
    cell_interval,
    curves_picture,
    ratios_picture,
    shares_picture,
)


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    rows = [
        {"environment": environment, "n_items": size, "market": market, "seed": seed, "mechanism": name}
        for environment in ("arbitrary", "regions")
        for size, market in ((50, "fresh"), (50, "shared"), (100, "fresh"))
        for seed in range(3)
        for name in ("grand", "small", "bundleflow")
    ]
    return pd.DataFrame(rows).assign(revenue=rng.random(len(rows)) + 1, share=rng.random(len(rows)))


def places(ax):
    """Where the dots with intervals stand."""
    return [container.lines[0].get_xdata()[0] for container in ax.containers]


def test_one_seed_has_no_interval():
    alone = cell_interval([0.5])
    assert (alone.low, alone.estimate, alone.high) == (0.5, 0.5, 0.5)
    assert cell_interval([0.1, 0.3]) == mean_interval([0.1, 0.3])


def test_shares_are_means_over_seeds_with_a_panel_for_each_size(table):
    figure = shares_picture(table, {"grand": 0.4}, "recorded")
    left, right = figure.axes
    means = table.groupby(["n_items", "environment", "market", "mechanism"])["share"].mean()
    assert sorted(places(left)) == pytest.approx(sorted(means[50]))
    assert sorted(places(right)) == pytest.approx(sorted(means[100]))
    assert len(left.get_yticklabels()) == 3
    assert {text.get_text() for text in figure.legends[0].get_texts()} == {
        *("arbitrary, fresh", "arbitrary, shared", "regions, fresh", "regions, shared", "recorded")
    }


def test_ratios_stand_beside_the_published_band(table):
    ax = ratios_picture(table, ["grand", "small"])
    keys = ["environment", "n_items", "market", "seed"]
    by = table.pivot_table(index=keys, columns="mechanism", values="revenue")
    ours = [(by["bundleflow"] / by[name]).groupby(keys[:3]).mean() for name in ("grand", "small")]
    assert sorted(places(ax)) == pytest.approx(sorted(pd.concat(ours)))
    assert any(tuple(sorted(set(np.round(p.get_corners()[:, 0], 9)))) == PUBLISHED_RATIOS for p in ax.patches)


def test_curves_begin_after_stage_1():
    frame = pd.DataFrame(
        [
            {"learner": name, "seed": seed, "budget": 20, "iteration": i, "seconds": i / 10, "share": i / 40 + seed / 9}
            | {"stage_1_seconds": 3.0 * (name == "bundleflow")}
            for name in ("bundleflow", "rochet_st")
            for seed in range(2)
            for i in (0, 10, 20)
        ]
    )
    by_iteration, by_seconds = curves_picture(frame, 20).axes
    assert by_iteration.lines[0].get_xdata().tolist() == [0, 10, 20]
    assert by_seconds.lines[0].get_xdata().tolist() == [3, 4, 5]
    assert by_seconds.lines[1].get_xdata().tolist() == [0, 1, 2]
    np.testing.assert_allclose(by_iteration.lines[0].get_ydata(), frame.groupby("iteration")["share"].mean())
