from dataclasses import replace

import numpy as np
import pytest

from papers.delivery_tips.instances import scarce_courier_equilibrium, worked_instances
from papers.delivery_tips.market import DeliveryEquilibrium, DeliveryOutcome, ThreeSidedMarket
from papers.delivery_tips.support import supporting_equilibrium
from papers.delivery_tips.transactions import all_transactions
from papers.delivery_tips.verification import Violation, check_equilibrium
from tests.papers.delivery_tips.reference import broken_by_definition, random_market

E2 = worked_instances()["E2"].market
STEP = 0.25
#: By hand, for the equilibrium of E2 in full: a payment, the ends between which it may move alone, and who complains of
#: what just below and just above them.
MOVES = [
    ("prices", (0,), 0, 0, {("negative price", 0, None), ("buyer envy", 1, (1, 0))}, {("buyer envy", 0, (0, 1))}),
    (
        "prices",
        (1,),
        0,
        0,
        {("negative price", 1, None), ("buyer envy", 0, (0, 1)), ("buyer envy", 1, (1, 1))},
        {("unsold price", 1, None)},
    ),
    ("compensations", (0, 0), 0, None, {("negative compensation", 0, (0, 0))}, None),
    *(
        (
            "compensations",
            order,
            0,
            0,
            {("negative compensation", 0, order)},
            {("untransacted compensation", 0, order)},
        )
        for order in ((0, 1), (1, 0), (1, 1))
    ),
    ("tips", (0, 0), 4, 4.5, {("courier envy", 0, (1, 1))}, {("buyer envy", 0, (0, 1))}),
    ("tips", (0, 1), 0.5, 4.5, {("buyer envy", 0, (0, 1))}, {("courier envy", 0, (0, 1))}),
    ("tips", (1, 0), 1, 4.5, {("buyer envy", 1, (1, 0))}, {("courier envy", 0, (1, 0))}),
    ("tips", (1, 1), 4, 4.5, {("buyer envy", 1, (1, 1))}, {("courier envy", 0, (1, 1))}),
]


def complaints(market, equilibrium, **options):
    return {(found.condition, found.agent, found.order) for found in check_equilibrium(market, equilibrium, **options)}


def moved(kind, place, amount):
    payments = getattr(scarce_courier_equilibrium(), kind).copy()
    payments[place] = amount
    return replace(scarce_courier_equilibrium(), **{kind: payments})


def test_the_complete_equilibrium_of_e2_passes():
    assert check_equilibrium(E2, scarce_courier_equilibrium(), tol=0.0) == ()


@pytest.mark.parametrize(("kind", "place", "low", "high", "below", "above"), MOVES)
def test_each_payment_of_e2_may_move_within_its_interval_and_no_further(kind, place, low, high, below, above):
    for end, away, expected in ((low, low - STEP, below), (high, (high or 0) + STEP, above)):
        if end is None:
            assert check_equilibrium(E2, moved(kind, place, 1e6)) == ()
            continue
        assert check_equilibrium(E2, moved(kind, place, end), tol=1e-12) == ()
        found = check_equilibrium(E2, moved(kind, place, away))
        assert {(v.condition, v.agent[1], v.order) for v in found} == expected
        assert [v.amount for v in found] == pytest.approx([STEP] * len(found))


@pytest.mark.parametrize(
    ("transactions", "expected"),
    [
        # Nobody trades: at these tips the first buyer gains from either store, the courier from two orders.
        (
            [],
            {
                ("buyer envy", ("buyer", 0), (0, 0)),
                ("buyer envy", ("buyer", 0), (0, 1)),
                ("courier envy", ("courier", 0), (0, 0)),
                ("courier envy", ("courier", 0), (1, 1)),
            },
        ),
        (
            [(1, 1, 0)],
            {
                ("buyer envy", ("buyer", 0), (0, 0)),
                ("buyer envy", ("buyer", 0), (0, 1)),
                ("courier envy", ("courier", 0), (0, 0)),
            },
        ),
        (
            [(0, 1, 0)],
            {
                ("courier rationality", ("courier", 0), (0, 1)),
                ("courier envy", ("courier", 0), (0, 0)),
                ("courier envy", ("courier", 0), (1, 1)),
            },
        ),
        ([(0, 0, 0), (1, 1, 0)], {("overlap", ("courier", 0), None), ("courier envy", ("courier", 0), (0, 0))}),
    ],
)
def test_other_transactions_at_the_payments_of_e2_are_refused(transactions, expected):
    assert complaints(E2, replace(scarce_courier_equilibrium(), transactions=transactions)) == expected


def test_forbidden_tips_are_listed_each():
    found = check_equilibrium(E2, scarce_courier_equilibrium(), tips=False)
    assert found == tuple(
        Violation(("buyer", b), "tip", (b, s), tip) for (b, s), tip in np.ndenumerate([[4.5, 0.5], [1.0, 4.0]])
    )


def test_random_payments_break_what_the_definition_says():
    rng = np.random.default_rng(1)
    kinds = set()
    for _ in range(300):
        market = random_market(rng)
        taus = list(all_transactions(market.shape))
        tau = taus[rng.integers(len(taus))]
        good = supporting_equilibrium(market, tau)
        if good is None or rng.random() < 0.3:
            good = DeliveryEquilibrium(
                np.zeros(market.n_stores), np.zeros(market.V.shape), np.zeros(market.V.shape), tau
            )
        payments = {
            kind: getattr(good, kind) + rng.integers(-2, 3, getattr(good, kind).shape) * (rng.random() < 0.4)
            for kind in ("prices", "compensations", "tips")
        }
        for tips in (True, False):
            candidate = replace(good, **payments)
            found = check_equilibrium(market, candidate, tips=tips)
            assert len(found) == len(complaints(market, candidate, tips=tips))
            assert complaints(market, candidate, tips=tips) == broken_by_definition(market, candidate, tips)
            assert all(violation.amount > 1e-6 for violation in found)
            kinds |= {violation.condition for violation in found}
    assert len(kinds) == 10  # all but overlaps have been met


def test_an_agent_in_several_transactions_is_held_to_the_worst():
    for V, preferred in (([[3, 1]], (0, 0)), ([[1, 3]], (0, 1))):
        market = ThreeSidedMarket(V, np.zeros((2, 1, 2)))
        payments = [0, 0], np.zeros((1, 2)), np.zeros((1, 2))
        found = check_equilibrium(market, DeliveryEquilibrium(*payments, [(0, 0, 0), (0, 1, 1)]))
        assert [str(violation) for violation in found] == [
            "overlap: buyer 0 trades 1 times too often",
            f"buyer envy: buyer 0 would gain 2 by order {preferred}",
        ]
    for costs in ([1, 3], [3, 1]):
        K = np.zeros((1, 2, 2))
        K[0, [0, 1], [0, 1]] = costs
        compensations = np.diag([3.0, 3.0])
        both = DeliveryEquilibrium([0, 0], compensations, np.zeros((2, 2)), [(0, 0, 0), (1, 1, 0)])
        cheaper = (0, 0) if costs[0] == 1 else (1, 1)
        assert [(v.condition, v.order) for v in check_equilibrium(ThreeSidedMarket(np.diag([1, 1]), K), both)] == [
            ("overlap", None),
            ("courier envy", cheaper),
        ]


@pytest.mark.parametrize("shape", [(0, 0, 0), (0, 2, 1), (2, 0, 1), (2, 3, 0), (0, 0, 2)])
def test_empty_sides(shape):
    n_buyers, n_stores, n_couriers = shape
    V = np.ones((n_buyers, n_stores))
    market = ThreeSidedMarket(V, np.ones((n_couriers, n_buyers, n_stores)))
    assert check_equilibrium(market, DeliveryEquilibrium(np.zeros(n_stores), 0 * V, V, [])) == ()


def test_sentences_name_agent_and_amount():
    equilibrium = DeliveryEquilibrium([-1, 2], [[1, -1], [0, 0]], [[-1, 0], [0, 0]], [])
    sentences = [str(violation) for violation in check_equilibrium(E2, equilibrium, tips=False)]
    assert "negative price: store 0 has the price -1" in sentences
    assert "unsold price: store 1 sells nothing and has the price 2" in sentences
    assert "negative compensation: the platform pays -1 for order (0, 1)" in sentences
    assert "untransacted compensation: the platform pays 1 for order (0, 0), which nobody carries" in sentences
    assert "negative tip: buyer 0 tips -1 for order (0, 0)" in sentences


def test_what_does_not_fit_is_refused():
    wrong = DeliveryEquilibrium([0], np.zeros((2, 1)), np.zeros((2, 1)), [])
    with pytest.raises(ValueError, match="equilibrium must have tips of shape"):
        check_equilibrium(E2, wrong)
    with pytest.raises(ValueError, match="transactions must name a courier"):
        check_equilibrium(E2, replace(scarce_courier_equilibrium(), transactions=[(0, 0, 1)]))
    with pytest.raises(ValueError, match=r"equilibrium must carry payments.*too few couriers"):
        check_equilibrium(E2, DeliveryOutcome.missing("too few couriers"))
    for nothing in (None, scarce_courier_equilibrium().tips):
        with pytest.raises(ValueError, match="equilibrium must be a DeliveryEquilibrium or"):
            check_equilibrium(E2, nothing)
    for tol in (np.nan, -1e-6, np.inf):
        with pytest.raises(ValueError, match="tol must be finite and >= 0"):
            check_equilibrium(E2, scarce_courier_equilibrium(), tol=tol)


def test_an_outcome_is_checked_by_its_certificate():
    equilibrium = scarce_courier_equilibrium()
    outcome = DeliveryOutcome(True, 4.0, equilibrium.transactions, equilibrium, 4.0, 0.0, "optimal")
    assert check_equilibrium(E2, outcome) == ()
