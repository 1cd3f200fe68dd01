"""BundleFlow: both stages behind one door, from valuations to a menu."""

import time
from collections.abc import Callable
from typing import Any

import pandas as pd
import torch

from common.auctions.menu import Menu
from common.auctions.xor import XORValuations
from common.rl.q_learning import choose_device
from common.stats.seeds import spawn_seeds
from papers.bundleflow.config import BundleFlowConfig
from papers.bundleflow.diagonal_flow import DiagonalFlow
from papers.bundleflow.flow_diagnostics import trace_sign_share
from papers.bundleflow.flow_stage import fit_flow
from papers.bundleflow.frozen_flow import FrozenFlow
from papers.bundleflow.menu_history import measure
from papers.bundleflow.menu_stage import MenuStage


class BundleFlow:
    """A menu of lotteries over bundles for one buyer, learnt in two stages.

    Parameters
    ----------
    config : BundleFlowConfig
        All settings.
    seed : int
        Of everything that is random, ``>= 0``. On one CPU results repeat.
    flow : DiagonalFlow, optional
        A flow that is trained already, in place of Stage 1.

    Attributes
    ----------
    config : BundleFlowConfig
        As given.
    flow : DiagonalFlow or None
        The flow, once there is one.

    Raises
    ------
    ValueError
        If the seed is no whole number ``>= 0``, or a given flow is over another number of items.

    Examples
    --------
    ::

        learner = BundleFlow(BundleFlowConfig.laptop(n_items=50))
        learner.fit_menu(types)
        learner.menu().revenue(fresh_types)
    """

    def __init__(self, config: BundleFlowConfig, seed: int = 0, flow: DiagonalFlow | None = None) -> None:
        self.config = config
        self._flow_seed, self._menu_seed, self._check_seed = spawn_seeds(seed, 3)
        if flow is not None and flow.n_items != config.n_items:
            raise ValueError(f"flow must be over {config.n_items} items, given one over {flow.n_items}")
        self.flow = flow
        self._rows: list[dict[str, float]] = []
        self._menu: Menu | None = None

    def fit_flow(self) -> "BundleFlow":
        """Train the flow of Stage 1, which sees no valuations; return self."""
        config = self.config
        self.flow = fit_flow(
            config.n_items,
            initial=config.flow_initial,
            iterations=config.flow_iterations,
            batch=config.flow_batch,
            learning_rate=config.flow_learning_rate,
            target_noise=config.flow_target_noise,
            hidden=config.flow_hidden,
            hidden2=config.flow_hidden2,
            cosine=config.flow_cosine,
            seed=self._flow_seed,
            device=config.device,
        ).flow
        return self

    def fit_menu(
        self,
        valuations: XORValuations,
        validation: XORValuations | None = None,
        *,
        callback: Callable[[dict[str, float]], Any] | None = None,
        max_seconds: float | None = None,
    ) -> "BundleFlow":
        """Train a menu from the start; Stage 1 is done before if it was not yet.

        What has been learnt is kept if the time is over or somebody interrupts (KeyboardInterrupt).

        Parameters
        ----------
        valuations : XORValuations
            Training types, at least one.
        validation : XORValuations, optional
            Types that the history is measured on, and the menu selected by, if that is asked for. Not given: the last
            types are held out for a selection, and without one the history is measured on training types.
        callback : callable, optional
            Called with every new row of the history.
        max_seconds : float, optional
            Most wall-clock seconds, ``> 0``.

        Returns
        -------
        BundleFlow
            Itself.

        Raises
        ------
        ValueError
            If types do not fit, or under this flow support points would learn the wrong way (dossier 6.3).
        """
        if max_seconds is not None and not max_seconds > 0:
            raise ValueError(f"max_seconds must be > 0, given {max_seconds}")
        if self.flow is None:
            self.fit_flow()
        self._refuse_bad_trace()
        training, measured = self._split(valuations, validation)
        flow = FrozenFlow(self.flow.to(choose_device(self.config.device)), self.config.euler_steps)
        generator = torch.Generator(flow.device).manual_seed(self._menu_seed)
        stage = MenuStage(self.config, flow, training, generator)
        self._rows, self._menu = [], None
        self._train(stage, measured, callback, max_seconds)
        return self

    def menu(self) -> Menu:
        """Return the menu that was learnt: a plain table, without jitter, prices at least 0.

        Raises
        ------
        RuntimeError
            If none was learnt yet.
        """
        if self._menu is None:
            raise RuntimeError("there is no menu yet: call fit_menu(valuations) first")
        return self._menu

    @property
    def history(self) -> pd.DataFrame:
        """A row every `evaluate_every` iterations, the first and the last one.

        ``iteration``, CPU ``seconds`` of Stage 2, and the columns of `menu_history.measure`.
        """
        return pd.DataFrame(self._rows)

    def _train(
        self, stage: MenuStage, measured: XORValuations, callback: Callable | None, max_seconds: float | None
    ) -> None:
        config, cpu_start, start, iteration = self.config, time.process_time(), time.monotonic(), 0
        self._look(stage, measured, 0, 0.0, callback)
        try:
            for iteration in range(1, config.iterations + 1):
                stage.step()
                over = max_seconds is not None and time.monotonic() - start > max_seconds
                if over or iteration % config.evaluate_every == 0 or iteration == config.iterations:
                    self._look(stage, measured, iteration, time.process_time() - cpu_start, callback)
                if over:
                    break
        except KeyboardInterrupt:
            self._look(stage, measured, iteration, time.process_time() - cpu_start, None)

    def _look(
        self,
        stage: MenuStage,
        measured: XORValuations,
        iteration: int,
        seconds: float,
        callback: Callable[[dict[str, float]], Any] | None,
    ) -> None:
        row, menu = measure(stage, measured)
        best = max((earlier["hard_revenue"] for earlier in self._rows), default=float("-inf"))
        if self.config.selection == "last" or row["hard_revenue"] >= best:
            self._menu = menu
        self._rows.append({"iteration": iteration, "seconds": seconds, **row})
        if callback is not None:
            callback(self._rows[-1])

    def _split(self, types: XORValuations, validation: XORValuations | None) -> tuple[XORValuations, XORValuations]:
        """Return the types to train on and those to measure on."""
        most = self.config.evaluation_types
        if validation is not None:
            if not len(validation) or validation.n_items != self.config.n_items:
                raise ValueError(
                    f"validation must be at least one type over {self.config.n_items} items,"
                    f" given {len(validation)} over {validation.n_items}"
                )
            return types, validation.take(slice(0, most))
        if self.config.selection == "last":
            return types, types.take(slice(0, most))
        held_out = max(1, round(self.config.validation_share * len(types)))
        if held_out >= len(types):
            raise ValueError(f"valuations must be at least two to hold some out for a selection, given {len(types)}")
        return types.take(slice(0, -held_out)), types.take(slice(-held_out, None)).take(slice(0, most))

    def _refuse_bad_trace(self) -> None:
        config = self.config
        if not (config.check_trace and config.learn_means and config.weights != "no_density"):
            return
        share = trace_sign_share(self.flow, seed=self._check_seed)
        share = share if config.trace_sign == 1 else 1 - share
        if share > config.largest_trace_share:
            raise ValueError(
                f"flow must have a trace that falls along most coordinates: it rises along {share:.0%}, and more than"
                f" {config.largest_trace_share:.0%} teach support points to drop what they should add (dossier 6.3)."
                " Train it longer, with flow_initial='stage-2' or a smaller flow_learning_rate, or set"
                " check_trace=False to see what happens"
            )
