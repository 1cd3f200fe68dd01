"""Principal-Agent Reinforcement Learning: Orchestrating AI Agents with Contracts (arXiv 2407.18074)."""

from common.games.implementation import implementation_payments
from papers.contracts_rl.batch_coin_game import BatchCoinGame
from papers.contracts_rl.coin_game import CoinGame
from papers.contracts_rl.coin_rules import CoinRules
from papers.contracts_rl.commitment import Commitment, optimal_commitment
from papers.contracts_rl.equilibrium import SPESolution, solve_spe
from papers.contracts_rl.instances import cycling_instance, figure_one
from papers.contracts_rl.mdp import PrincipalAgentMDP
from papers.contracts_rl.meta import MetaHistory, meta_algorithm
from papers.contracts_rl.response import Response, best_response
from papers.contracts_rl.trees import random_binary_tree
from papers.contracts_rl.yardsticks import CoinYardsticks, coin_game_yardsticks

__all__ = [
    "BatchCoinGame",
    "CoinGame",
    "CoinRules",
    "CoinYardsticks",
    "Commitment",
    "MetaHistory",
    "PrincipalAgentMDP",
    "Response",
    "SPESolution",
    "best_response",
    "coin_game_yardsticks",
    "cycling_instance",
    "figure_one",
    "implementation_payments",
    "meta_algorithm",
    "optimal_commitment",
    "random_binary_tree",
    "solve_spe",
]
