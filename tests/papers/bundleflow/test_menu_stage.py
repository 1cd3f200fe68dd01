"""An iteration of Stage 2 beside the equations, written out with autograd and brute force."""

import dataclasses

import numpy as np
import pytest
import torch

from common.auctions.cats import cats_bidders
from papers.bundleflow.config import BundleFlowConfig
from papers.bundleflow.diagonal_flow import DiagonalFlow
from papers.bundleflow.frozen_flow import FrozenFlow
from papers.bundleflow.menu_stage import MenuStage

ITEMS = 6
TYPES = cats_bidders("arbitrary", ITEMS, 30, additional_location=0.5, seed=5)
CONFIG = BundleFlowConfig.laptop(ITEMS, menu_size=12, support_size=3, batch=8, device="cpu", value_scale=150.0)


def a_flow(dtype=torch.float64):
    generator = torch.Generator().manual_seed(3)
    return DiagonalFlow(ITEMS, 16, generator=generator, dtype=dtype).requires_grad_(False)


def a_stage(config=CONFIG, flow=None, seed=1):
    flow = a_flow() if flow is None else flow
    return MenuStage(config, FrozenFlow(flow, config.euler_steps), TYPES, torch.Generator().manual_seed(seed))


def by_the_equations(stage, flow, config, index, noise, density):
    """Five Euler steps with the network in each, values by definition, softmax over the elements and nothing."""
    parameters, temperature = stage.parameters, stage.inverse_temperature.value
    points = 0.05 + 0.9 * torch.sigmoid(10 * parameters.rho).flatten(0, 1)
    points = points if noise is None else points + noise
    end, term = points, torch.zeros(len(points), dtype=points.dtype)
    for eta in flow.euler_etas(5):
        end, term = end + eta * flow.q(points) * end / 5, term + eta * flow.q(points).sum(dim=1) / 5
    bundles = (end >= 0.5).numpy()
    table = TYPES.take(index.numpy()).to_dense()
    held = (table[:, :, None, :-1] <= bundles).all(axis=-1)
    values = torch.from_numpy((held * table[..., -1:]).max(axis=1)).to(points.dtype).view(len(index), 12, 3)
    scores = {"released": -config.trace_sign * term, "dirac": -config.trace_sign * term, "no_density": 0 * term}
    scores = scores[config.weights] + (density if config.weights == "released" else 0)
    weights = torch.exp(temperature * parameters.omega + scores.view(12, 3) - scores.view(12, 3).max())
    weights = weights / weights.sum(dim=1, keepdim=True)
    utilities = (weights * values).sum(dim=2) - parameters.prices
    choices = torch.softmax(torch.cat([temperature * utilities, torch.zeros(len(index), 1)], dim=1), dim=1)
    return (choices[:, :-1] * parameters.prices).sum(dim=1).mean()


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 1e-5)])
@pytest.mark.parametrize(
    "changes",
    [{}, {"trace_sign": -1}, {"weights": "dirac"}, {"weights": "no_density"}],
    ids=["released", "reversed", "dirac", "no density"],
)
def test_revenue_and_gradients_are_those_of_the_equations(changes, dtype, tolerance):
    config = dataclasses.replace(CONFIG, **changes)
    flow, index = a_flow(dtype), torch.tensor([0, 7, 7, 29])
    stage = a_stage(config, flow)
    noise = density = None
    if config.weights == "released":
        stage.parameters.jitter.mul_(1e-2)  # so that scores of a double fit its precision, and weights mix
        stage.parameters.density.zero_()
        twin = torch.Generator()
        twin.set_state(stage._generator.get_state())
        noise, density = stage.parameters.draw_jitter(twin)
    learnt = [p for p in stage.parameters.parameters() if p.requires_grad]
    ours = stage.soft_revenue(index)
    expected = by_the_equations(stage, flow, config, index, noise, density)
    torch.testing.assert_close(ours, expected, rtol=tolerance, atol=0)
    for got, wanted in zip(torch.autograd.grad(ours, learnt), torch.autograd.grad(expected, learnt), strict=True):
        assert (got - wanted).abs().max() <= tolerance * wanted.abs().max()
        assert wanted.abs().max() > 0


@pytest.mark.parametrize("weights", ["released", "dirac", "no_density"])
def test_a_frozen_menu_is_a_table_of_lotteries_at_the_support_points(weights):
    flow = a_flow()
    stage = a_stage(dataclasses.replace(CONFIG, weights=weights), flow)
    for _ in range(3):
        stage.step()
    frozen = stage.frozen()
    np.testing.assert_allclose(frozen.menu.weights.sum(axis=1), 1, rtol=0, atol=1e-12)
    with torch.no_grad():
        bundles = flow.transport(stage.parameters.points()) >= 0.5
    masks = (bundles.numpy() * 2 ** np.arange(ITEMS)).sum(axis=1).astype(np.uint64)
    assert np.array_equal(frozen.menu.bundles.ravel(), masks)
    assert frozen.menu.regret(TYPES) <= 1e-9


def test_prices_below_nothing_are_set_to_nothing_and_counted():
    stage = a_stage()
    with torch.no_grad():
        stage.parameters.prices[:3] = torch.tensor([-1.0, -0.5, 0.0])
    frozen = stage.frozen()
    assert frozen.negative_prices == 2
    assert frozen.menu.prices.min() == 0


def test_a_small_set_of_types_is_a_batch_in_full():
    stage = a_stage(dataclasses.replace(CONFIG, batch=30))
    assert stage._draw().tolist() == list(range(30))
    assert a_stage()._draw().shape == (8,)


def test_fixed_support_points_stay_and_the_rest_learns():
    stage = a_stage(dataclasses.replace(CONFIG, learn_means=False))
    before = {name: value.clone() for name, value in stage.parameters.named_parameters()}
    for _ in range(5):
        stage.step()
    after = dict(stage.parameters.named_parameters())
    assert torch.equal(before["rho"], after["rho"])
    assert not torch.equal(before["omega"], after["omega"])
    assert not torch.equal(before["prices"], after["prices"])


def test_the_first_step_of_every_parameter_is_its_step_size():
    """Adam's first step is the step size times the gradient's sign, where the gradient is above eps."""
    stage = a_stage(dataclasses.replace(CONFIG, weights="dirac", batch=30))
    before = {name: value.clone() for name, value in stage.parameters.named_parameters()}
    stage.step()
    scale = 150 / 700
    for name, size in {"rho": 0.3, "omega": 3 * scale, "prices": 3 * scale}.items():
        moved = (stage.parameters.get_parameter(name) - before[name]).abs()
        assert moved.max().item() == pytest.approx(size)
        assert (moved > 0.999 * size).double().mean() > 0.95


def test_the_odd_rule_is_applied_every_400_iterations():
    config = dataclasses.replace(CONFIG, odd_rule=True, learn_means=False, inverse_temperature=(1e-6, 1e-3))
    config = dataclasses.replace(config, iterations=10_000, weights="dirac")
    stage = a_stage(config)
    seen = []
    stage.inverse_temperature.look_at = seen.append
    for _ in range(800):
        stage.step()
    assert len(seen) == 2
    assert 0.05 < seen[0] < 0.95


def test_types_must_fit():
    with pytest.raises(ValueError, match="over 6 items"):
        MenuStage(CONFIG, FrozenFlow(a_flow()), cats_bidders("arbitrary", 5, 3), torch.Generator())
    with pytest.raises(ValueError, match="at least one"):
        MenuStage(CONFIG, FrozenFlow(a_flow()), TYPES.take(slice(0, 0)), torch.Generator())
