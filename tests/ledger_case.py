"""A small ledger, for tests of what notebooks record."""

LEDGER = """
title: A paper
authors: [A. Author]
year: 2024
arxiv: "2401.00001"
question: Why?
answer: Because.
sources: All of it.
artefacts:
  - id: T-1
    where: Table 1
    claim: Shares add up to something.
    notebook: 01_first.ipynb
    evidence: theory
    checks:
      - {name: shares, expected: [0.5, 1], source: closed form, within: {abs: 0}}
      - {name: limit, source: bound, within: {at_most: 1}}
"""
