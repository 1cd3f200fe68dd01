"""What a forked child does to become the kernel that a fresh interpreter would have been."""

import atexit
import gc
import importlib
import os
import re
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.machinery import PathFinder
from importlib.util import find_spec
from multiprocessing import process
from pathlib import Path
from typing import NoReturn

import matplotlib
import numpy as np
import torch
from ipykernel.kernelapp import IPKernelApp
from threadpoolctl import ThreadpoolController

from common.companion.kernels import INLINE_BACKEND
from common.companion.kernels.parent import end_with_parent

# What an interpreter or a library reads once, when it starts: a fork can no longer follow a change of it.
# torch itself sets TORCHINDUCTOR_CACHE_DIR in the first process that builds an optimiser, and reads it at each use.
READ_AT_START = re.compile(
    r"PYTHON(?!PATH$)|LD_|LC_|LANG|MALLOC_|GLIBC_|OMP_|GOMP_|MKL_|OPENBLAS_(?!NUM_THREADS$)"
    r"|TORCH(?!INDUCTOR_CACHE_DIR$)|PYTORCH|NUMPY_|NPY_|SCIPY_|PANDAS_|NETWORKX_|MPLCONFIGDIR$|MATPLOTLIBRC$|HOME$|XDG_"
)


class RefusedError(Exception):
    """A fork would not be the kernel that a fresh interpreter would be; the message says why."""


@dataclass(frozen=True)
class Parent:
    """What importing the stack has left: copies of OpenBLAS, and environment variables."""

    pools: ThreadpoolController
    variables: dict[str, str]


class ForkedKernelApp(IPKernelApp):
    """The kernel application, with an end that does not depend on which of its threads is the quickest."""

    def start(self) -> None:
        """Run until asked to end, and then let the control thread send its last messages.

        It sends them through the output thread. If that is the first to end, the control thread hangs, and the
        kernel with it (ipykernel 7.4: one forked kernel in ten had to be killed, 2.5 s later).
        """
        super().start()
        self.control_thread.stop()
        self.control_thread.join()


def prepare(
    parent: Parent, command: list[str], env: dict[str, str], cwd: str, streams: list[int]
) -> Callable[[], NoReturn]:
    """Make this forked process what a fresh interpreter would be, short of running the kernel.

    Parameters
    ----------
    parent
        What the imports have left in this process.
    command
        The kernel's command line, ``[python, "-m", "ipykernel_launcher", ...]``.
    env
        Its whole environment.
    cwd
        Its working directory.
    streams
        Descriptors of its standard input, output and error.

    Returns
    -------
    callable
        Runs the kernel, and ends the process with it.

    Raises
    ------
    RefusedError
        A fork would behave otherwise than a fresh interpreter.
    OSError
        The working directory cannot be entered.
    """
    os.setsid()
    end_with_parent()
    arguments = _kernel_arguments(command)
    _set_environment(env, parent.variables)
    os.chdir(cwd)
    _set_search_path(env.get("PYTHONPATH", ""))
    _set_streams(streams)
    _forget_parent()
    _set_threads(env, parent.pools)
    matplotlib.rcParams["backend"] = env.get("MPLBACKEND") or INLINE_BACKEND
    sys.executable, sys.orig_argv = command[0], command
    sys.argv = [find_spec("ipykernel_launcher").origin, *arguments]
    return partial(_run_kernel, arguments)


def _run_kernel(arguments: list[str]) -> NoReturn:
    """Run the kernel application to its end, and this process with it.

    The interpreter is not torn down: that would copy every page shared with the parent, at a second of CPU. What
    an ending program is promised happens: threads are joined, exit handlers called, files closed.
    """
    status: object = 0
    try:
        ForkedKernelApp.launch_instance(argv=arguments, parent_handle=os.getppid())
    except SystemExit as stop:
        status = stop.code
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
        status = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    gc.collect()
    sys.__stdout__.flush()
    os._exit(status if isinstance(status, int) else int(status is not None))


def _kernel_arguments(command: list[str]) -> list[str]:
    """Take the kernel's arguments from a command line that this interpreter would run."""
    python, *options = command
    if Path(python).parent != Path(sys.executable).parent or options[:2] != ["-m", "ipykernel_launcher"]:
        raise RefusedError(f"{command} is not a Python kernel of {sys.executable}")
    return options[2:]


def _set_environment(env: dict[str, str], set_by_imports: dict[str, str]) -> None:
    for name in sorted((env.keys() | os.environ.keys()) - set_by_imports.keys()):
        if READ_AT_START.match(name) and env.get(name) != os.environ.get(name):
            raise RefusedError(f"{name} differs from the server's")
    os.environ.clear()
    os.environ.update(set_by_imports | env, JPY_PARENT_PID=str(os.getppid()))


def _set_search_path(python_path: str) -> None:
    """Set ``sys.path`` for PYTHONPATH, provided that what is imported already would not be found elsewhere.

    The kernel adds the working directory, after the standard library and before the installed packages.
    """
    folders = [str(Path(entry).absolute()) for entry in python_path.split(os.pathsep)] if python_path else []
    loaded = {name for name in sys.modules if "." not in name} - {"__main__"}
    for folder in dict.fromkeys(folders):
        _refuse_shadowed(folder, loaded | {"sitecustomize", "usercustomize"})
    _refuse_shadowed(str(Path.cwd()), loaded - sys.stdlib_module_names)
    if Path("matplotlibrc").exists():
        raise RefusedError("matplotlib would read the matplotlibrc in the working directory")
    sys.path[:] = dict.fromkeys([*folders, *sys.path])
    importlib.invalidate_caches()


def _refuse_shadowed(folder: str, loaded: set[str]) -> None:
    files = Path(folder).iterdir() if Path(folder).is_dir() else ()
    for name in loaded & {file.name.partition(".")[0] for file in files}:
        spec = PathFinder.find_spec(name, [folder])
        if spec and spec.origin and spec.origin != getattr(sys.modules.get(name), "__file__", None):
            raise RefusedError(f"{spec.origin} would be imported as {name}")


def _set_streams(streams: list[int]) -> None:
    for target, stream in enumerate(streams):
        os.dup2(stream, target)
        os.close(stream)
    sys.stdout.reconfigure(line_buffering=sys.stdout.isatty())


def _forget_parent() -> None:
    """Renew what a process draws or looks up once: randomness, the time zone, folders."""
    np.random.seed()  # noqa: NPY002 - the global state itself is meant
    torch.default_generator.seed()
    process.current_process().authkey = os.urandom(32)
    process.ORIGINAL_DIR = str(Path.cwd())
    tempfile.tempdir = None
    time.tzset()


def _set_threads(env: dict[str, str], pools: ThreadpoolController) -> None:
    """Give OpenBLAS the threads that the server had to keep it from starting."""
    asked = env.get("OPENBLAS_NUM_THREADS") or env.get("OMP_NUM_THREADS", "")
    cores = len(os.sched_getaffinity(0))
    size = min(int(asked), cores) if asked.isdecimal() and int(asked) else cores
    for pool in pools.lib_controllers:
        if size != pool.num_threads:
            pool.set_num_threads(size)
