import numpy as np
import pytest
import torch

from papers.bundleflow.flow_diagnostics import trace_gradient
from papers.bundleflow.flow_stage import fit_flow
from papers.bundleflow.flow_study import flow_snapshots, initial_table, steps_table, term_along_one_item, train_flows

SMALL = {"batch": 16, "hidden": 8}


@pytest.fixture(scope="module")
def flows():
    return train_flows(3, [("wide", 30), ("official", 60)], seeds=2, seed=5, **SMALL)


def test_snapshots_are_flows_whose_training_ended_there():
    run = flow_snapshots(2, [0, 5, 20], seed=3, cosine=False, **SMALL)
    assert list(run.flows) == [0, 5, 20]
    s0 = torch.rand(4, 2, generator=torch.Generator().manual_seed(0))
    short = fit_flow(2, iterations=5, seed=3, cosine=False, **SMALL)
    torch.testing.assert_close(run.flows[5].transport(s0), short.flow.transport(s0), rtol=0, atol=0)
    torch.testing.assert_close(run.flows[20].transport(s0), run.fitted.flow.transport(s0), rtol=0, atol=0)
    paths = run.paths(s0)
    assert paths[5].shape == (6, 4, 2)
    np.testing.assert_allclose(paths[5][-1], short.flow.transport(s0).numpy(), rtol=1e-5)
    np.testing.assert_array_equal(paths[0][0], s0.numpy())


@pytest.mark.parametrize("at", [[], [-1, 3], [0], [2, 2], [5, 3]])
def test_bad_moments_are_refused(at):
    with pytest.raises(ValueError, match="at must increase"):
        flow_snapshots(2, at, **SMALL)


def test_flows_differ_by_seed_and_are_the_same_again(flows):
    assert list(flows) == [("wide", 30, 0), ("wide", 30, 1), ("official", 60, 0), ("official", 60, 1)]
    assert list(flows["wide", 30, 0].flows) == [0, 3, 10, 30]
    again = train_flows(3, [("wide", 30)], seeds=1, seed=5, **SMALL)["wide", 30, 0]
    losses = [run.fitted.history.loss for run in (flows["wide", 30, 0], again, flows["wide", 30, 1])]
    np.testing.assert_array_equal(losses[0], losses[1])
    assert (losses[0] != losses[2]).any()
    with pytest.raises(ValueError, match="seeds"):
        train_flows(3, [("wide", 30)], seeds=0, seed=5)


def test_the_table_has_a_row_a_flow(flows):
    table = initial_table(flows, draws=200)
    assert table[["initial", "iterations", "number"]].to_numpy().tolist() == [list(key) for key in flows]
    shares = table[["items, wide", "items, stage-2", "bundles, wide", "trace_share"]]
    assert ((shares >= 0) & (shares <= 1)).all(axis=None)
    assert (table["bundles, wide"] <= table["items, wide"]).all()
    assert table["loss"].tolist() == [run.fitted.history.loss[-1] for run in flows.values()]


def test_the_term_along_an_item_rises_by_the_integral_of_its_derivative(flows):
    flow = flows["wide", 30, 0].fitted.flow.in_double()
    at = np.linspace(0.3, 0.7, 41)
    table = term_along_one_item({"flow": flow}, at, draws=30)
    assert table["flow"].mean() == pytest.approx(0, abs=1e-12)
    generator = torch.Generator().manual_seed(0)
    s0 = 0.05 + 0.9 * torch.rand(30, 3, generator=generator).double()  # the points of the table, in its own words
    slopes = np.zeros(41)
    for i in range(3):
        for k, value in enumerate(at):
            moved = s0.clone()
            moved[:, i] = value
            slopes[k] += trace_gradient(flow, moved)[:, i].mean().item() / 3
    rise = np.trapezoid(slopes, at)
    assert table["flow"].iloc[-1] - table["flow"].iloc[0] == pytest.approx(rise, rel=1e-3)


def test_more_steps_close_the_gap_at_first_order(flows):
    table = steps_table(flows["wide", 30, 0].fitted.flow, torch.tensor([0.2, 0.6, 0.9]), [5, 1000, 2000])
    gaps = table["gap"].abs()
    assert gaps[5] > gaps[1000] > gaps[2000]
    assert gaps[1000] / gaps[2000] == pytest.approx(2, rel=0.02)
