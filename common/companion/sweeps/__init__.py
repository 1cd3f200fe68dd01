"""Sweeps: many runs of one notebook, executed on Dask, collected into one table.

``spec`` reads the YAML file, ``planning`` expands it into named runs, ``drive`` has them executed by the workers of
``cluster`` (``worker``), ``store`` keeps each run, ``table``, ``page`` and ``recording`` collect and show them.
"""
