"""Decision processes: exact dynamic programming, minimal-payment contracts, and deep Q-learning in batches."""
