"""Games: bimatrix games, payments that implement a target, and finite Markov games."""
