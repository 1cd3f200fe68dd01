"""Pricing with Tips in Three-Sided Delivery Platforms (arXiv 2507.10872)."""
