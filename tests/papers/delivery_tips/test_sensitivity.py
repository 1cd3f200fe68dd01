"""The closed forms hold against every pattern of wants and against the threshold."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from papers.delivery_tips.existence_study import couriers_needed
from papers.delivery_tips.sensitivity import mean_least_cost, share_with_unwanted_store, wanted_stores


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (3, 2), (4, 2), (3, 0), (0, 2)])
@pytest.mark.parametrize("density", [0.0, 0.3, 1.0])
def test_closed_forms_sum_over_all_patterns_of_wants(shape, density):
    cells = shape[0] * shape[1]
    mean = some = 0.0
    for pattern in product([0, 1], repeat=cells):
        chance = density ** sum(pattern) * (1 - density) ** (cells - sum(pattern))
        wanted = np.reshape(pattern, shape).any(axis=0)
        mean += chance * wanted.sum()
        some += chance * (not wanted.all())
    assert wanted_stores(*shape, density) == pytest.approx(mean)
    assert share_with_unwanted_store(*shape, density) == pytest.approx(some)


@pytest.mark.parametrize("n_buyers", [6, 12])
def test_closed_forms_bound_the_threshold(n_buyers):
    needed = couriers_needed(n_buyers, 6, 0.2, 800, seed=1)
    error = needed.std() / np.sqrt(needed.size)
    assert needed.mean() <= wanted_stores(n_buyers, 6, 0.2) + 4 * error
    assert (needed < 6).mean() >= share_with_unwanted_store(n_buyers, 6, 0.2) - 4 * np.sqrt(0.25 / needed.size)


def test_least_cost_is_parisis_sum_and_that_of_simulated_assignments():
    for n in range(7):
        assert mean_least_cost(n, n) == pytest.approx(sum(1 / k**2 for k in range(1, n + 1)))
    assert mean_least_cost(1, 5) == pytest.approx(1 / 5)  # the least of five exponentials
    rng = np.random.default_rng(2)
    costs = rng.exponential(size=(4000, 3, 5))
    least = np.array([c[linear_sum_assignment(c)].sum() for c in costs])
    assert least.mean() == pytest.approx(mean_least_cost(3, 5), abs=4 * least.std() / np.sqrt(least.size))


def test_impossible_sizes_and_densities_are_refused():
    for bound in (wanted_stores, share_with_unwanted_store):
        with pytest.raises(ValueError, match="density"):
            bound(3, 3, 1.5)
        with pytest.raises(ValueError, match="shape"):
            bound(-1, 3, 0.5)
    with pytest.raises(ValueError, match="n_couriers"):
        mean_least_cost(3, 2)
