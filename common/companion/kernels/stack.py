"""The common stack, which the server imports before it forks the first kernel."""

import builtins
import contextlib
import gc
import importlib
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

from common.companion.kernels.parent import end_with_parent

PRELOADED = (
    *("numpy", "scipy.linalg", "scipy.optimize", "scipy.sparse.csgraph", "scipy.sparse.linalg", "scipy.stats"),
    *("pandas", "networkx", "torch", "highspy", "cvxpy", "yaml", "pydantic", "ipywidgets"),
    *("matplotlib.pyplot", "matplotlib.backends.backend_agg", "PIL.PngImagePlugin"),
    *("ipykernel.kernelapp", "ipykernel.debugger", "IPython.core.pylabtools", "IPython.extensions.storemagic"),
    *("sqlite3", "tornado.platform.asyncio", "tornado.queues"),
)


def load() -> Callable[..., Callable[[], object]]:
    """Import the stack and freeze it for the garbage collector, which would otherwise copy all of it in a child.

    Returns
    -------
    callable
        :func:`common.companion.kernels.child.prepare`, told what the imports have left.

    Raises
    ------
    RuntimeError
        An import started a thread: children would inherit its locks but not the thread.
    """
    end_with_parent()  # nothing is watched for some seconds
    before = dict(os.environ)
    with _as_in_a_kernel():
        for name in PRELOADED:
            with contextlib.suppress(ImportError):  # the notebook that needs it will say so
                importlib.import_module(name)
    from threadpoolctl import ThreadpoolController

    from common.companion.kernels.child import Parent, prepare

    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        raise RuntimeError(f"cannot fork kernels: importing {', '.join(PRELOADED)} left {threads} threads")
    if not sys.flags.safe_path:
        del sys.path[0]  # where python -m found this module
    for name in [name for name in sys.modules if name.partition(".")[0] in ("common", "papers")]:
        del sys.modules[name]  # a kernel is to see our code as it is when it starts
    gc.collect()
    gc.freeze()
    end_with_parent(0)
    changed = {name: value for name, value in os.environ.items() if before.get(name) != value}
    return partial(prepare, Parent(ThreadpoolController().select(internal_api="openblas"), changed))


@contextlib.contextmanager
def _as_in_a_kernel() -> Iterator[None]:
    """Have what is imported find a kernel around it: pandas chooses the width of its tables by that, once."""
    builtins.get_ipython = lambda: SimpleNamespace(kernel=True)
    try:
        yield
    finally:
        del builtins.get_ipython
