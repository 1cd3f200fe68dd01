import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from common.markets.three_dimensional import chain_assignment, linear_relaxation, three_dimensional_assignment
from tests.triple_cases import assert_disjoint, best_total, uncovered


@st.composite
def chains(draw, largest):
    """Integer values (X, M) and (M, Z) of both signs, so that ties and idle agents abound."""
    x, m, z = (draw(st.integers(0, largest)) for _ in range(3))
    whole = st.integers(-3, 4)
    left, right = draw(hnp.arrays(np.int64, (x, m), elements=whole)), draw(hnp.arrays(np.int64, (m, z), elements=whole))
    return left.astype(float), right.astype(float)


def assert_solves_primal_and_dual(left, right):
    """Strong duality: feasible triples and feasible prices of the same total prove each other optimal."""
    answer, values = chain_assignment(left, right), left[:, :, None] + right
    scale = 1 + np.abs(values).max(initial=0.0)
    assert_disjoint(answer.triples)
    assert answer.triples == tuple(sorted(answer.triples))
    assert all(values[triple] > 0 for triple in answer.triples)
    assert answer.value == pytest.approx(sum(values[triple] for triple in answer.triples))
    assert [side.shape for side in answer.prices] == [(size,) for size in values.shape]
    assert all((side >= 0).all() for side in answer.prices)
    assert uncovered(values, answer.prices) <= 1e-12 * scale
    assert sum(side.sum() for side in answer.prices) == pytest.approx(answer.value, rel=1e-12, abs=1e-12 * scale)
    for triple in answer.triples:
        assert sum(side[i] for side, i in zip(answer.prices, triple, strict=True)) == pytest.approx(values[triple])
    for side, agents in zip(answer.prices, zip(*answer.triples, strict=True), strict=False):
        assert not np.delete(side, agents).any()
    return answer


@given(chains(largest=4))
def test_small_chains_against_brute_force(chain):
    left, right = chain
    assert assert_solves_primal_and_dual(left, right).value == best_total(left[:, :, None] + right)


@given(chains(largest=8))
def test_the_relaxation_of_a_chain_is_integral(chain):
    left, right = chain
    value = assert_solves_primal_and_dual(left, right).value
    assert linear_relaxation(left[:, :, None] + right).value == pytest.approx(value)
    assert three_dimensional_assignment(left[:, :, None] + right).value == pytest.approx(value)


@pytest.mark.parametrize("shape", [(60, 60, 60), (30, 60, 50), (60, 20, 40), (1, 50, 2)])
@pytest.mark.parametrize("scale", [1.0, 1e-9, 1e9])
def test_real_values_of_any_size(shape, scale):
    rng = np.random.default_rng(3)
    x, m, z = shape
    assert_solves_primal_and_dual(scale * (rng.random((x, m)) - 0.5), scale * (rng.random((m, z)) - 0.5))


def test_nobody_idles_with_a_positive_price_though_another_does():
    # Two couriers, one order: the second courier holds the price of the first down to the difference of their costs.
    answer = chain_assignment([[-1.0], [-3.0]], [[10.0]])
    assert answer.triples == ((0, 0, 0),)
    assert answer.prices[1][0] + answer.prices[2][0] >= 7.0
    assert answer.prices[0][0] <= 2.0


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"right must have shape \(2, last\) to fit left, given shape \(3, 1\)"):
        chain_assignment(np.zeros((1, 2)), np.zeros((3, 1)))
    with pytest.raises(ValueError, match="left must be finite"):
        chain_assignment([[np.inf]], [[1.0]])
    with pytest.raises(ValueError, match=r"right must have shape \(middle, last\)"):
        chain_assignment([[1.0]], [1.0])
