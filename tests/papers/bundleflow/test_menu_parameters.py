"""Where a menu starts, and weights that are always a lottery."""

import math

import pytest
import torch

from papers.bundleflow.config import BundleFlowConfig
from papers.bundleflow.menu_parameters import MenuParameters


def start(**changes):
    config = BundleFlowConfig.laptop(20, menu_size=400, support_size=4, **changes)
    return MenuParameters(config, torch.Generator().manual_seed(0), torch.float64)


def test_sizes_of_the_released_start_are_near_one_half_and_of_the_diverse_one_uniform():
    def sizes(parameters):
        return (parameters.points() > 0.5).double().mean(dim=1).view(400, 4).mean(dim=1)

    released, diverse = sizes(start()), sizes(start(support_start="diverse"))
    assert released.mean().item() == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(400 * 80))
    assert released.std().item() == pytest.approx(0.5 / math.sqrt(80), rel=0.2)
    assert diverse.mean().item() == pytest.approx(0.5, abs=4 / math.sqrt(12 * 400))
    assert diverse.std().item() == pytest.approx(math.sqrt(1 / 12), rel=0.15)


@pytest.mark.parametrize("support_range", [(0.05, 0.95), (0.5, 0.6)])
def test_points_stay_in_their_range_and_start_on_both_sides_of_its_middle(support_range):
    points = start(support_range=support_range).points()
    assert support_range[0] <= points.min() < sum(support_range) / 2 < points.max() <= support_range[1]


def test_prices_and_logits_start_in_the_unit_of_the_bids():
    small, large = start(), start(value_scale=1400.0)
    assert 0 <= small.prices.min() < small.prices.max() <= 1
    assert torch.equal(large.prices, 2 * small.prices)
    assert torch.equal(large.omega, 2 * small.omega)
    assert torch.equal(large.rho, small.rho)
    assert small.omega.std().item() == pytest.approx(1 / 4, rel=0.1)


def test_jitter_and_its_density():
    parameters = start()
    assert math.exp(-34) <= parameters.jitter.min() < parameters.jitter.max() <= math.exp(-4)
    noise, density = parameters.draw_jitter(torch.Generator().manual_seed(7))
    law = torch.distributions.Normal(0.0, parameters.jitter)
    torch.testing.assert_close(density, law.log_prob(noise).sum(dim=1))
    torch.testing.assert_close(parameters.density, law.log_prob(torch.zeros_like(noise)).sum(dim=1))


@pytest.mark.parametrize(("weights", "learnt"), [("released", True), ("dirac", True), ("no_density", False)])
def test_only_the_released_mode_has_jitter_and_without_density_means_do_not_learn(weights, learnt):
    parameters = start(weights=weights)
    assert (parameters.jitter is not None) == (weights == "released")
    assert parameters.rho.requires_grad is learnt
    assert not start(weights=weights, learn_means=False).rho.requires_grad


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("spread", [0.0, 1.0, 1e3, 1e6])
def test_weights_sum_to_one_whatever_the_scores(dtype, spread):
    config = BundleFlowConfig.laptop(3, menu_size=50, support_size=6)
    parameters = MenuParameters(config, torch.Generator().manual_seed(0), dtype)
    scores = spread * torch.randn(300, generator=torch.Generator().manual_seed(1), dtype=dtype)
    for inverse_temperature in (1e-3, 1e3):
        weights = parameters.log_weights(scores, inverse_temperature).exp()
        assert (weights >= 0).all()
        torch.testing.assert_close(weights.sum(dim=1), torch.ones(50, dtype=dtype))
