"""The closed form of the diagonal flow against a plain loop of Euler steps: CPU milliseconds a call.

    .venv/bin/python benchmarks/flow.py

"loop" evaluates Q in every step, as a general integrator must; "product" evaluates it once. "with gradient" adds the
backward pass to the starting points, through the end points and the Liouville term. Both forms agree to rounding; the
last column is their largest difference in float32.
"""

import time

import torch

from common.diffusion.flows import euler
from papers.bundleflow.diagonal_flow import DiagonalFlow

STEPS = 5


def milliseconds(call, *arguments, repeats=5):
    """CPU time of the fastest of some calls, after one to warm up."""
    call(*arguments)
    times = []
    for _ in range(repeats):
        start = time.process_time()
        call(*arguments)
        times.append(time.process_time() - start)
    return 1e3 * min(times)


def loop(flow, s0):
    return euler(flow.velocity, s0, STEPS)[-1]


def product(flow, s0):
    return flow.transport(s0, STEPS)


def with_gradient(form, flow, s0):
    points = s0.clone().requires_grad_()
    (form(flow, points).sum() + flow.liouville_term(points, STEPS).sum()).backward()


def main():
    torch.set_num_threads(1)
    print(
        f"{'items':>6}{'points':>8}{'loop':>9}{'product':>9}{'ratio':>7}{'with gradient: loop':>22}{'product':>9}",
        end="",
    )
    print(f"{'ratio':>7}{'difference':>12}")
    for n_items, points in ((50, 4_000), (50, 40_000), (100, 4_000), (150, 4_000)):
        generator = torch.Generator().manual_seed(0)
        hidden = 128 if n_items <= 100 else 256
        flow = DiagonalFlow(n_items, hidden, generator=generator).requires_grad_(False)
        s0 = 0.05 + 0.9 * torch.rand(points, n_items, generator=generator)
        plain = [milliseconds(form, flow, s0) for form in (loop, product)]
        graded = [milliseconds(with_gradient, form, flow, s0) for form in (loop, product)]
        difference = (loop(flow, s0) - product(flow, s0)).abs().max().item()
        print(f"{n_items:6}{points:8}{plain[0]:9.1f}{plain[1]:9.1f}{plain[0] / plain[1]:7.2f}", end="")
        print(f"{graded[0]:22.1f}{graded[1]:9.1f}{graded[0] / graded[1]:7.2f}{difference:12.1e}")


if __name__ == "__main__":
    main()
