"""Recorded sweeps of notebook 08 as tables and pictures."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from common.stats import mean_interval
from papers.bundleflow.sensitivity import (
    ALL_SIZES,
    DIVERSE,
    GRAND,
    LABELS,
    RELEASED,
    TARIFF,
    leads_table,
    market_picture,
    menu_picture,
    share_table,
    train_again,
)


def runs(**grid):
    rng = np.random.default_rng(0)
    rows = [dict(zip((*grid, "seed"), cell, strict=True)) for cell in product(*grid.values(), range(3))]
    return pd.DataFrame(rows).assign(many_items_shares=rng.uniform(0.3, 0.6, (len(rows), len(LABELS))).tolist())


@pytest.fixture
def market():
    return runs(additional_location=[0.6, 0.9], n_items=[10, 50])


def test_shares_stand_under_their_mechanisms(market):
    shares = share_table(market, ["additional_location", "n_items"])
    run = market.iloc[4]
    assert shares.loc[(run["additional_location"], run["n_items"], run["seed"])].tolist() == run["many_items_shares"]
    assert tuple(shares) == LABELS
    with pytest.raises(ValueError, match="entries each"):
        share_table(market.assign(many_items_shares=[[0.1]] * len(market)), ["additional_location", "n_items"])


def test_leads_are_paired_by_seed(market):
    shares = share_table(market, ["additional_location", "n_items"])
    cell = shares.loc[(0.9, 50)]
    found = mean_interval(100 * (cell[TARIFF] - cell[GRAND]).to_numpy())
    text = f"{found.estimate:+.1f} [{found.low:+.1f}, {found.high:+.1f}]"
    assert leads_table(shares, {"lead": (TARIFF, GRAND)}).loc[(0.9, 50), "lead"] == text


def test_a_panel_for_each_kind_of_bidder(market):
    shares = share_table(market, ["additional_location", "n_items"])
    left, right = (ax for ax in market_picture(shares).axes if ax.axison)
    assert [tick.get_text() for tick in right.get_xticklabels()] == ["10", "50"]
    drawn = {tuple(line.get_ydata()) for line in left.lines if len(line.get_ydata()) == 2}
    assert any(np.allclose(ys, shares.loc[0.6, TARIFF].groupby("n_items").mean()) for ys in drawn)


def test_a_line_for_each_support_and_one_for_given_bundles():
    shares = share_table(runs(support=[1, 4], n_menu=[25, 100, 400]), ["support", "n_menu"])
    for ax, start in zip(menu_picture(shares).axes, (RELEASED, DIVERSE), strict=False):
        drawn = [line.get_ydata() for line in ax.lines if len(line.get_ydata()) == 3]
        for expected in (shares.loc[4, start], shares.loc[1, ALL_SIZES]):
            assert any(np.allclose(ys, expected.groupby("n_menu").mean()) for ys in drawn)


def test_looks_change_nothing():
    run = {
        "environment": "arbitrary", "n_items": 8, "additional_location": 0.6, "n_menu": 10, "support": 2, "seed": 1,
        "iterations": 40, "flow_initial": "stage-2", "flow_iterations": 200, "n_train": 100, "n_test": 50,
    }  # fmt: skip
    often, train, test = train_again(run, 10)
    seldom = train_again(run, 40)[0]
    assert (len(train), len(test)) == (100, 50)
    assert often.rule.payments(test).tolist() == seldom.rule.payments(test).tolist()
    assert often.history["iteration"].tolist() == [0, 10, 20, 30, 40]
