from itertools import combinations, product

import pytest

from papers.delivery_tips.market import ThreeSidedMarket
from papers.delivery_tips.transactions import all_transactions, count_transactions, disjoint_transactions


def disjoint(triples):
    return all(len({triple[side] for triple in triples}) == len(triples) for side in range(3))


@pytest.mark.parametrize("shape", [(0, 0, 0), (0, 2, 2), (1, 1, 1), (2, 2, 1), (2, 2, 2), (3, 1, 2), (2, 3, 2)])
def test_every_set_of_disjoint_triples_is_listed_once(shape):
    triples = list(product(*map(range, shape)))
    expected = {chosen for size in range(min(shape) + 1) for chosen in combinations(triples, size) if disjoint(chosen)}
    listed = list(all_transactions(shape))
    assert len(listed) == len(set(listed)) == count_transactions(shape)
    assert set(listed) == expected


def test_counts_of_the_dossier():
    counts = {(1, 1, 1): 2, (2, 2, 1): 5, (2, 2, 2): 13, (2, 3, 4): 97, (3, 3, 3): 172}
    assert {shape: len(list(all_transactions(shape))) for shape in counts} == counts


def test_triples_are_sorted_and_checked():
    market = ThreeSidedMarket([[1] * 3] * 2, [[[1] * 3] * 2] * 4)
    assert disjoint_transactions(market, [(1, 2, 3), (0, 0, 0)]) == ((0, 0, 0), (1, 2, 3))
    assert disjoint_transactions(market, []) == ()
    for overlapping, who in (
        ([(0, 0, 0), (0, 1, 1)], "buyer 0"),
        ([(0, 2, 0), (1, 2, 1)], "store 2"),
        ([(0, 0, 3), (1, 1, 3)], "courier 3"),
        ([(0, 0, 0), (0, 0, 0)], "buyer 0"),
    ):
        with pytest.raises(ValueError, match=f"transactions must be disjoint, given {who} more than once"):
            disjoint_transactions(market, overlapping)
    with pytest.raises(ValueError, match="shape must hold"):
        count_transactions((1, 2, -1))
    with pytest.raises(ValueError, match="transactions must name a store"):
        disjoint_transactions(market, [(0, 3, 0)])
