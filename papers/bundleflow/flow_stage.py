r"""Stage 1 of BundleFlow: a flow that carries points near the middle of the cube to its corners, that is, to bundles.

Starting points :math:`s_0` come from a fixed initial distribution. The target of :math:`s_0` is drawn around the corner
nearest to it, :math:`s_T \sim \mathcal N(\mathbb 1\{s_0 \ge 1/2\}, \sigma_z^2 I)`, and the field is trained by straight
lines (equations 13-17; dossier sections 3 and 4.1). No valuations are used. Stage 2 freezes the flow.

Which initial distribution matters more than it seems: Stage 2 uses the flow at points of [0.05, 0.95], far outside of
what the released training draws ("official"), and learns in the direction that the flow's trace has there (dossier 6.3,
`papers.bundleflow.flow_diagnostics`). Hence two more: "wide", the default, and "stage-2".
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from common.diffusion.flows import check_count
from common.diffusion.rectified import TrainingHistory, train_rectified_flow
from common.rl.q_learning import choose_device
from papers.bundleflow.diagonal_flow import DiagonalFlow

Initial = Literal["official", "wide", "stage-2"]
"""Name of an initial distribution."""

Draw = Callable[[int, torch.Generator], Tensor]
"""Draws so many starting points, (n, m)."""

THRESHOLD = 0.5
"""An item is in the bundle if its coordinate at the end is at least this."""


@dataclass(frozen=True)
class FittedFlow:
    """A flow after Stage 1, frozen.

    Attributes
    ----------
    flow : DiagonalFlow
        In evaluation mode, its parameters without gradients.
    initial : str
        Name of the initial distribution that it was trained on.
    draw : callable
        Draws starting points of that distribution: ``draw(n, generator)``, shape (n, m), on the flow's device.
    history : TrainingHistory
        Loss (mean squared distance, summed over items) and CPU seconds by iteration.
    """

    flow: DiagonalFlow
    initial: Initial
    draw: Draw
    history: TrainingHistory

    def bundles(self, s0: Tensor, steps: int | None = 5) -> Tensor:
        """Return the bundles (B, m), bool, that starting points (B, m) are carried to; steps as in `DiagonalFlow`."""
        with torch.no_grad():
            return self.flow.transport(s0, steps) >= THRESHOLD


def support_points(rho: Tensor) -> Tensor:
    r"""Return :math:`0.05 + 0.9\,\mathrm{sigmoid}(10\rho)`, the range of Stage 2's support points (dossier 4.2)."""
    return 0.05 + 0.9 * torch.sigmoid(10 * rho)


def initial_draw(initial: Initial, n_items: int, generator: torch.Generator) -> Draw:
    """Return the sampler of an initial distribution.

    Parameters
    ----------
    initial : {"official", "wide", "stage-2"}
        "official": three Gaussians of equal weight and standard deviation ``exp(-3)``, whose means are drawn once, each
        coordinate ``0.45 + 0.1 sigmoid(U[0, 1])``. "wide": uniform on [0.05, 0.95]. "stage-2": what Stage 2 starts
        from, `support_points` of standard normal draws. Coordinates are independent in the last two.
    n_items : int
        Number of items m, ``>= 1``.
    generator : torch.Generator
        Source of the means.

    Returns
    -------
    callable
        ``draw(n, generator)``, a tensor (n, m) on the generator's device.

    Raises
    ------
    ValueError
        If the name is none of these, or `n_items` is not a positive integer.
    """
    check_count("n_items", n_items)
    if initial == "wide":
        return lambda n, g: 0.05 + 0.9 * torch.rand(n, n_items, generator=g, device=g.device)
    if initial == "stage-2":
        return lambda n, g: support_points(torch.randn(n, n_items, generator=g, device=g.device))
    if initial != "official":
        raise ValueError(f"initial must be one of {', '.join(get_args(Initial))}, given {initial!r}")
    means = 0.45 + 0.1 * torch.sigmoid(torch.rand(3, n_items, generator=generator, device=generator.device))

    def draw(n: int, g: torch.Generator) -> Tensor:
        component = torch.randint(3, (n,), generator=g, device=g.device)
        return means[component] + math.exp(-3) * torch.randn(n, n_items, generator=g, device=g.device)

    return draw


def rounding_target(s0: Tensor, noise: float, generator: torch.Generator) -> Tensor:
    """Draw the targets (n, m) of starting points (n, m): the nearest corner plus Gaussian noise of this deviation.

    The noise makes targets of different points differ, which the paper asks for so that the field is well defined.
    """
    corner = (s0 >= THRESHOLD).to(s0.dtype)
    return corner + noise * torch.randn(s0.shape, generator=generator, dtype=s0.dtype, device=s0.device)


def fit_flow(
    n_items: int,
    *,
    initial: Initial = "wide",
    iterations: int = 3000,
    batch: int = 512,
    learning_rate: float = 5e-3,
    target_noise: float = 0.1,
    hidden: int | None = None,
    hidden2: int | None = None,
    cosine: bool = True,
    seed: int = 0,
    device: str = "auto",
    record_every: int | None = None,
    after: Callable[[int, DiagonalFlow], None] | None = None,
) -> FittedFlow:
    """Train the flow of Stage 1 and freeze it.

    The defaults are the companion's laptop setting. The released one is ``initial="official", iterations=30_000,
    batch=2048, cosine=False``, the rest alike.

    Parameters
    ----------
    n_items : int
        Number of items m, ``>= 1``.
    initial : {"official", "wide", "stage-2"}
        Initial distribution, see `initial_draw`.
    iterations, batch : int
        Numbers of steps of Adam and of lines in each, ``>= 1``.
    learning_rate : float
        Adam's (first) step size, positive.
    target_noise : float
        Standard deviation of the targets around the corners, ``>= 0``.
    hidden, hidden2 : int, optional
        Widths of Q's hidden layers; as released if not given: 128 and 128, above 100 items 256 and 512.
    cosine : bool
        Whether the step size falls to 0 along a cosine.
    seed : int
        Of the means, the first weights and all draws; ``>= 0``. Results on a GPU are not those on a CPU.
    device : str
        ``"auto"``, ``"cpu"``, ``"cuda"``, ...
    record_every : int, optional
        Iterations between two records of the history; a hundredth of the run if not given.
    after : callable, optional
        Called with the number of iterations done, from 0 on, and the flow in training.

    Returns
    -------
    FittedFlow

    Raises
    ------
    ValueError
        If an argument is out of its range.
    """
    if not 0 <= target_noise < math.inf:
        raise ValueError(f"target_noise must be finite and >= 0, given {target_noise}")
    if seed < 0:
        raise ValueError(f"seed must be >= 0, given {seed}")
    generator = torch.Generator(choose_device(device)).manual_seed(seed)
    draw = initial_draw(initial, n_items, generator)
    if hidden is None:
        hidden = 128 if n_items <= 100 else 256
    if hidden2 is None:
        hidden2 = hidden if n_items <= 100 else 2 * hidden
    flow = DiagonalFlow(n_items, hidden, hidden2, generator=generator)

    def pairs(n: int, g: torch.Generator) -> tuple[Tensor, Tensor]:
        s0 = draw(n, g)
        return s0, rounding_target(s0, target_noise, g)

    history = train_rectified_flow(
        flow,
        pairs,
        iterations=iterations,
        batch=batch,
        learning_rate=learning_rate,
        generator=generator,
        cosine=cosine,
        record_every=record_every,
        after=None if after is None else lambda done: after(done, flow),
    )
    flow.eval().requires_grad_(False)
    return FittedFlow(flow, initial, draw, history)
