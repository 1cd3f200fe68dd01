"""Pictures of notebook 02: a demand curve, regions of a menu in type space, the additive case, and a tariff."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from scipy.ndimage import distance_transform_edt

from common.auctions.bitsets import unpack_items
from common.auctions.menu import Menu
from common.auctions.rochet_net import AdditiveMenu
from common.auctions.straight_jacket_auction import StraightJacket
from common.auctions.tariffs import PostedPrice, SizeLinearTariff
from common.auctions.xor import XORValuations
from common.plots import COLOURS, PALETTE, label_axes, lines_with_band, panel_title, panels
from papers.bundleflow.playground import two_item_types

_PALE = ("#f2f2f2", "#9ecae1", "#fdbe85", "#a1d99b", "#dadaeb", "#fcbba1")


def revenue_of_prices(values: ArrayLike, best: PostedPrice, ax: Axes | None = None) -> Axes:
    """Draw the revenue of a price for one thing, against the price, with the best one marked."""
    ax = ax or panels()[1][0]
    values = np.sort(np.asarray(values, dtype=float))
    prices = np.linspace(0, 1.02 * values[-1], 500)
    prices = np.union1d(prices, values)
    share = 1 - np.searchsorted(values, prices, side="left") / len(values)
    ax.plot(prices, prices * share, color=COLOURS["ours"])
    ax.plot([best.price], [best.revenue], "o", color=COLOURS["bound"])
    ax.annotate("best price", (best.price, best.revenue), (6, 6), textcoords="offset points")
    ax.set_ylim(0, 1.15 * best.revenue)
    label_axes(ax, "Price (value)", "Revenue (value per buyer)")
    return ax


def describe(menu: Menu, element: int, n_items: int) -> str:
    """Return an element in words, as ``0.5 {1} + 0.5 {2} at 2``."""
    parts = []
    for mask, weight in zip(menu.bundles[element], menu.weights[element], strict=True):
        if weight > 1e-6:
            items = ",".join(str(i + 1) for i in np.flatnonzero(unpack_items(mask, n_items)))
            parts.append(f"{{{items}}}" if weight > 1 - 1e-6 else f"{weight:.3g} {{{items}}}")
    return f"{' + '.join(parts) or 'nothing'} at {menu.prices[element]:.4g}"


def menu_regions(menus: dict[str, Menu], points: dict[str, tuple[float, float]], highest: float) -> Figure:
    """Draw which element each buyer of one of two items takes, a panel for each menu, with some types marked."""
    edge = (np.arange(240) + 0.5) * highest / 240
    values = np.stack(np.meshgrid(edge, edge), axis=-1).reshape(-1, 2)  # item 1 runs fast
    types = two_item_types(values, "one item")
    figure, axes = panels(1, len(menus), width=3.6 * len(menus), height=3.7)
    for ax, (title, menu) in zip(axes, menus.items(), strict=True):
        taken = menu.choices(types).reshape(len(edge), len(edge))
        ax.imshow(
            taken + 1,
            origin="lower",
            extent=(0, highest, 0, highest),
            cmap=ListedColormap(_PALE[: len(menu) + 1]),
            vmin=-0.5,
            vmax=len(menu) + 0.5,
            interpolation="nearest",
        )
        for element in np.unique(taken):
            free = np.pad(taken == element, 1)
            for x, y in points.values():  # the words keep away from the marks, as from the borders
                free[tuple(min(int(place / highest * len(edge)), len(edge) - 1) + 1 for place in (y, x))] = False
            row, column = np.unravel_index(distance_transform_edt(free).argmax(), free.shape)
            text = "nothing" if element < 0 else describe(menu, element, 2).replace(" at ", "\nat ")
            ax.text(edge[column - 1], edge[row - 1], text, ha="center", va="center", fontsize=8)
        for name, (x, y) in points.items():
            ax.plot([x], [y], "o", color="black", clip_on=False)
            ax.annotate(name, (x, y), (5, 5), textcoords="offset points", fontweight="bold")
        panel_title(ax, title)
        ax.grid(visible=False)
        label_axes(ax, "Value of item 1 (money)", "Value of item 2 (money)")
    return figure


def additive_shares(exact: pd.DataFrame, learned: pd.DataFrame) -> Axes:
    """Draw revenues as shares of the straight-jacket auction's, over the number of items; learned ones as points."""
    best = exact["straight-jacket"]
    series = {name: (exact[name] / best).to_numpy() for name in ("separate", "bundle")}
    names = {"separate": "each item at 1/2", "bundle": "all items at one price"}
    ax = lines_with_band(
        exact.index.to_numpy(),
        {names[name]: share for name, share in series.items()} | {"straight-jacket": np.ones(len(best))},
        xlabel="Items (count)",
        ylabel="Revenue (share of the auction's)",
    )
    points = ax.errorbar(
        learned["items"], learned["share"], 2 * learned["error"], fmt="X", color="black", label="learned by RochetNet"
    )
    ax.legend(handles=[points], loc="lower left")
    return ax


def additive_regions(auction: StraightJacket, menu: AdditiveMenu) -> Figure:
    """Draw the share of the first of two items that each buyer gets: by the auction, and by a learned menu."""
    edge = (np.arange(200) + 0.5) / 200
    x, y = (axis.ravel() for axis in np.meshgrid(edge, edge))
    values = np.column_stack([x, y])
    one, both = auction.prices
    utilities = np.column_stack([np.zeros(len(x)), x - one, y - one, x + y - both])
    exact = np.isin(utilities.argmax(axis=1), (1, 3)).astype(float)
    taken = menu.choices(values)
    learned = np.where(taken >= 0, menu.allocations[taken, 0], 0.0)
    figure, axes = panels(1, 2, width=7.6, height=3.7)
    for ax, title, share in zip(axes, ("straight-jacket auction", "learned menu"), (exact, learned), strict=True):
        image = ax.imshow(
            share.reshape(200, 200),
            origin="lower",
            extent=(0, 1, 0, 1),
            cmap="Blues",
            vmin=0,
            vmax=1,
            interpolation="nearest",
        )
        ax.plot([one, one, both - one, 0], [0, both - one, one, one], color=COLOURS["bound"], linewidth=1)
        panel_title(ax, title)
        ax.grid(visible=False)
        label_axes(ax, "Value of item 1 (money)", "Value of item 2 (money)")
    figure.colorbar(image, ax=axes, label="Item 1 is sold (probability)", shrink=0.8)
    return figure


def demand_and_tariff(types: XORValuations, best: PostedPrice, tariff: SizeLinearTariff) -> Figure:
    """Draw the values of everything with the best single price, and the best atoms by size with the best tariff."""
    figure, axes = panels(1, 2, width=7.6, height=3.7)
    values = types.grand_values()
    top = float(np.quantile(values, 0.99))
    bins = np.linspace(0, top, 50)
    buys = values >= best.price
    names = ["walks away", f"pays {best.price:.0f}"]
    axes[0].hist([values[~buys], values[buys]], bins, stacked=True, color=[PALETTE[5], PALETTE[0]], label=names)
    axes[0].axvline(best.price, color=COLOURS["bound"])
    axes[0].legend()
    panel_title(axes[0], "one price for everything")
    label_axes(axes[0], "Value of all items (money)", "Buyers (count)")
    atom, _, _ = types.demand(tariff.item_price, tariff.entry_fee)
    buys = atom >= 0
    first = np.where(buys, atom, types.bids.argmax(axis=1))[:, None]
    sizes = np.take_along_axis(types.atom_sizes(), first, axis=1)[:, 0]
    bids = np.take_along_axis(types.bids, first, axis=1)[:, 0]
    for kept, colour, label in ((~buys, PALETTE[5], "walks away"), (buys, PALETTE[0], "pays the line's price")):
        axes[1].plot(sizes[kept], bids[kept], ".", markersize=2, color=colour, alpha=0.5, label=label, rasterized=True)
    line = np.array([1, np.quantile(sizes, 0.995)])
    axes[1].plot(line, tariff.entry_fee + tariff.item_price * line, color=COLOURS["bound"])
    axes[1].set(xlim=(0, line[1]), ylim=(0, np.quantile(values, 0.995)))
    axes[1].legend(markerscale=5, loc="upper left")
    panel_title(axes[1], "a fee and a price per item")
    label_axes(axes[1], "Size of the bundle (items)", "Value of the bundle (money)")
    return figure
