import numpy as np
import pytest
from hypothesis import given

from papers.trading_networks import TradingNetwork, harmonic
from papers.trading_networks.network import PlatformOutcome
from tests.market_cases import best_value, markets


@given(markets(largest=3))
def test_the_welfare_figures_are_those_of_the_definition(market):
    values, world = market
    net = TradingNetwork(values, world)
    everybody = np.ones_like(world)
    assert net.world_welfare == best_value(values, world)
    assert net.optimal_welfare == best_value(values, everybody)
    assert net.welfare_gain == net.optimal_welfare - net.world_welfare
    assert net.revenue_guarantee * harmonic(net.size) == pytest.approx(net.welfare_gain)
    assert net.is_homogeneous == all(len(set(row)) <= 1 for row in values)


def test_a_network_keeps_its_own_arrays():
    values = np.ones((1, 1))
    net = TradingNetwork(values, [[0]])
    values[0, 0] = 5
    assert net.values[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        net.values[0, 0] = 2
    with pytest.raises(ValueError, match="read-only"):
        net.world[0, 0] = True


@pytest.mark.parametrize(
    ("values", "world", "complaint"),
    [
        ([[np.nan]], [[0]], r"values must be finite and >= 0, given values\[0, 0\] = nan"),
        ([[-1.0]], [[0]], r"values\[0, 0\] = -1"),
        ([1.0], [[0]], "values must have shape"),
        ([[1.0]], [[0, 1]], r"world must have shape \(1, 1\)"),
        ([[1.0]], [[0.5]], "world must hold only 0/1"),
        ([[1.0]], None, r"world must be a table of shape \(1, 1\), given None"),
        ([[1.0, 2.0]], [[0, 1], [1]], "world must be a rectangular table"),
        ([[1.0]], [["1"]], "world must hold real numbers"),
        ([[1.0, 2.0], [3.0]], [[0]], "values must be a rectangular table"),
        ([["1.0"]], [[0]], "values must hold real numbers"),
        (np.array([["one"]], dtype=object), [[0]], "values must be a rectangular table of real numbers"),
        ([[1.0 + 1.0j]], [[0]], "values must hold real numbers"),
        ([[None]], [[0]], r"values\[0, 0\] = nan"),
    ],
)
def test_bad_input_is_named(values, world, complaint):
    with pytest.raises(ValueError, match=complaint):
        TradingNetwork(values, world)


def test_introductions_are_read_as_table_or_as_pairs():
    net = TradingNetwork(np.ones((2, 3)), np.zeros((2, 3)))
    mask = net.pairs_mask([(1, 2), (0, 0)])
    assert np.argwhere(mask).tolist() == [[0, 0], [1, 2]]
    assert (net.pairs_mask(mask) == mask).all()
    with pytest.raises(ValueError, match=r"introduced must hold pairs .* given \(2, 0\)"):
        net.pairs_mask([(2, 0)])
    with pytest.raises(ValueError, match="introduced must have shape"):
        net.pairs_mask(np.ones((3, 2)))


def read(introduced, shape):
    pairs = np.argwhere(TradingNetwork(np.ones(shape), np.zeros(shape)).pairs_mask(introduced))
    return [tuple(pair) for pair in pairs.tolist()]


@pytest.mark.parametrize("table", [[[0, 1], [1, 0]], [[1, 1], [0, 0]], [[0, 0], [0, 0]], [[1, 0], [0, 1]]])
def test_a_small_table_is_never_taken_for_pairs(table):
    expected = [(i, j) for i in range(2) for j in range(2) if table[i][j]]
    for kind in (bool, int, float):
        assert read(np.array(table, dtype=kind), (2, 2)) == expected
    for kind in (bool, np.bool_, float):
        assert read([[kind(entry) for entry in row] for row in table], (2, 2)) == expected
    for kind in (int, np.int64):
        with pytest.raises(ValueError, match=r"introduced is ambiguous.*pass a table as an array and pairs as tuples"):
            read([[kind(entry) for entry in row] for row in table], (2, 2))
    assert read([tuple(row) for row in table], (2, 2)) == sorted({tuple(row) for row in table})


def test_a_nested_table_is_read_where_it_cannot_be_pairs():
    assert read([[0, 1, 0], [1, 0, 1]], (2, 3)) == [(0, 1), (1, 0), (1, 2)]
    assert read(((0, 1, 0), (1, 0, 1)), (2, 3)) == [(0, 1), (1, 0), (1, 2)]
    assert read([[1], [0]], (2, 1)) == [(0, 0)]
    assert read([[], []], (2, 0)) == read([], (0, 2)) == []


def test_pairs_are_read_from_any_iterable():
    for pairs in (
        [(1, 2)],
        ((1, 2),),
        {(1, 2)},
        iter([(1, 2)]),
        [[1, 2]],
        [np.array([1, 2])],
        [(np.int32(1), np.intp(2))],
    ):
        assert read(pairs, (2, 3)) == [(1, 2)]
    assert read([[1, 1]], (2, 2)) == [(1, 1)]  # one row is no table of two


@pytest.mark.parametrize(
    "introduced",
    [None, 3, "01", ["01"], [1, 2], [(True, False)], [(0.0, 1.0)], [(0, 1, 0)], [(0,)], [("0", "1")], [(0, None)]],
)
def test_what_is_no_introduction_is_refused(introduced):
    with pytest.raises(ValueError, match="introduced must"):
        read(introduced, (2, 3))


@pytest.mark.parametrize("introduced", [np.array([[0, 2], [1, 0]]), np.full((2, 2), 0.5), np.array([["0", "1"]] * 2)])
def test_an_array_is_always_a_table(introduced):
    with pytest.raises(ValueError, match="introduced must hold"):
        read(introduced, (2, 2))


def test_the_gap_is_relative_to_the_bound():
    empty = np.zeros((1, 1), dtype=bool), 1.0, np.zeros(1), np.zeros(1, dtype=int)
    assert PlatformOutcome(3.0, *empty, bound=4.0).gap == 0.25
    assert PlatformOutcome(0.0, *empty, bound=0.0).gap == 0.0
    assert PlatformOutcome(3.0, *empty).gap is None


def test_harmonic_numbers():
    assert [harmonic(k) for k in range(4)] == [0.0, 1.0, 1.5, pytest.approx(11 / 6)]


@pytest.mark.parametrize("k", [-1, 1.5, True])
def test_a_harmonic_number_has_a_whole_index(k):
    with pytest.raises(ValueError, match="k must be >= 0 and an integer"):
        harmonic(k)
