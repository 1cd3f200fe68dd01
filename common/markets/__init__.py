"""Two-sided markets: matching, competitive prices and the verification of equilibria."""
