"""Product lotteries against the sum over all bundles, finite differences, and plain menus."""

import numpy as np
import pytest
import torch

from common.auctions.bitsets import unpack_items
from common.auctions.product_lotteries import MOST_ATOMS, ProductLotteryMenu, UnionTerms, product_lottery_values
from common.auctions.xor import XORValuations
from tests.xor_cases import every_bundle, random_types


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def by_enumeration(types, inclusion):
    """Expected values as a sum over all 2**m bundles."""
    bundles = every_bundle(types.n_items)
    inside = unpack_items(bundles, types.n_items)
    probabilities = np.where(inside, inclusion[:, None, :], 1 - inclusion[:, None, :]).prod(axis=-1)  # (J, 2**m)
    return types.values(bundles) @ probabilities.T


@pytest.mark.parametrize("n_atoms", [1, 2, 3, 6])
def test_expected_values_are_the_sum_over_all_bundles(rng, n_atoms):
    types = random_types(rng, 40, 7, n_atoms)
    inclusion = rng.random((70, 7))  # more lotteries than one block holds, and not a multiple of it
    inclusion[rng.random(inclusion.shape) < 0.2] = 0.0
    inclusion[rng.random(inclusion.shape) < 0.2] = 1.0
    menu = ProductLotteryMenu(inclusion, np.zeros(70))
    np.testing.assert_allclose(menu.expected_values(types), by_enumeration(types, inclusion), atol=1e-12)


def test_single_precision_is_close(rng):
    types = random_types(rng, 30, 7, 6)
    inclusion = rng.random((50, 7))
    terms = UnionTerms.of(types, np.float32)
    values = product_lottery_values(torch.from_numpy(inclusion).float().log(), terms, np.arange(30))
    assert values.dtype == torch.float32
    np.testing.assert_allclose(values.numpy(), by_enumeration(types, inclusion), atol=1e-4)


def test_a_lottery_of_zeros_and_ones_is_its_bundle(rng):
    types = random_types(rng, 50, 130, 4)  # three words
    inclusion = (rng.random((20, 130)) < 0.8).astype(float)
    menu = ProductLotteryMenu(inclusion, rng.random(20) * 10)
    np.testing.assert_array_equal(menu.expected_values(types), menu.rounded().expected_values(types))
    np.testing.assert_array_equal(menu.payments(types), menu.rounded().payments(types))


def test_gradient_agrees_with_finite_differences(rng):
    types = random_types(rng, 8, 5, 4)
    terms = UnionTerms.of(types)
    logits = torch.from_numpy(rng.normal(size=(3, 5))).requires_grad_()
    which = np.array([0, 3, 3, 7, 5])

    def values(logits):
        return product_lottery_values(torch.nn.functional.logsigmoid(logits), terms, which)

    assert torch.autograd.gradcheck(values, (logits,), eps=1e-6, atol=1e-7)


def test_gradient_of_items_that_never_come_is_zero_and_of_sure_ones_is_not(rng):
    types = XORValuations.from_atoms([[({0, 1}, 4.0), ({2}, 1.0)]], n_items=3)
    log_inclusion = torch.tensor([[0.0, -torch.inf, 0.0]], dtype=torch.float64, requires_grad=True)
    value = product_lottery_values(log_inclusion, UnionTerms.of(types), [0])
    value.sum().backward()
    assert value.item() == 1.0
    assert log_inclusion.grad.tolist() == [[0.0, 0.0, 1.0]]


def test_regret_is_nil_and_payments_are_prices(rng):
    types = random_types(rng, 200, 6, 4)
    menu = ProductLotteryMenu(rng.random((30, 6)), rng.random(30) * 8)
    element, utility, payment = menu.buy(types)
    assert menu.regret(types) <= 1e-9
    assert (utility >= 0).all()
    np.testing.assert_array_equal(payment, np.where(element < 0, 0.0, menu.prices[element]))
    assert menu.revenue(types) == pytest.approx(payment.mean())
    np.testing.assert_array_equal(menu.choices(types), element)


def test_relabelling_items_and_scaling_bids_change_nothing_else(rng):
    types = random_types(rng, 30, 6, 5)
    inclusion, order = rng.random((9, 6)), rng.permutation(6)
    values = ProductLotteryMenu(inclusion, np.zeros(9)).expected_values(types)
    moved = ProductLotteryMenu(inclusion[:, order], np.zeros(9)).expected_values(types.relabelled(order))
    np.testing.assert_allclose(moved, values, atol=1e-12)
    np.testing.assert_allclose(
        ProductLotteryMenu(inclusion, np.zeros(9)).expected_values(types.scaled(3.0)), 3 * values, atol=1e-12
    )


def test_what_is_refused(rng):
    types = random_types(rng, 4, 5)
    terms = UnionTerms.of(types)
    with pytest.raises(ValueError, match="log_inclusion must have shape"):
        product_lottery_values(torch.zeros(2, 4), terms, [0])
    for which in ([4], [-1], [0.5], [True], [[0]]):
        with pytest.raises(ValueError, match="which must hold"):
            product_lottery_values(torch.zeros(2, 5), terms, which)
    with pytest.raises(ValueError, match="in \\[0, 1\\]"):
        ProductLotteryMenu(np.array([[0.5, np.nan]]), np.zeros(1))
    with pytest.raises(ValueError, match="prices must be finite"):
        ProductLotteryMenu(np.array([[0.5, 0.5]]), np.array([np.inf]))
    with pytest.raises(ValueError, match="inclusion must have shape"):
        ProductLotteryMenu(np.zeros((2, 3)), np.zeros(3))
    with pytest.raises(ValueError, match="types must have 5 items"):
        ProductLotteryMenu(np.zeros((2, 5)), np.zeros(2)).expected_values(random_types(rng, 4, 6))
    many = XORValuations.from_atoms([[({i}, 1.0 + i) for i in range(MOST_ATOMS + 1)]], n_items=MOST_ATOMS + 1)
    with pytest.raises(ValueError, match="at most"):
        UnionTerms.of(many)
