import numpy as np
import pytest
import torch
from torch import nn

from papers.bundleflow.diagonal_flow import DiagonalFlow
from papers.bundleflow.flow_diagnostics import (
    constant_q_table,
    density_table,
    rounding_report,
    trace_gradient,
    trace_sign_share,
)
from papers.bundleflow.flow_stage import FittedFlow, fit_flow, initial_draw


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def linear_flow(slopes, eta=1.0):
    """A flow with Q(s) = slopes * tanh(s) nearly and a constant eta, built by hand."""
    m = len(slopes)
    flow = DiagonalFlow(m, m, generator=generator())
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.zero_()
        flow.q_network[0].weight.copy_(0.1 * torch.eye(m))
        flow.q_network[2].weight.copy_(torch.eye(m))
        flow.q_network[4].weight.copy_(torch.diag(torch.tensor(slopes)))
        flow.eta_network[2].bias.fill_(eta)
    return flow


class Rounder(nn.Module):
    """Stands in for a flow that carries every point to the nearest corner, or past it for one item."""

    n_items = 3

    def __init__(self, broken):
        super().__init__()
        self.broken = broken

    def transport(self, s0, steps=5):
        ends = (s0 >= 0.5).float()
        ends[:, self.broken] = 0.0
        return ends


def test_rounding_report_counts_by_hand():
    draw = initial_draw("wide", 3, generator())
    fitted = FittedFlow(Rounder([]), "wide", draw, None)
    report = rounding_report(fitted, 2000, generator(1))
    assert (report.items, report.bundles, report.distinct, report.draws) == (1.0, 1.0, 8, 2000)
    s0 = draw(2000, generator(1))
    np.testing.assert_array_equal(report.sizes, np.bincount((s0 >= 0.5).sum(dim=1), minlength=4))
    broken = rounding_report(FittedFlow(Rounder([1]), "wide", draw, None), 2000, generator(1))
    lost = (s0[:, 1] >= 0.5).double().mean().item()
    assert broken.items == pytest.approx(1 - lost / 3)
    assert broken.bundles == pytest.approx(1 - lost)
    assert broken.distinct == 4
    assert broken.sizes.sum() == 2000


def test_rounding_report_draws_from_where_it_is_told():
    fitted = FittedFlow(Rounder([1]), "wide", lambda n, g: torch.zeros(n, 3), None)
    assert rounding_report(fitted, 100, generator()).bundles == 1
    assert rounding_report(fitted, 100, generator(), where="stage-2").bundles < 0.8
    with pytest.raises(ValueError, match="initial"):
        rounding_report(fitted, 100, generator(), where="nowhere")
    with pytest.raises(ValueError, match="draws"):
        rounding_report(fitted, 0, generator())


@pytest.mark.parametrize("eta", [1.0, -1.0])
def test_trace_sign_share_of_a_field_made_by_hand(eta):
    flow = linear_flow([1.0, -1.0, 2.0, -3.0], eta)
    assert trace_sign_share(flow, draws=100) == 0.5
    assert trace_sign_share(linear_flow([1.0, 1.0, 1.0, -3.0], eta), draws=100) == (0.75 if eta > 0 else 0.25)


def test_the_share_counts_points_and_does_not_average_slopes():
    flow = DiagonalFlow(1, 2, generator=generator())  # a gentle fall, and a steep rise around one half
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.zero_()
        flow.q_network[0].weight.copy_(torch.tensor([[1.0], [60.0]]))
        flow.q_network[0].bias.copy_(torch.tensor([0.0, -30.0]))
        flow.q_network[2].weight.copy_(torch.eye(2))
        flow.q_network[4].weight.copy_(torch.tensor([[-1.0, 2.0]]))
        flow.eta_network[2].bias.fill_(1.0)
    q = flow.q(torch.linspace(0.05, 0.95, 100_001)[:, None]).detach().double().numpy()[::10, 0]
    assert q[-1] > q[0]
    rises = (np.diff(q) > 0).mean()
    assert 0.03 < rises < 0.2
    assert trace_sign_share(flow, draws=40_000) == pytest.approx(rises, abs=0.008)


def test_the_share_does_not_depend_on_the_sign_convention():
    flow = fit_flow(6, iterations=50, batch=64, hidden=16, seed=3).flow
    share = trace_sign_share(flow)
    for layer in (flow.q_network[-1], flow.eta_network[-1]):
        layer.weight.neg_()
        layer.bias.neg_()
    assert trace_sign_share(flow) == share


def test_trace_gradient_is_that_of_finite_differences():
    flow = fit_flow(3, iterations=30, batch=64, hidden=8).flow.in_double()
    s0, h = torch.rand(4, 3, generator=generator(), dtype=torch.float64), 1e-6
    for i in range(3):
        step = h * torch.eye(3, dtype=torch.float64)[i]
        change = (flow.liouville_term(s0 + step) - flow.liouville_term(s0 - step)) / (2 * h)
        torch.testing.assert_close(trace_gradient(flow, s0)[:, i], change, rtol=1e-6, atol=1e-8)
    assert not any(parameter.requires_grad for parameter in flow.parameters())


def test_density_table_is_exact_for_a_constant_q():
    flow = fit_flow(5, iterations=30, batch=64, hidden=16).flow
    s0 = initial_draw("wide", 5, generator())(20, generator(1))
    table = density_table(flow.with_constant_q(s0[0]), s0)
    np.testing.assert_allclose(table["log_det_ode"], table["liouville_ode"], atol=1e-12)
    assert (table["log_det_euler"] - table["liouville"]).abs().max() > 1e-4  # five steps are not the equation
    own, held = density_table(flow, s0), constant_q_table(flow, s0[:4])
    np.testing.assert_allclose(held["liouville"], own["liouville"][:4], rtol=1e-6)
    np.testing.assert_allclose(held["log_det_ode"], own["liouville_ode"][:4], rtol=1e-6)
    assert (own["log_det_ode"] - own["liouville_ode"]).abs().max() > 1e-2
    assert len(own) == 20


def test_bad_draws_are_refused():
    with pytest.raises(ValueError, match="draws"):
        trace_sign_share(linear_flow([1.0]), draws=0)
