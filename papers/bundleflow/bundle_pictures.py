"""Pictures of CATS: a map with a bidder's bundles, affinities, the statistics, sizes, values and sensitivities."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from common.auctions.bitsets import bundle_sizes, unpack_items
from common.auctions.cats_maps import CatsMarket, grid_side
from common.auctions.xor import XORValuations
from common.plots import COLOURS, PALETTE, label_axes, panel_title, panels
from papers.bundleflow.bundle_study import size_law

_IN_BUNDLE = PALETTE[1]
_UNITS = {
    "additional_location": "probability",
    "jump": "probability",
    "additivity": "exponent",
    "budget_factor": "ratio",
    "resale_factor": "ratio",
    "max_substitutes": "count",
}


def map_picture(market: CatsMarket, bidder: XORValuations, atoms: Sequence[int] = (0, 1, 2)) -> Figure:
    """Draw the map of a *regions* market once for each of some atoms of a bidder.

    Parameters
    ----------
    market : CatsMarket
        Of the environment *regions*.
    bidder : XORValuations
        One type of it; atom 0 is the first bundle.
    atoms : sequence of int
        Which atoms to draw.

    Returns
    -------
    matplotlib.figure.Figure
        Cells coloured by common value, lines between neighbours, the items of the bundle ringed.
    """
    figure, axes = panels(1, len(atoms), width=3.3 * len(atoms), height=3.9)
    side = grid_side(market.n_items)
    row, column = np.divmod(np.arange(market.n_items), side)
    places = np.column_stack([column, -row]).astype(float)
    edges = [places[[a, b]] for a, b in np.argwhere(np.triu(market.affinities))]
    for ax, atom in zip(axes, atoms, strict=True):
        inside = unpack_items(bidder.atoms[0, atom], market.n_items)
        rings = np.where(inside, _IN_BUNDLE, "0.55")
        ax.add_collection(LineCollection(edges, colors="0.7", lw=1, zorder=1))
        colours = ax.scatter(
            *places.T, c=market.common_values, cmap="Blues", vmin=0, s=np.where(inside, 130, 55), edgecolors=rings,
            linewidths=np.where(inside, 2.6, 0.8), zorder=2,
        )  # fmt: skip
        ax.set(xticks=[], yticks=[], aspect="equal")
        ax.margins(0.08)
        ax.spines[:].set_visible(False)
        name = "first bundle B" if atom == 0 else f"substitute {atom}"
        panel_title(ax, f"{name}: {inside.sum()} items, {bidder.bids[0, atom]:.0f}")
    figure.colorbar(colours, ax=axes, orientation="horizontal", shrink=0.5, aspect=40, label="common value (money)")
    return figure


def affinity_picture(market: CatsMarket, types: XORValuations) -> Figure:
    """Draw the affinities of an *arbitrary* market, and how they differ inside the first bundles of its bidders.

    Parameters
    ----------
    types : XORValuations
        Bidders of this market; the left picture shows the bundle of the first one with 6 to 12 items.

    Returns
    -------
    matplotlib.figure.Figure
        On the left the matrix, the items of that bundle first and framed; on the right the mean affinity of the pairs
        in a bundle, for each bidder, against the size of the bundle, with the mean of all pairs.
    """
    figure, (left, right) = panels(1, 2, width=10, height=4.2)
    figure.get_layout_engine().set(wspace=0.08)  # the colour bar's label stands beside the right axis' own
    inside = unpack_items(types.atoms[:, 0], market.n_items)
    sizes = inside.sum(axis=1)
    shown = int(np.argmax((sizes >= 6) & (sizes <= 12)))
    order = np.argsort(~inside[shown], kind="stable")
    image = left.imshow(market.affinities[np.ix_(order, order)], cmap="Blues", vmin=0, vmax=1)
    left.grid(visible=False)
    left.add_patch(Rectangle((-0.5, -0.5), *[sizes[shown]] * 2, fill=False, ec=_IN_BUNDLE, lw=2.4))
    label_axes(left, "item, those of B first (rank)", "item, those of B first (rank)")
    figure.colorbar(image, ax=left, label="affinity (0 to 1)")
    pairs = np.einsum("ni,ij,nj->n", inside, market.affinities, inside, optimize=True)
    wide = sizes >= 2
    means = pairs[wide] / (sizes[wide] * (sizes[wide] - 1))
    right.plot(sizes[wide], means, ".", color=COLOURS["ours"], alpha=0.25, ms=4)
    groups = pd.Series(means).groupby(sizes[wide]).agg(["mean", "size"]).query("size >= 20")
    right.plot(groups.index, groups["mean"], "-", color=_IN_BUNDLE, lw=2, label="mean at this size")
    off_diagonal = market.affinities[~np.eye(market.n_items, dtype=bool)].mean()
    right.axhline(off_diagonal, color=COLOURS["reference"], ls="--", lw=1.4, label="mean of all pairs")
    label_axes(right, "items in B (count)", "mean affinity in B (0 to 1)")
    right.legend(loc="lower right")
    return figure


def distance_picture(compared: pd.DataFrame) -> Figure:
    """Draw every statistic of `statistics_against` by its distance from the source, in standard errors."""
    names = list(compared["statistic"].unique())
    figure, (ax,) = panels(1, 1, width=7.2, height=0.42 * len(names) + 1.3)
    ax.axvspan(-3, 3, color="0.93", zorder=0)
    ax.axvline(0, color=COLOURS["expected"], lw=1)
    offsets = np.linspace(-0.24, 0.24, compared["bidders"].nunique()).repeat(len(names))
    heights = compared["statistic"].map(names.index) + offsets
    ax.plot(compared["distance"], heights, "o", color=COLOURS["ours"], ms=5, alpha=0.8)
    ax.set_yticks(range(len(names)), names)
    ax.set_xlim(*np.array([-1, 1]) * max(4, abs(compared["distance"]).max() + 0.5))
    ax.invert_yaxis()
    label_axes(ax, "ours minus expected (standard errors)", "statistic", categorical="y")
    return figure


def sizes_and_values(types: XORValuations, additional_location: float = 0.9) -> Figure:
    """Draw the distribution of first bundles' sizes with the geometric law, and that of the values of all items."""
    figure, (left, right) = panels(1, 2, width=9, height=3.6)
    counts = np.bincount(bundle_sizes(types.atoms[:, 0]), minlength=types.n_items + 1)[1:]
    sizes = np.arange(1, types.n_items + 1)
    left.bar(sizes, counts / len(types), color=COLOURS["ours"], width=0.8, label="ours")
    law = size_law(types.n_items, additional_location)
    left.plot(sizes, law, ".", ms=5, color=COLOURS["expected"], label="geometric, capped")
    label_axes(left, "items in B (count)", "bidders (share)")
    left.legend()
    value_histogram(right, types.grand_values())
    return figure


def value_histogram(ax: Axes, values: NDArray[np.float64]) -> None:
    """Draw the distribution of ``v(M)``, with its mean: what a seller would earn who knew every bidder."""
    ax.hist(values, bins=60, weights=np.full(values.size, 1 / values.size), color=COLOURS["ours"])
    ax.axvline(values.mean(), color=_IN_BUNDLE, lw=1.8, label=f"mean {values.mean():.0f} (full surplus)")
    label_axes(ax, "value of all items (money)", "bidders (share)")
    ax.legend()


def sensitivity_picture(table: pd.DataFrame) -> Figure:
    """Draw full surplus and the value of the first bundle against each parameter of `sensitivity_table`."""
    names = list(table["parameter"].unique())
    figure, axes = panels(-(-len(names) // 2), 2, width=8.6, height=3.1 * -(-len(names) // 2))
    for ax in axes[len(names) :]:
        ax.set_axis_off()
    for ax, name in zip(axes, names, strict=False):
        rows = table[table["parameter"] == name]
        ax.errorbar(
            rows["value"], rows["surplus"], yerr=3 * rows["error"], fmt="o-", color=COLOURS["ours"], capsize=2,
            label="all items, v(M)",
        )  # fmt: skip
        ax.plot(rows["value"], rows["v(B)"], "s--", color=_IN_BUNDLE, ms=4, label="first bundle, v(B)")
        ax.set_ylim(0, None)
        label_axes(ax, f"{name} ({_UNITS.get(name, 'number')})", "mean value (money)")
    axes[0].legend(loc="upper left")
    return figure
