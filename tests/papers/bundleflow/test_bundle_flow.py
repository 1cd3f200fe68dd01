"""Both stages: what comes out is a legitimate menu, the same every time, and never above the optimum."""

import copy
import dataclasses

import numpy as np
import pandas as pd
import pytest
import torch

from common.auctions.cats import cats_bidders
from common.auctions.optimal import optimal_mechanism
from papers.bundleflow.bundle_flow import BundleFlow
from papers.bundleflow.config import BundleFlowConfig
from papers.bundleflow.diagonal_flow import DiagonalFlow

ITEMS = 6
TYPES = cats_bidders("arbitrary", ITEMS, 60, additional_location=0.5, seed=5)
FRESH = cats_bidders("arbitrary", ITEMS, 40, additional_location=0.5, seed=6)
CONFIG = BundleFlowConfig.laptop(
    ITEMS,
    menu_size=40,
    support_size=4,
    flow_iterations=1500,
    flow_batch=256,
    iterations=150,
    value_scale=120.0,
    evaluate_every=50,
)


@pytest.fixture(scope="module")
def flow():
    return BundleFlow(CONFIG).fit_flow().flow


@pytest.fixture(scope="module")
def learner(flow):
    return BundleFlow(CONFIG, seed=3, flow=flow).fit_menu(TYPES)


def changed(**changes):
    return dataclasses.replace(CONFIG, **changes)


def same(a, b):
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("bundles", "weights", "prices"))


def test_the_menu_is_legitimate_and_below_the_optimum(learner):
    menu = learner.menu()
    np.testing.assert_allclose(menu.weights.sum(axis=1), 1, rtol=0, atol=1e-12)
    assert menu.prices.min() >= 0
    assert menu.regret(TYPES) <= 1e-9
    assert (menu.buy(TYPES)[1] >= -1e-9).all()
    optimum = optimal_mechanism(TYPES).revenue
    assert 0.4 * optimum < menu.revenue(TYPES) <= optimum * (1 + 1e-9) <= TYPES.grand_values().mean() * (1 + 1e-6)


def test_the_history_ends_with_the_menu(learner):
    history = learner.history
    assert history["iteration"].tolist() == [0, 50, 100, 150]
    assert history["hard_revenue"].iloc[-1] == pytest.approx(learner.menu().revenue(TYPES))
    assert (np.diff(history["seconds"]) > 0).all()
    assert history["inverse_temperature"].iloc[[0, -1]].tolist() == pytest.approx([0.003 * 700 / 120, 0.1 * 700 / 120])
    assert np.isfinite(history.to_numpy(dtype=float)).all()


def test_it_learns(learner):
    revenue = learner.history["hard_revenue"]
    assert revenue.iloc[-1] > 20 * revenue.iloc[0]


def test_the_seed_decides_everything(flow, learner):
    again = BundleFlow(CONFIG, seed=3, flow=flow).fit_menu(TYPES)
    other = BundleFlow(CONFIG, seed=4, flow=flow).fit_menu(TYPES)
    assert same(again.menu(), learner.menu())
    columns = [name for name in learner.history if name != "seconds"]
    pd.testing.assert_frame_equal(again.history[columns], learner.history[columns])
    assert not same(other.menu(), learner.menu())
    short = changed(flow_iterations=5)
    one, two = (BundleFlow(short, seed=8).fit_flow().flow.state_dict() for _ in range(2))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_bids_of_another_scale_give_prices_of_that_scale(flow):
    """A power of two changes no rounding, save of gradients near eps: hence double precision and no eps to speak of."""
    flow, config = copy.deepcopy(flow).double(), changed(adam_eps=1e-150, weights="dirac")
    menu = BundleFlow(config, flow=flow).fit_menu(TYPES).menu()
    scaled = dataclasses.replace(config, value_scale=4 * config.value_scale)
    dear = BundleFlow(scaled, flow=flow).fit_menu(TYPES.scaled(4.0)).menu()
    assert np.array_equal(dear.bundles, menu.bundles)
    np.testing.assert_allclose(dear.weights, menu.weights, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(dear.prices, 4 * menu.prices, rtol=1e-9)


def test_selection_takes_the_best_row_on_held_out_types(flow):
    config = changed(selection="validation", evaluate_every=10, iterations=60, validation_share=0.25)
    learner = BundleFlow(config, flow=flow).fit_menu(TYPES)
    held_out = TYPES.take(slice(45, 60))
    assert learner.menu().revenue(held_out) == pytest.approx(learner.history["hard_revenue"].max())
    cut = BundleFlow(config, flow=flow).fit_menu(TYPES.take(slice(0, 45)), held_out)
    assert same(cut.menu(), learner.menu())  # held-out types are not trained on


def test_validation_types_change_what_is_measured_not_what_is_learnt(flow, learner):
    measured = BundleFlow(CONFIG, seed=3, flow=flow).fit_menu(TYPES, FRESH)
    assert same(measured.menu(), learner.menu())
    assert measured.history["hard_revenue"].iloc[-1] == pytest.approx(measured.menu().revenue(FRESH))


def test_an_interruption_keeps_what_was_learnt(flow):
    def interrupt(row):
        if row["iteration"] == 50:
            raise KeyboardInterrupt

    learner = BundleFlow(CONFIG, flow=flow).fit_menu(TYPES, callback=interrupt)
    assert learner.history["iteration"].max() == 50
    assert learner.menu().revenue(TYPES) > 0


def test_a_time_limit_ends_it(flow):
    config = changed(iterations=10**9, annealing_share=1e-6)
    learner = BundleFlow(config, flow=flow).fit_menu(TYPES, max_seconds=0.2)
    assert learner.history["iteration"].iloc[-1] >= 1
    with pytest.raises(ValueError, match="max_seconds"):
        learner.fit_menu(TYPES, max_seconds=0)


def rising_trace():
    """A flow whose weights are all positive: every coordinate raises the trace."""
    flow = DiagonalFlow(ITEMS, 4, generator=torch.Generator().manual_seed(0)).requires_grad_(False)
    for parameter in flow.parameters():
        parameter.fill_(0.3)
    return flow


def test_a_flow_that_teaches_the_wrong_way_is_refused():
    bad = rising_trace()
    with pytest.raises(ValueError, match="along 100%"):
        BundleFlow(CONFIG, flow=bad).fit_menu(TYPES)
    few = changed(iterations=1)
    for fine in ({"check_trace": False}, {"trace_sign": -1}, {"learn_means": False}, {"weights": "no_density"}):
        BundleFlow(dataclasses.replace(few, **fine), flow=bad).fit_menu(TYPES)


def test_bad_arguments(flow):
    with pytest.raises(RuntimeError, match="fit_menu"):
        BundleFlow(CONFIG).menu()
    with pytest.raises(ValueError, match="over 7 items"):
        BundleFlow(changed(n_items=7), flow=flow)
    with pytest.raises(ValueError, match="seed"):
        BundleFlow(CONFIG, seed=-1)
    with pytest.raises(ValueError, match="over 6 items"):
        BundleFlow(CONFIG, flow=flow).fit_menu(cats_bidders("arbitrary", 5, 4))
    with pytest.raises(ValueError, match="validation"):
        BundleFlow(CONFIG, flow=flow).fit_menu(TYPES, TYPES.take(slice(0, 0)))
    with pytest.raises(ValueError, match="two"):
        BundleFlow(changed(selection="validation"), flow=flow).fit_menu(TYPES.take(slice(0, 1)))
