"""Samples of a market study by density, and what the ledger holds their means against."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from common.companion import recorded
from common.companion.ledger import load_ledger

if TYPE_CHECKING:
    import pandas as pd

DENSITIES = (0.05, 0.1, 0.2, 0.3, 0.5)
"""Densities of the world in the dossier's simulations (section 8); lists in the ledger follow this order."""

_NEGLIGIBLE = 1e-9


def ratios_by_density(study: "pd.DataFrame", numerator: str, denominator: str) -> dict[str, NDArray[np.float64]]:
    """Divide two columns of a market study and group the ratios by density.

    Parameters
    ----------
    study : pandas.DataFrame
        From :func:`papers.trading_networks.experiments.market_study`.
    numerator, denominator : str
        Columns in money, ``>= 0``.

    Returns
    -------
    dict of str to ndarray of float
        From density to one ratio a market; markets in which the denominator is zero are left out.

    Raises
    ------
    ValueError
        If the study lacks a column.
    """
    for name in (numerator, denominator):
        if name not in study:
            raise ValueError(f"the study must have the column {name!r}, given {list(study.columns)}")
    defined = study[study[denominator] > _NEGLIGIBLE]
    ratios = defined[numerator] / defined[denominator]
    return {f"{density:g}": sample.to_numpy() for density, sample in ratios.groupby(defined["density"])}


def means(samples: dict[str, NDArray[np.float64]]) -> list[float]:
    """Average each sample, as the ledger wants it.

    Parameters
    ----------
    samples : dict of str to ndarray of float
        From :func:`ratios_by_density`.

    Returns
    -------
    list of float
        In the order of the samples.
    """
    return [float(sample.mean()) for sample in samples.values()]


def expected_by_density(check: str) -> list[float]:
    """Read from the ledger what the dossier's simulation found at each of :data:`DENSITIES`.

    Parameters
    ----------
    check : str
        Name of a check of ``paper.yaml`` with one expected value a density.

    Returns
    -------
    list of float

    Raises
    ------
    ValueError
        If there is no such check or it has another number of values.
    """
    found = load_ledger(Path(__file__).with_name("paper.yaml")).check(check)
    target = found[1].target if found else None
    if not isinstance(target, list) or len(target) != len(DENSITIES):
        raise ValueError(f"check must have {len(DENSITIES)} expected values in paper.yaml, given {check!r}: {target}")
    return target


def known_values(check: str, groups: Iterable[str]) -> dict[str, dict[str, float]]:
    """Collect what a figure draws beside our means: the dossier's simulation and a recorded run.

    Parameters
    ----------
    check : str
        Name of the check in the ledger.
    groups : iterable of str
        Densities in the figure, as :func:`ratios_by_density` names them.

    Returns
    -------
    dict of str to dict of str to float
        ``"expected"`` and, if a run was recorded, ``"recorded"``: from density to value.
    """
    names = [f"{density:g}" for density in DENSITIES]
    run = recorded(check)
    found = {"expected": expected_by_density(check)} | ({"recorded": run.value} if run else {})
    return {
        kind: {name: value for name, value in zip(names, values, strict=True) if name in set(groups)}
        for kind, values in found.items()
    }
