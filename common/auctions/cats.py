"""Single bidders of the Combinatorial Auction Test Suite (CATS), environments *arbitrary* and *regions*.

Source: Leyton-Brown, Pearson and Shoham, *Towards a universal test suite for combinatorial auction algorithms* (EC
2000), section 4; defaults as in version 2 of their program. Written from the description in the dossier of 2502.15283,
section 5.2. A bidder is made in three steps:

1. *private values* ``p_i``, and from them interests ``pi_i`` (how likely she is to want item i);
2. a *first bundle* B: its first item is drawn by interest; then, as long as a coin of probability
   ``additional_location`` says so, an item joins with probability proportional to ``pi_i * sum_{j in B} d_ji`` (in
   *regions* with probability ``jump`` any item outside instead), and nothing joins where no item has a positive weight;
3. *substitutes*: from every item of B a bundle of the size of B is grown by the same rule. Those are kept that differ
   from B and from one another, are worth between 0 and ``budget_factor * v(B)``, and have a common value of at least
   ``resale_factor`` times that of B; the ``max_substitutes`` dearest become atoms.

A bundle is worth ``sum_{i in B} (c_i + p_i) + |B| ** (1 + additivity)``. A bidder whose B is not worth more than 0 is
drawn anew, private values included.
"""

from typing import Literal

import numpy as np

from common.auctions.bitsets import n_words
from common.auctions.cats_kernels import DONE, NO_MAP, BidderLaw, draw_bidders, new_scratch
from common.auctions.cats_maps import CatsMarket, Environment, check_environment, check_number, draw_market, no_map
from common.auctions.xor import XORValuations
from common.stats.seeds import spawn_generators


def cats_bidders(
    environment: Environment,
    n_items: int,
    n: int,
    market: Literal["fresh", "shared"] | CatsMarket = "fresh",
    private: Literal["upv", "npv"] = "upv",
    seed: int = 0,
    *,
    max_good_value: float = 100,
    max_substitutes: int = 5,
    remove_neighbour: float = 0.1,
    additional_diagonal: float = 0.2,
    additional_location: float = 0.9,
    jump: float = 0.05,
    additivity: float = 0.2,
    deviation: float = 0.5,
    budget_factor: float = 1.5,
    resale_factor: float = 0.5,
    normal_mean: float = 0,
    normal_sd: float = 30,
) -> XORValuations:
    r"""Draw single bidders of CATS as XOR valuations.

    Atom 0 of every bidder is her first bundle B; her substitutes follow, dearest first, and padding (the empty bundle,
    bid 0) fills up to ``K = max_substitutes + 1`` atoms. All atoms of a bidder have the same size, and :math:`|B| - 1`
    is the number of heads before the first tail of a coin of probability ``additional_location`` (geometric, mean 9),
    capped at ``m - 1`` and less where nothing can join. Since two different bundles of one size never contain each
    other, none of a bidder's own atoms is dominated; and there is no dominance filter across bidders, which in the
    official program (without ``-no_dom_check``) deletes atoms of one bidder because of another's.

    Parameters
    ----------
    environment : {"arbitrary", "regions"}
        Affinities U(0, 1) of all pairs, or neighbours on a map (see `draw_market`). Items of *regions* beyond the
        largest square grid (1 of 50, none of 100, 6 of 150, 16 of 500) have no neighbours and enter a bundle only as
        its first item or by a jump.
    n_items : int
        Number of items m, ``>= 2``; ``>= 4`` in *regions*.
    n : int
        Number of bidders, ``>= 0``. The first k are the same whatever n is.
    market : {"fresh", "shared"} or CatsMarket
        Whether every bidder comes from a market of her own, or all from one draw of common values and affinities:
        ``"shared"`` draws it from the seed, and a `CatsMarket` is taken as it is (training and test types of one market
        need two seeds). Private values are always the bidder's own.
    private : {"upv", "npv"}
        Private values uniform on ``±deviation * max_good_value`` with interest ``p_i + deviation * max_good_value``; or
        normal with interest ``p_i - p_min``, where ``p_min`` is the lowest private value of all bidders of this market
        *so far*, refused ones included: in a shared market later bidders have flatter interests than earlier ones, so
        that they are not quite identically distributed, as in the official program.
    seed : int
        Seed of the draws, ``>= 0``.
    max_good_value : float
        Highest common value, ``>= 1``; common values are uniform on ``[1, max_good_value]``.
    max_substitutes : int
        Most substitutes of a bidder, ``>= 0``.
    remove_neighbour, additional_diagonal : float
        Probabilities in ``[0, 1]`` of the map of *regions*, see `draw_market`. These two and `max_good_value` say
        nothing where `market` is a `CatsMarket`, except that `max_good_value` scales uniform private values.
    additional_location : float
        Probability in ``[0, 1)`` that one more item is to join B.
    jump : float
        Probability in ``[0, 1]`` that any item outside joins; *regions* only, there are no jumps in *arbitrary*.
    additivity : float
        Complementarity, in ``[-1, 2]``: a bundle is worth ``|B| ** (1 + additivity)`` on top of its items.
    deviation : float
        Half-width of uniform private values as a share of `max_good_value`, ``> 0``.
    budget_factor : float
        A substitute is worth at most this multiple of B, ``>= 0``.
    resale_factor : float
        A substitute has at least this share of the common value of B, ``>= 0``.
    normal_mean, normal_sd : float
        Mean and standard deviation (``> 0``) of normal private values.

    Returns
    -------
    XORValuations
        With atoms of shape (n, max_substitutes + 1, ceil(m / 64)) and bids of shape (n, max_substitutes + 1), in money.

    Raises
    ------
    ValueError
        If an argument is not allowed, a `CatsMarket` has another environment or number of items, or the parameters
        leave nothing to draw (10,000 maps or bidders refused in a row).

    Examples
    --------
    >>> bidders = cats_bidders("regions", 50, 3)
    >>> len(bidders), bidders.atoms.shape, bool((bidders.bids[:, 0] > 0).all())
    (3, (3, 6, 1), True)
    """
    check_environment(environment, n_items)
    if private not in ("upv", "npv"):
        raise ValueError(f"private must be 'upv' or 'npv', given {private!r}")
    for name, count in (("n", n), ("max_substitutes", max_substitutes)):
        if not isinstance(count, int | np.integer) or count < 0:
            raise ValueError(f"{name} must be a whole number >= 0, given {count!r}")
    law = _checked_law(
        private == "npv",
        *(max_good_value, remove_neighbour, additional_diagonal, additional_location, jump),
        *(additivity, deviation, budget_factor, resale_factor, normal_mean, normal_sd),
    )
    if environment == "arbitrary":
        law = law._replace(jump=0.0)
    market_rng, rng = spawn_generators(seed, 2)
    common, affinities = _market_arrays(environment, n_items, market, law, market_rng)
    atoms = np.zeros((n, max_substitutes + 1, n_words(n_items)), dtype=np.uint64)
    bids = np.zeros((n, max_substitutes + 1))
    regions, fresh, known = environment == "regions", market == "fresh", np.ones(n_items, dtype=bool)
    scratch = new_scratch(n_items, n_words(n_items))
    answer = draw_bidders(atoms, bids, scratch, law, regions, fresh, common, affinities, known, rng)
    if answer == NO_MAP:
        raise no_map(remove_neighbour, additional_diagonal)
    if answer != DONE:
        raise ValueError("the parameters must leave bundles of positive value; 10,000 bidders in a row had none")
    return XORValuations(atoms, bids, n_items)


def _checked_law(normal: bool, *numbers: float) -> BidderLaw:
    """Check the numbers of the law, in the order of its fields."""
    law = BidderLaw(normal, *map(float, numbers))
    check_number("max_good_value", law.max_good_value, 1)
    for name in ("remove_neighbour", "additional_diagonal", "jump"):
        check_number(name, getattr(law, name), 0, 1)
    if not 0 <= law.additional_location < 1:
        raise ValueError(f"additional_location must be in [0, 1), given {law.additional_location}")
    check_number("additivity", law.additivity, -1, 2)
    for name in ("budget_factor", "resale_factor"):
        check_number(name, getattr(law, name), 0)
    for name in ("deviation", "normal_sd"):
        check_number(name, getattr(law, name), 0, open_ends=True)
    check_number("normal_mean", law.normal_mean, -np.inf)
    return law


def _market_arrays(
    environment: Environment, n_items: int, market: str | CatsMarket, law: BidderLaw, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return common values and affinities of the market of all, or buffers for those of every bidder."""
    if isinstance(market, CatsMarket):
        if (market.environment, market.n_items) != (environment, n_items):
            raise ValueError(
                f"market must be of the environment {environment!r} with n_items {n_items},"
                f" given {market.environment!r} with {market.n_items}"
            )
    elif market == "shared":
        market = draw_market(
            environment,
            n_items,
            rng,
            max_good_value=law.max_good_value,
            remove_neighbour=law.remove_neighbour,
            additional_diagonal=law.additional_diagonal,
        )
    elif market == "fresh":
        return np.empty(n_items), np.empty((n_items, n_items))
    else:
        raise ValueError(f"market must be 'fresh', 'shared' or a CatsMarket, given {market!r}")
    return market.common_values, market.affinities
