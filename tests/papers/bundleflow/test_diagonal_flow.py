import math

import numpy as np
import pytest
import torch

from common.diffusion.flows import euler
from common.diffusion.log_det import log_abs_det
from papers.bundleflow.diagonal_flow import DiagonalFlow, constant_q_log_abs_det

DOUBLE = torch.float64


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def flow(n_items=6, seed=0, dtype=DOUBLE, scale=3.0):
    """A flow with larger weights than at the start, so that no factor is near 1."""
    field = DiagonalFlow(n_items, 16, 12, generator=generator(seed), dtype=dtype)
    with torch.no_grad():
        for parameter in field.parameters():
            parameter.mul_(scale)
    return field


def points(n=9, n_items=6, dtype=DOUBLE):
    return torch.rand(n, n_items, generator=generator(7), dtype=dtype)


@pytest.mark.parametrize("steps", [1, 5, 40])
def test_closed_form_is_so_many_euler_steps(steps):
    field, s0 = flow(), points()
    path = euler(field, s0, steps)
    assert path.shape == (steps + 1, 9, 6)
    torch.testing.assert_close(path[0], s0, rtol=0, atol=0)
    torch.testing.assert_close(field.transport(s0, steps), path[-1], rtol=1e-12, atol=1e-12)


def test_euler_is_the_definition_written_out():
    field, s0 = flow(), points()
    s = s0.clone()
    for k in range(5):
        eta = field.eta_network(torch.tensor([[k / 5]], dtype=DOUBLE)).item()
        s = s + eta * field.q_network(s0) * s / 5
    torch.testing.assert_close(euler(field.velocity, s0)[-1], s, rtol=1e-13, atol=1e-13)


def test_many_steps_approach_the_exact_solution_at_first_order():
    field, s0 = flow(), points()
    exact = field.transport(s0, None)
    errors = [(field.transport(s0, steps) - exact).abs().max().item() for steps in (2000, 4000)]
    assert errors[1] < 1e-2
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.01)


def test_the_exact_solution_is_that_of_an_independent_solver():
    from scipy.integrate import solve_ivp

    field, s0 = flow(3), points(1, 3)

    def velocity(t, s):
        return field(torch.tensor([[t]], dtype=DOUBLE), s0, torch.from_numpy(s[None]))[0].detach().numpy()

    solved = solve_ivp(velocity, (0, 1), s0[0].numpy(), rtol=1e-11, atol=1e-12).y[:, -1]
    np.testing.assert_allclose(field.transport(s0, None)[0].detach().numpy(), solved, rtol=1e-8)


def test_liouville_term_is_the_logarithm_of_the_exact_factors():
    field, s0 = flow(), points()
    factors = field.euler_factors(s0, None)
    torch.testing.assert_close(field.liouville_term(s0, None), factors.log().sum(dim=1))
    etas = field.eta(torch.arange(5, dtype=DOUBLE) / 5)
    torch.testing.assert_close(field.liouville_term(s0), field.q(s0).sum(dim=1) * etas.mean())


def test_a_copy_with_constant_q_has_it_everywhere():
    field, s0 = flow(), points()
    constant = field.with_constant_q(s0[2])
    torch.testing.assert_close(constant.q(s0), field.q(s0)[2].expand(9, -1))
    torch.testing.assert_close(constant.transport(s0)[2], field.transport(s0)[2])
    assert (field.q(s0)[0] != field.q(s0)[1]).all()


def test_first_weights_have_the_range_of_torchs_layers_and_come_from_the_generator():
    first, second, third = (DiagonalFlow(50, generator=generator(seed)) for seed in (3, 3, 4))
    for layer in (*first.q_network[::2], *first.eta_network[::2]):
        bound = 1 / math.sqrt(layer.in_features)
        assert 0.8 * bound < layer.weight.abs().max() <= bound
    s0 = points(4, 50, torch.float32)
    torch.testing.assert_close(first.transport(s0), second.transport(s0), rtol=0, atol=0)
    assert (first.transport(s0) != third.transport(s0)).any()
    assert first.dtype is torch.float32
    assert first.in_double().dtype is DOUBLE
    state = torch.random.get_rng_state()
    DiagonalFlow(5, generator=generator())
    assert torch.equal(torch.random.get_rng_state(), state)


def test_the_liouville_term_is_exact_for_a_constant_q_and_not_for_another():
    field, s0 = flow(4, scale=2.0).requires_grad_(False), points(7, 4)
    constant = field.with_constant_q(s0[0])
    exact = log_abs_det(lambda s: constant.transport(s, None), s0)
    np.testing.assert_allclose(exact.numpy(), constant.liouville_term(s0, None).numpy(), atol=1e-12)
    varying = log_abs_det(lambda s: field.transport(s, None), s0)
    assert (varying - field.liouville_term(s0, None)).abs().min() > 1e-3


def test_euler_steps_with_a_constant_q_have_a_closed_form():
    field, s0 = flow(4, scale=2.0).requires_grad_(False), points(7, 4)
    constant = field.with_constant_q(s0[0])
    exact = log_abs_det(constant.transport, s0)
    closed = constant_q_log_abs_det(constant.q(s0), constant.euler_etas())
    np.testing.assert_allclose(exact.numpy(), closed.numpy(), atol=1e-12)
    limit = constant_q_log_abs_det(constant.q(s0[:1]), constant.euler_etas(100_000))
    np.testing.assert_allclose(limit.numpy(), constant.liouville_term(s0[:1], None).numpy(), atol=1e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_items": 0}, "n_items must be an integer >= 1, given 0"),
        ({"n_items": 2.0}, "n_items"),
        ({"n_items": 3, "hidden": 0}, "hidden"),
        ({"n_items": 3, "hidden2": -1}, "hidden2"),
        ({"n_items": 3, "hidden": True}, "hidden"),
        ({"n_items": 3, "dtype": torch.int64}, "dtype"),
    ],
)
def test_bad_sizes_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        DiagonalFlow(**arguments, generator=generator())


def test_bad_points_and_steps_are_refused():
    field = flow()
    with pytest.raises(ValueError, match=r"s0 must have shape \(B, 6\), given \(2, 5\)"):
        field.transport(points(2, 5))
    with pytest.raises(ValueError, match="s0 must have shape"):
        field.liouville_term(points()[0])
    for steps in (0, -5, 2.5, True):
        with pytest.raises(ValueError, match="steps must be an integer >= 1"):
            field.transport(points(), steps)
