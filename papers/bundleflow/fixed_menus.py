"""Menus of bundles that are drawn once and stay; only their prices are learnt (our definitions, dossier section 7)."""

from typing import Literal, get_args

import numpy as np

from common.auctions.bitsets import Masks, pack_items
from common.auctions.xor import XORValuations

FixedMenu = Literal["small", "half", "big", "diverse", "atoms"]

_INCLUSION = {"small": (0.1, 0.2), "half": (0.5, 0.5), "big": (0.9, 0.9), "diverse": (0.0, 1.0)}


def fixed_bundles(kind: FixedMenu, menu_size: int, types: XORValuations, rng: np.random.Generator) -> Masks:
    """Draw the bundles of a fixed menu; the grand bundle is always the first.

    Parameters
    ----------
    kind : {"small", "half", "big", "diverse", "atoms"}
        Items join a bundle independently, with a probability of the bundle's own that is uniform on [0.1, 0.2]
        (``"small"``), 0.5 (``"half"``), 0.9 (``"big"``), or uniform on [0, 1] (``"diverse"``); or bundles are atoms of
        the types, drawn from all of them without replacement (``"atoms"``).
    menu_size : int
        Number of bundles J, ``>= 1``; fewer if the types have fewer atoms.
    types : XORValuations
        Training types.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    ndarray of uint64, shape (J, W)

    Raises
    ------
    ValueError
        If the kind is unknown or ``menu_size`` is below 1.
    """
    if kind not in get_args(FixedMenu):
        raise ValueError(f"kind must be one of {get_args(FixedMenu)}, given {kind!r}")
    if menu_size < 1:
        raise ValueError(f"menu_size must be >= 1, given {menu_size}")
    grand = pack_items(np.ones((1, types.n_items), dtype=bool))
    if kind == "atoms":
        atoms = types.atoms[types.bids > 0]
        drawn = atoms[rng.permutation(len(atoms))[: menu_size - 1]]
    else:
        inclusion = rng.uniform(*_INCLUSION[kind], size=(menu_size - 1, 1))
        drawn = pack_items(rng.random((menu_size - 1, types.n_items)) < inclusion)
    return np.concatenate([grand, drawn])
