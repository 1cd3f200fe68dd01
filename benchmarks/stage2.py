"""One iteration of Stage 2 of BundleFlow beside the plain autograd form that it replaces, at the released size.

Run as ``python benchmarks/stage2.py``; one thread, CPU seconds. The plain form evaluates the flow's network at every
Euler step with a graph through all of them, and values bundles by matrix products of indicators. Both start from the
same parameters, jitter and types and must have the same gradients.
"""

import time

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from common.auctions.cats import cats_bidders
from common.auctions.soft_revenue import soft_menu_revenue
from papers.bundleflow.config import BundleFlowConfig
from papers.bundleflow.diagonal_flow import DiagonalFlow
from papers.bundleflow.flow_stage import THRESHOLD
from papers.bundleflow.frozen_flow import FrozenFlow
from papers.bundleflow.menu_stage import MenuStage

ITEMS, ELEMENTS, SUPPORT, BATCH, REPEATS = 50, 5000, 8, 128, 3


def plain_revenue(flow, parameters, types, inverse_temperature, noise, density, steps=5):
    """The smoothed revenue as the equations have it: the network at every Euler step, everything in the graph."""
    points = parameters.points() + noise
    end, term = points, 0.0
    for eta in flow.euler_etas(steps):
        q = flow.q(points)
        end, term = end + eta * q * end / steps, term + eta * q.sum(dim=1) / steps
    lacking = (end < THRESHOLD).to(points.dtype)
    table = torch.from_numpy(types.to_dense()).to(points.dtype)
    held = torch.einsum("bki,ai->bka", table[..., :-1], lacking) < 0.5
    values = (held * table[..., -1:]).amax(dim=1).view(len(table), *parameters.omega.shape)
    weights = parameters.log_weights(density - term, inverse_temperature).exp()
    expected = (weights * values).sum(dim=-1)
    return soft_menu_revenue(expected, parameters.prices, inv_temperature=inverse_temperature)


def timed(function):
    function()
    begin = time.process_time()
    for _ in range(REPEATS):
        result = function()
    return (time.process_time() - begin) / REPEATS, result


def gradients(parameters, revenue):
    return torch.autograd.grad(revenue, [parameters.rho, parameters.omega, parameters.prices])


def main():
    torch.set_num_threads(1)
    config = BundleFlowConfig.laptop(ITEMS, menu_size=ELEMENTS, support_size=SUPPORT, batch=BATCH, device="cpu")
    types = cats_bidders("arbitrary", ITEMS, BATCH)
    flow = DiagonalFlow(ITEMS, generator=torch.Generator().manual_seed(0)).requires_grad_(False)
    generator = torch.Generator().manual_seed(1)
    stage = MenuStage(config, FrozenFlow(flow), types, generator)
    state = generator.get_state()
    noise, density = stage.parameters.draw_jitter(generator)
    temperature = stage.inverse_temperature.value

    def closed():
        generator.set_state(state)
        return gradients(stage.parameters, stage.soft_revenue(torch.arange(BATCH)))

    def plain():
        return gradients(stage.parameters, plain_revenue(flow, stage.parameters, types, temperature, noise, density))

    (fast, ours), (slow, theirs) = timed(closed), timed(plain)
    iteration, _ = timed(stage.step)
    print(f"m={ITEMS}, J={ELEMENTS}, D={SUPPORT}, batch {BATCH}, {types.atoms.shape[1]} atoms; one thread, CPU s")
    print(f"one iteration of Stage 2, with Adam      {iteration:7.3f}")
    print(f"loss and gradients, closed form          {fast:7.3f}")
    print(f"loss and gradients, plain autograd Euler {slow:7.3f}   x {slow / fast:.1f}")
    for name, a, b in zip(("support points", "weight logits", "prices"), ours, theirs, strict=True):
        print(f"relative difference of the gradients of {name:15}{(a - b).norm() / b.norm():9.1e}")
    assert all(np.isclose(a, b, rtol=0, atol=1e-5 * b.abs().max()).all() for a, b in zip(ours, theirs, strict=True))


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
