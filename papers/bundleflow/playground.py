"""A menu for two items with sliders: who buys what, in the plane of types, and what the seller earns."""

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from common.auctions.menu import Menu
from common.auctions.xor import XORValuations
from common.plots import PALETTE, Agents, Explorer, Slider, SpatialState, explorer

#: What buyers may want: the value of both items is the sum, or that of the better one.
WANTS = ("both items", "one item")
_CHOICES = ("nothing", "first item", "second item", "both items", "lottery")
_SLIDERS = ("buyers want", "price of one item (value)", "price of both (value)", "price of the lottery (value)")
_EDGE = 6.0  # length of the picture's axes, in circles


def two_item_types(values: NDArray[np.float64], wants: str) -> XORValuations:
    """Return types over two items from their values for the single ones.

    Parameters
    ----------
    values : ndarray of float, shape (N, 2)
        Values of the first and of the second item, ``>= 0``.
    wants : {"both items", "one item"}
        Whether values add up (additive), or the better item is all that counts (unit demand).

    Returns
    -------
    XORValuations
    """
    if wants not in WANTS:
        raise ValueError(f"wants must be one of {WANTS}, given {wants!r}")
    both = values.sum(axis=1) if wants == "both items" else values.max(axis=1)
    atoms = np.broadcast_to(np.array([1, 2, 3], dtype=np.uint64)[:, None], (len(values), 3, 1))
    return XORValuations(atoms, np.column_stack([values, both]), n_items=2)


def two_item_menu(single: float, both: float, lottery: float) -> Menu:
    """Return the menu of each item at one price, both at another, and a fair coin's choice of one at a third."""
    elements = [
        ([({0}, 1.0)], single),
        ([({1}, 1.0)], single),
        ([({0, 1}, 1.0)], both),
        ([({0}, 0.5), ({1}, 0.5)], lottery),
    ]
    return Menu.from_elements(elements, n_items=2)


def type_grid(points: int) -> NDArray[np.float64]:
    """Return the midpoints of a grid of ``points`` by ``points`` cells on the unit square, shape (points ** 2, 2)."""
    middle = (np.arange(points) + 0.5) / points
    return np.stack(np.meshgrid(middle, middle, indexing="ij"), axis=-1).reshape(-1, 2)


def menu_playground(
    singles: Sequence[float], boths: Sequence[float], lotteries: Sequence[float], points: int = 10, fine: int = 100
) -> Explorer:
    """Build the explorer.

    Parameters
    ----------
    singles, boths, lotteries : sequence of float
        Stops of the three prices, for values in [0, 1].
    points : int
        Types along each axis of the picture.
    fine : int
        Types along each axis of the grid on which revenue is computed.

    Returns
    -------
    Explorer
        Every circle is a type, at its values of both items, in the colour of what it takes. Read out are the revenue
        over all types (uniform), its share of full surplus, and how many buy nothing.
    """
    frames = {
        stop: _state(stop[0], two_item_menu(*stop[1:]), type_grid(points), type_grid(fine))
        for stop in product(WANTS, *(tuple(map(float, values)) for values in (singles, boths, lotteries)))
    }
    stops = (WANTS, singles, boths, lotteries)
    sliders = [Slider(name, tuple(values)) for name, values in zip(_SLIDERS, stops, strict=True)]
    return explorer(frames, sliders, title="Two items: who takes what from a menu", digits=3)


def _state(wants: str, menu: Menu, shown: NDArray[np.float64], measured: NDArray[np.float64]) -> SpatialState:
    taken = menu.choices(two_item_types(shown, wants)) + 1
    people = two_item_types(measured, wants)
    element, _, payment = menu.buy(people)
    agents = [
        Agents(name, shown[taken == number] * _EDGE, colour=colour)
        for number, (name, colour) in enumerate(zip(_CHOICES, ("#b8b8b8", *PALETTE), strict=False))
    ]
    readouts = {
        "revenue (value)": float(payment.mean()),
        "share of full surplus": float(payment.sum() / people.grand_values().sum()),
        "share that buys nothing": float((element < 0).mean()),
    }
    return SpatialState(agents, readouts=readouts)
