"""The shared library: standard objects of the field, no paper's name in it."""
