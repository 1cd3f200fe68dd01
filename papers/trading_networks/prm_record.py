"""Long searches for a high price of revenue maximisation, and the record of the best market they found.

``python -m papers.trading_networks.prm_record`` searches and writes ``results/prm_hunt.json``; the same arguments
find the same markets. The record holds only what was found, with its price recomputed by enumeration.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from common.plots import COLOURS, label_axes, legend_above
from papers.trading_networks.enumeration import enumerate_revenue
from papers.trading_networks.network import TradingNetwork
from papers.trading_networks.prm import hunt, price_of_revenue_maximisation

RECORD = Path(__file__).parent / "results" / "prm_hunt.json"


@dataclass(frozen=True, eq=False)
class SearchRun:
    """One annealing run and the best market of it.

    Attributes
    ----------
    price : float
        Price of revenue maximisation of ``net``, by enumeration.
    net : TradingNetwork
        The market, with ``n`` buyers, ``m`` sellers and integer values.
    steps : int
        Length of the run.
    seed : int
        Seed of the whole search.
    restart : int
        Number of the run among those of its size, from 0.
    largest_value : int
        Values were drawn from ``0..largest_value``.
    """

    price: float
    net: TradingNetwork
    steps: int
    seed: int
    restart: int
    largest_value: int

    def summary(self) -> dict[str, Any]:
        """Return sizes, arguments and price as plain numbers."""
        return {
            "n": self.net.n_buyers,
            "m": self.net.n_sellers,
            "restart": self.restart,
            "seed": self.seed,
            "steps": self.steps,
            "largest_value": self.largest_value,
            "price": self.price,
        }


def search(
    sizes: Sequence[tuple[int, int]], restarts: int, steps: int, seed: int, largest_value: int = 10
) -> list[SearchRun]:
    """Run the annealing of :func:`papers.trading_networks.prm.hunt` from several starts for each size.

    Parameters
    ----------
    sizes : sequence of (int, int)
        Numbers of buyers and sellers, each ``>= 1``; up to 5 x 5 the check by enumeration is quick.
    restarts : int
        Runs for each size, ``>= 1``.
    steps : int
        Steps of each run, ``>= 0``.
    seed : int
        ``>= 0``. A run depends on it, on its size and on its number alone.
    largest_value : int
        Values are drawn from ``0..largest_value``, ``>= 1``.

    Returns
    -------
    list of SearchRun
        Best first.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    if restarts < 1:
        raise ValueError(f"restarts must be >= 1, given {restarts}")
    if not sizes:
        raise ValueError("sizes must hold at least one pair, given none")
    runs = []
    for n, m in sizes:
        for restart in range(restarts):
            rng = np.random.default_rng([seed, n, m, restart])
            _, net = hunt(n, m, steps, rng, largest_value=largest_value, leaders=1).leaders[0]
            price = price_of_revenue_maximisation(net, enumerate_revenue(net))
            runs.append(SearchRun(price, net, steps, seed, restart, largest_value))
    return sorted(runs, key=lambda run: -run.price)


def load_record(path: Path = RECORD) -> tuple[TradingNetwork, dict[str, Any]]:
    """Read the best market on record.

    Parameters
    ----------
    path : pathlib.Path
        What ``python -m papers.trading_networks.prm_record`` wrote.

    Returns
    -------
    net : TradingNetwork
        The market.
    record : dict
        The whole record: ``best`` (values, world, arguments and price), ``runs`` (arguments and price of
        every run) and ``provenance``.
    """
    record = json.loads(path.read_text(encoding="utf-8"))
    return TradingNetwork(record["best"]["values"], record["best"]["world"]), record


def tied_market(largest_value: int) -> TradingNetwork:
    """Build the market of S6 with a tie in place of its small difference: integers bring it closest to 2.

    Two buyers would pay ``V`` for the first good; the platform sells it to the one who could have had the second.

    Parameters
    ----------
    largest_value : int
        ``V``, ``>= 2``.

    Returns
    -------
    TradingNetwork
        With a price of revenue maximisation of ``2 - 1/V``. It needs ties to be broken for the platform.

    Raises
    ------
    ValueError
        If ``largest_value`` is below 2.
    """
    if largest_value < 2:
        raise ValueError(f"largest_value must be >= 2, given {largest_value}")
    return TradingNetwork([[largest_value, 0], [largest_value, largest_value - 1]], [[1, 0], [0, 0]])


def draw_runs(record: dict[str, Any], ax: Axes) -> Axes:
    """Draw the price that each run on record found, by size, beside that of the tied market and 2.

    Parameters
    ----------
    record : dict
        From :func:`load_record`.
    ax : matplotlib.axes.Axes
        Panel to draw into.

    Returns
    -------
    matplotlib.axes.Axes
        The panel.
    """
    runs, largest = record["runs"], record["best"]["largest_value"]
    sizes = sorted({(run["n"], run["m"]) for run in runs})
    places = [sizes.index((run["n"], run["m"])) for run in runs]
    label = "best of a recorded run"
    ax.plot(places, [run["price"] for run in runs], "o", color=COLOURS["recorded"], alpha=0.7, label=label)
    tied = price_of_revenue_maximisation(tied_market(largest))
    ax.axhline(tied, color=COLOURS["expected"], ls=":", label=f"S6 with a tie, values up to {largest}")
    ax.axhline(2, color=COLOURS["bound"], label="2")
    ax.set_xticks(range(len(sizes)), [f"{n} × {m}" for n, m in sizes])
    ax.set_ylim(0.98, 2.1)
    label_axes(ax, "buyers × sellers", "price of revenue maximisation (ratio)", categorical="x")
    legend_above(ax, ax.get_legend_handles_labels()[0])
    return ax


def main(arguments: Sequence[str] | None = None) -> None:
    """Search as the command line says, and write the record."""
    parser = argparse.ArgumentParser(prog="python -m papers.trading_networks.prm_record", description=__doc__)
    parser.add_argument("--sizes", nargs="+", default=["2x2", "3x3", "4x4"], help="buyers x sellers, as 3x4")
    parser.add_argument("--restarts", type=int, default=4, help="runs for each size")
    parser.add_argument("--steps", type=int, default=2000, help="steps of each run (about 10 ms each)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--largest-value", type=int, default=20)
    parser.add_argument("--output", type=Path, default=RECORD)
    given = parser.parse_args(arguments)
    sizes = [tuple(int(side) for side in size.split("x")) for size in given.sizes]
    begin = time.perf_counter()
    runs = search(sizes, given.restarts, given.steps, given.seed, given.largest_value)
    record = _record(runs, time.perf_counter() - begin, _command(given))
    given.output.write_text(json.dumps(record) + "\n", encoding="utf-8")
    print(f"best price of revenue maximisation: {runs[0].price:.6f}")


def _command(given: argparse.Namespace) -> str:
    """Write down what decides the result; where it goes does not."""
    return (
        f"python -m papers.trading_networks.prm_record --sizes {' '.join(given.sizes)} --restarts {given.restarts} "
        f"--steps {given.steps} --seed {given.seed} --largest-value {given.largest_value}"
    )


def _record(runs: Sequence[SearchRun], seconds: float, command: str) -> dict[str, Any]:
    from common.companion.provenance import provenance

    best, origin = runs[0], provenance(Path(__file__).parent)
    market = {"values": best.net.values.astype(int).tolist(), "world": best.net.world.astype(int).tolist()}
    return {
        "best": best.summary() | market,
        "runs": [run.summary() for run in runs],
        "provenance": {
            "command": command,
            "commit": origin["commit"],
            "dirty": origin["dirty"],
            "date": origin["finished"][:10],
            "seconds": round(seconds, 1),
            "machine": origin["machine"],
        },
    }


if __name__ == "__main__":
    main()
