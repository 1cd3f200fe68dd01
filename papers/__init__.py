"""One folder per paper; no paper imports another."""
