import numpy as np
import pytest
import torch

from common.auctions.soft_revenue import soft_menu_revenue


def by_definition(values, prices, offsets, temperature, null):
    total = 0.0
    for row in values:
        powers = np.exp(temperature * np.append(row - prices, 0.0))
        total += powers / powers.sum() @ np.append(prices + offsets, null)
    return total / len(values)


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_definition(seed):
    rng = np.random.default_rng(seed)
    values, prices, offsets = rng.random((7, 4)), rng.random(4), rng.random(4)
    given = [torch.from_numpy(array) for array in (values, prices, offsets)]
    soft = soft_menu_revenue(*given, inv_temperature=3.0, null_offset=0.3)
    assert float(soft) == pytest.approx(by_definition(values, prices, offsets, 3.0, 0.3), rel=1e-12)


def test_menus_go_in_batches():
    rng = np.random.default_rng(0)
    values, prices = torch.from_numpy(rng.random((2, 3, 7, 4))), torch.from_numpy(rng.random((2, 3, 4)))
    null = torch.from_numpy(rng.random((2, 3)))
    together = soft_menu_revenue(values, prices, inv_temperature=5.0, null_offset=null)
    for place in np.ndindex(2, 3):
        alone = soft_menu_revenue(values[place], prices[place], inv_temperature=5.0, null_offset=null[place])
        assert float(together[place]) == pytest.approx(float(alone))


def test_a_cold_choice_is_the_hard_one():
    values, prices = torch.tensor([[5.0, 3.0], [1.0, 2.0], [0.5, 0.1]]), torch.tensor([3.0, 1.5])
    assert float(soft_menu_revenue(values, prices, inv_temperature=1e4)) == pytest.approx((3.0 + 1.5 + 0) / 3, rel=1e-6)


def test_rows_that_are_not_there_and_large_numbers_do_no_harm():
    values = torch.tensor([[1e6, -float("inf")]], dtype=torch.float32)
    prices = torch.tensor([2.0, 3.0], requires_grad=True)
    soft = soft_menu_revenue(values, prices, inv_temperature=100.0)
    soft.backward()
    assert soft.item() == pytest.approx(2.0)
    assert prices.grad.tolist() == [1.0, 0.0]


def test_a_buyer_for_whom_no_row_is_there_takes_nothing():
    values = torch.tensor([[-float("inf")] * 2, [5.0, 3.0]], requires_grad=True)
    prices = torch.tensor([2.0, 3.0], requires_grad=True)
    soft = soft_menu_revenue(values, prices, inv_temperature=100.0, null_offset=0.5)
    soft.backward()
    assert soft.item() == pytest.approx((0.5 + 2.0) / 2)
    assert prices.grad.tolist() == [0.5, 0.0]
    assert values.grad.tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="offsets that of prices"):
        soft_menu_revenue(torch.zeros(3, 4), torch.zeros(4), torch.zeros(3, 4))
    with pytest.raises(ValueError, match="row_values must have shape"):
        soft_menu_revenue(torch.zeros(3), torch.zeros(3))
    with pytest.raises(ValueError, match="row_values must have shape"):
        soft_menu_revenue(torch.zeros(2, 3), torch.zeros(2))
    for wrong in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="inv_temperature must be > 0"):
            soft_menu_revenue(torch.zeros(2, 3), torch.zeros(3), inv_temperature=wrong)
