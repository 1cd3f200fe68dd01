"""The test session: one warm parent for all kernels, and slow tests where CI or --slow asks for them."""

from __future__ import annotations

import contextlib
import os

import pytest

_session = contextlib.ExitStack()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--slow``."""
    parser.addoption("--slow", action="store_true", help="run the slow tests too (CI=true does so by itself)")


def pytest_configure(config: pytest.Config) -> None:
    """Start the parent of the kernels in the controlling process; xdist's workers inherit its address."""
    from common.companion.kernels import available, kernel_server

    if available() and not hasattr(config, "workerinput"):
        _session.enter_context(kernel_server())


def pytest_unconfigure() -> None:
    """End it."""
    _session.close()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what is marked slow, with a word on how to run it."""
    if config.getoption("--slow") or os.environ.get("CI"):
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="slow: run with --slow, or with CI=true"))
