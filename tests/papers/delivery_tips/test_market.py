import numpy as np
import pytest

from papers.delivery_tips.market import DeliveryEquilibrium, DeliveryOutcome, ThreeSidedMarket, as_transactions

V, K = np.arange(6.0).reshape(2, 3), np.arange(24.0).reshape(4, 2, 3)  # two buyers, three stores, four couriers


def spoilt(array, place, value):
    array = array.copy()
    array[place] = value
    return array


@pytest.mark.parametrize(
    ("values", "costs", "message"),
    [
        (spoilt(V, (1, 2), np.nan), K, r"V must be .*given V\[1, 2\] = nan"),
        (spoilt(V, (0, 1), -1.0), K, r"V must be .*given V\[0, 1\] = -1"),
        (V, spoilt(K, (3, 1, 0), np.inf), r"K must be .*given K\[3, 1, 0\] = inf"),
        (V, spoilt(K, (2, 0, 2), -0.5), r"K must be .*given K\[2, 0, 2\] = -0.5"),
        (V[0], K, r"V must have shape \(buyers, stores\)"),
        (V, K[0], r"K must have shape \(couriers, buyers, stores\)"),
        (V, K.transpose(0, 2, 1), r"K must have shape \(couriers, 2, 3\)"),
        (V, K.transpose(1, 2, 0), r"K must have shape \(couriers, 2, 3\)"),
        ([[1, 2], [3]], K, "V must be a rectangular table"),
        ([["1"]], K, "V must hold real numbers"),
        (None, K, "V"),
    ],
)
def test_what_is_no_market_is_refused_by_name_and_index(values, costs, message):
    with pytest.raises(ValueError, match=message):
        ThreeSidedMarket(values, costs)


@pytest.mark.parametrize("shape", [(0, 0, 0), (0, 3, 2), (2, 0, 1), (2, 3, 0)])
def test_any_side_may_be_empty(shape):
    n_buyers, n_stores, n_couriers = shape
    market = ThreeSidedMarket(np.ones((n_buyers, n_stores)), np.ones((n_couriers, n_buyers, n_stores)))
    assert market.shape == shape
    assert market.surplus.shape == (n_couriers, n_buyers, n_stores)
    assert market.welfare([]) == 0.0


def test_a_market_keeps_its_own_numbers():
    values = V.copy()
    market = ThreeSidedMarket(values, K)
    values[0, 0] = 99.0
    assert market.V[0, 0] == 0.0
    for array in (market.V, market.K, market.surplus):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


def test_welfare_finds_the_courier_first_in_costs():
    market = ThreeSidedMarket(V, K)
    assert market.surplus[3, 1, 2] == V[1, 2] - K[3, 1, 2]
    assert market.welfare([(1, 2, 3), (0, 1, 2)]) == (5 - 23) + (1 - 13)


@pytest.mark.parametrize(
    "given", [[(1, 0, 2), (0, 2, 1)], np.array([[1, 0, 2], [0, 2, 1]]), iter([[1, 0, 2], (0, 2, 1)])]
)
def test_transactions_come_in_many_forms(given):
    triples = as_transactions(given)
    assert triples == ((0, 2, 1), (1, 0, 2))
    assert all(type(agent) is int for triple in triples for agent in triple)
    assert as_transactions(np.zeros((0, 3))) == ()


@pytest.mark.parametrize(
    "given", [None, 5, "012", (0, 1, 2), [None], [(0, 1)], [(0, 1, 2.0)], [(0, 0, True)], [[[1, 2], [3], [4]]]]
)
def test_what_are_no_transactions_is_refused(given):
    for refuses in (as_transactions, ThreeSidedMarket(V, K).welfare):
        with pytest.raises(ValueError, match="transactions must"):
            refuses(given)
    with pytest.raises(ValueError, match="transactions must"):
        DeliveryEquilibrium(np.zeros(3), 0 * V, 0 * V, given)


@pytest.mark.parametrize("triple", [(2, 0, 0), (0, 3, 0), (0, 0, 4), (-1, 0, 0)])
def test_strangers_are_refused(triple):
    with pytest.raises(ValueError, match="transactions must name a"):
        ThreeSidedMarket(V, K).check_transactions([triple])


@pytest.mark.parametrize(
    ("prices", "compensations", "tips", "message"),
    [
        (np.zeros(2), 0 * V, 0 * V, "prices must have shape"),
        (np.zeros(3), 0 * V, 0 * V.T, "tips must have the shape"),
        (np.zeros(3), spoilt(V, (1, 1), np.nan), 0 * V, r"compensations\[1, 1\]"),
    ],
)
def test_payments_that_do_not_fit_are_refused(prices, compensations, tips, message):
    with pytest.raises(ValueError, match=message):
        DeliveryEquilibrium(prices, compensations, tips, [])


def test_what_is_missing_is_no_number():
    missing = DeliveryOutcome.missing("too few couriers")
    assert not missing.exists
    assert np.isnan([missing.welfare, missing.bound, missing.gap]).all()
    assert missing.transactions is missing.equilibrium is None
