"""What the notebook on Stage 1 measures: trajectories in training, initial distributions, and the term of a density."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from common.diffusion.flows import euler
from common.stats.seeds import spawn_seeds
from papers.bundleflow.diagonal_flow import DiagonalFlow, constant_q_log_abs_det
from papers.bundleflow.flow_diagnostics import rounding_report, trace_sign_share
from papers.bundleflow.flow_floors import flow_floors
from papers.bundleflow.flow_stage import FittedFlow, Initial, fit_flow, initial_draw


@dataclass(frozen=True)
class Snapshots:
    """A flow in training, caught now and then.

    Attributes
    ----------
    fitted : FittedFlow
        The flow at the end.
    flows : dict from int to DiagonalFlow
        Copies by number of iterations done.
    """

    fitted: FittedFlow
    flows: dict[int, DiagonalFlow]

    def paths(self, s0: torch.Tensor, steps: int = 5) -> dict[int, NDArray[np.float32]]:
        """Return the Euler trajectories (steps + 1, B, m) from starting points (B, m), by iterations done."""
        with torch.no_grad():
            return {done: euler(flow, s0, steps).cpu().numpy() for done, flow in self.flows.items()}


def flow_snapshots(n_items: int, at: Sequence[int], **settings: Any) -> Snapshots:
    """Train a flow and keep copies on the way.

    Parameters
    ----------
    n_items : int
        Number of items, ``>= 1``.
    at : sequence of int
        Iterations after which a copy is kept, increasing, ``>= 0``; the last one ends the training.
    **settings
        Of `fit_flow`.

    Returns
    -------
    Snapshots

    Raises
    ------
    ValueError
        If `at` does not increase from 0 or more to 1 or more, or a setting is out of its range.
    """
    if len(at) == 0 or at[0] < 0 or at[-1] < 1 or any(np.diff(at) <= 0):
        raise ValueError(f"at must increase from 0 or more to 1 or more, given {list(at)}")
    flows: dict[int, DiagonalFlow] = {}

    def keep(done: int, flow: DiagonalFlow) -> None:
        if done in at:
            flows[done] = copy.deepcopy(flow).eval().requires_grad_(False)

    return Snapshots(fit_flow(n_items, iterations=at[-1], after=keep, **settings), flows)


def train_flows(
    n_items: int, runs: Sequence[tuple[Initial, int]], seeds: int, seed: int, **settings: Any
) -> dict[tuple[Initial, int, int], Snapshots]:
    """Train flows on several initial distributions, and keep copies at four moments of each training.

    The step size falls along a cosine, but for "official", where it stays as it is in the released code.

    Parameters
    ----------
    n_items : int
        Number of items, ``>= 1``.
    runs : sequence of (str, int)
        Initial distributions and iterations, at least 30.
    seeds : int
        Flows of each kind, ``>= 1``.
    seed : int
        Of everything random.
    **settings
        Of `fit_flow`.

    Returns
    -------
    dict
        From (initial distribution, iterations, number of the seed) to the flow, with copies after none, a tenth,
        a third, and all.

    Raises
    ------
    ValueError
        If an argument is out of its range.
    """
    if seeds < 1:
        raise ValueError(f"seeds must be at least 1, given {seeds}")
    return {
        (initial, last, number): flow_snapshots(
            n_items,
            (0, last // 10, last // 3, last),
            initial=initial,
            seed=own,
            **({"cosine": initial != "official"} | settings),
        )
        for initial, last in runs
        for number, own in enumerate(spawn_seeds(seed, seeds))
    }


def initial_table(flows: Mapping[tuple[Initial, int, int], Snapshots], draws: int = 4000) -> pd.DataFrame:
    """Say what flows have learnt.

    Parameters
    ----------
    flows : mapping
        From `train_flows`.
    draws : int
        Starting points for each measurement, ``>= 1``.

    Returns
    -------
    pandas.DataFrame
        A row a flow: ``initial``, ``iterations``, ``number`` (of the seed), ``loss``, ``progress`` (from the best
        constant Q, 0, to the best field of this form, 1), ``items, wide`` and ``items, stage-2`` (shares of items that
        agree with rounding on both distributions), ``bundles, wide`` (of whole bundles), ``trace_share``
        (`trace_sign_share`) and ``seconds`` (CPU).
    """
    names = ("initial", "iterations", "number")
    rows = [dict(zip(names, key, strict=True)) | learnt(run.fitted, draws) for key, run in flows.items()]
    return pd.DataFrame(rows)


def learnt(fitted: FittedFlow, draws: int = 4000, seed: int = 0) -> dict[str, float]:
    """Return the columns of `initial_table` from ``loss`` on, for one flow."""
    n_items, loss = fitted.flow.n_items, float(fitted.history.loss[-1])
    generator = torch.Generator(fitted.flow.device).manual_seed(seed)
    wide, stage_2 = (rounding_report(fitted, draws, generator, where=where) for where in ("wide", "stage-2"))
    return {
        "loss": loss,
        "progress": flow_floors(fitted.initial).progress(loss, n_items),
        "items, wide": wide.items,
        "items, stage-2": stage_2.items,
        "bundles, wide": wide.bundles,
        "trace_share": trace_sign_share(fitted.flow, seed=seed),
        "seconds": float(fitted.history.seconds[-1]),
    }


def term_along_one_item(
    flows: Mapping[str, DiagonalFlow], at: NDArray[np.float64], draws: int = 500, seed: int = 0
) -> pd.DataFrame:
    """Average the Liouville term over starting points that share one coordinate.

    Parameters
    ----------
    flows : mapping from str to DiagonalFlow
        Flows by name.
    at : ndarray, shape (k,)
        Values of the coordinate.
    draws : int
        Starting points for each item and value, uniform on [0.05, 0.95] in the other coordinates, ``>= 1``.
    seed : int
        Of the points, which all flows and values share.

    Returns
    -------
    pandas.DataFrame
        Index: `at`; a column a flow: the term in nats, averaged over points and over which item it is, less its
        average over `at`.
    """
    columns = {}
    for name, flow in flows.items():
        generator = torch.Generator(flow.device).manual_seed(seed)
        s0 = initial_draw("wide", flow.n_items, generator)(draws, generator).to(flow.dtype)
        means = np.empty((flow.n_items, len(at)))
        with torch.no_grad():
            for i in range(flow.n_items):
                moved = s0.repeat(len(at), 1)
                moved[:, i] = torch.as_tensor(at, dtype=flow.dtype, device=flow.device).repeat_interleave(draws)
                means[i] = flow.liouville_term(moved).view(len(at), draws).mean(dim=1).cpu().numpy()
        columns[name] = means.mean(axis=0) - means.mean()
    return pd.DataFrame(columns, index=pd.Index(at, name="coordinate"))


def steps_table(flow: DiagonalFlow, s0: torch.Tensor, steps: Sequence[int]) -> pd.DataFrame:
    """Compare Euler's log-determinant at a constant Q with the Liouville term, for ever more steps.

    Parameters
    ----------
    flow : DiagonalFlow
        A flow; Q is held at its value at `s0`.
    s0 : Tensor, shape (m,)
        Starting point.
    steps : sequence of int
        Numbers of Euler steps, each ``>= 1``.

    Returns
    -------
    pandas.DataFrame
        Index: `steps`; ``log_det`` of the Euler map (closed form), ``term``, the limit with the integral itself, and
        the ``gap`` between them, in nats.
    """
    exact = flow.in_double()
    with torch.no_grad():
        q, point = exact.q(s0[None].double())[0], s0[None].double()
        log_det = [constant_q_log_abs_det(q, exact.euler_etas(n)).item() for n in steps]
        term = exact.liouville_term(point, None).item()
    table = pd.DataFrame({"log_det": log_det, "term": term}, index=pd.Index(steps, name="steps"))
    return table.assign(gap=table["log_det"] - table["term"])
