"""Unfolded lists lose nothing; the closed forms hold against every pattern of wants and against the threshold."""

from itertools import product

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linear_sum_assignment

from common.stats.aggregation import aggregate
from papers.delivery_tips.existence_study import couriers_needed
from papers.delivery_tips.sensitivity import (
    interval_panel,
    market_by_market,
    mean_least_cost,
    share_with_unwanted_store,
    unfold,
    wanted_stores,
)


def test_unfolding_keeps_every_entry_beside_its_run():
    rng = np.random.default_rng(0)
    entries = rng.random((2, 5, 3))
    runs = pd.DataFrame({"n": range(5), "seed": range(10, 15), "a": list(entries[0]), "b": entries[1].tolist()})
    long = unfold(runs, {"first": "a", "second": "b"}, "kind", "place", ["x", "y", "z"], "share")
    assert len(long) == entries.size
    assert set(long) == {"n", "seed", "kind", "place", "share"}
    assert (long["seed"] == long["n"] + 10).all()
    back = long.set_index(["kind", "n", "place"])["share"]
    for (k, kind), n, (p, place) in product(enumerate(["first", "second"]), range(5), enumerate("xyz")):
        assert back[kind, n, place] == entries[k, n, p]


def test_lists_of_another_length_are_refused():
    runs = pd.DataFrame({"seed": [0, 1], "a": [[1.0, 2.0], [1.0]]})
    with pytest.raises(ValueError, match="'a'"):
        unfold(runs, {0: "a"}, "kind", "place", [0, 1], "share")


def test_markets_add_up_to_their_shares():
    runs = pd.DataFrame({"n": [2, 2, 3], "seed": [0, 1, 0], "gap": [0.3, 1.0, 0.0]})
    markets = market_by_market(runs, "gap", 10)
    assert len(markets) == 30
    assert markets["gap"].dtype == bool
    assert markets.groupby(["n", "seed"])["gap"].sum().to_dict() == {(2, 0): 3, (2, 1): 10, (3, 0): 0}


@pytest.mark.parametrize("share", [0.25, 1.1, -0.1, np.nan])
def test_shares_of_no_whole_number_of_markets_are_refused(share):
    with pytest.raises(ValueError, match="gap"):
        market_by_market(pd.DataFrame({"gap": [0.5, share]}), "gap", 10)


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (3, 2), (4, 2), (3, 0), (0, 2)])
@pytest.mark.parametrize("density", [0.0, 0.3, 1.0])
def test_closed_forms_sum_over_all_patterns_of_wants(shape, density):
    cells = shape[0] * shape[1]
    mean = some = 0.0
    for pattern in product([0, 1], repeat=cells):
        chance = density ** sum(pattern) * (1 - density) ** (cells - sum(pattern))
        wanted = np.reshape(pattern, shape).any(axis=0)
        mean += chance * wanted.sum()
        some += chance * (not wanted.all())
    assert wanted_stores(*shape, density) == pytest.approx(mean)
    assert share_with_unwanted_store(*shape, density) == pytest.approx(some)


@pytest.mark.parametrize("n_buyers", [6, 12])
def test_closed_forms_bound_the_threshold(n_buyers):
    needed = couriers_needed(n_buyers, 6, 0.2, 800, seed=1)
    error = needed.std() / np.sqrt(needed.size)
    assert needed.mean() <= wanted_stores(n_buyers, 6, 0.2) + 4 * error
    assert (needed < 6).mean() >= share_with_unwanted_store(n_buyers, 6, 0.2) - 4 * np.sqrt(0.25 / needed.size)


def test_least_cost_is_parisis_sum_and_that_of_simulated_assignments():
    for n in range(7):
        assert mean_least_cost(n, n) == pytest.approx(sum(1 / k**2 for k in range(1, n + 1)))
    assert mean_least_cost(1, 5) == pytest.approx(1 / 5)  # the least of five exponentials
    rng = np.random.default_rng(2)
    costs = rng.exponential(size=(4000, 3, 5))
    least = np.array([c[linear_sum_assignment(c)].sum() for c in costs])
    assert least.mean() == pytest.approx(mean_least_cost(3, 5), abs=4 * least.std() / np.sqrt(least.size))


def test_impossible_sizes_and_densities_are_refused():
    for bound in (wanted_stores, share_with_unwanted_store):
        with pytest.raises(ValueError, match="density"):
            bound(3, 3, 1.5)
        with pytest.raises(ValueError, match="shape"):
            bound(-1, 3, 0.5)
    with pytest.raises(ValueError, match="n_couriers"):
        mean_least_cost(3, 2)


def test_a_panel_shows_every_mean_within_its_interval():
    runs = pd.DataFrame(
        [(n, q, seed, n * q + seed / 10) for n in (8, 10, 24) for q in (0.1, 0.5) for seed in range(4)],
        columns=["n", "q", "seed", "share"],
    )
    summary = aggregate(runs.astype({"n": "Int64"}), ["n", "q"], "share")  # as recorded sweeps have them
    figure, ax = plt.subplots()
    colours = interval_panel(ax, summary, "n", "q", ("buyers (count)", "share (ratio)"), "q = {:g}")
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["8", "10", "24"]
    assert ax.get_legend_handles_labels()[1] == ["q = 0.1", "q = 0.5"]
    for (q, rows), container in zip(summary.groupby("q"), ax.containers, strict=True):
        drawn, _, (bars,) = container
        assert np.allclose(drawn.get_ydata(), rows["mean"])
        assert drawn.get_color() == colours[q]
        ends = np.array([segment[:, 1] for segment in bars.get_segments()])
        assert np.allclose(ends, rows[["low", "high"]])
    low, high = ax.get_ylim()
    assert low < summary["low"].min()
    assert high > summary["high"].max()
    plt.close(figure)
