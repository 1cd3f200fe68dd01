"""Fast Jupyter kernels: forked from a process that has imported the common stack already.

Importing NumPy, SciPy, matplotlib, torch and cvxpy costs each kernel seconds of CPU. :func:`kernel_server` starts
one process that has done so (``server``). While it runs, a kernel started by any Jupyter client (papermill,
nbclient, nbval, JupyterLab), in this process or in one that inherits its environment, is a fork of it (``child``),
by way of a kernel provisioner (``provisioner``, ``process``). Results are those of ordinary kernels, which remain
the fallback.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

SERVER_VARIABLE = "COMPANION_KERNEL_SERVER"
PROVISIONER_VARIABLE = "JUPYTER_DEFAULT_PROVISIONER_NAME"
PROVISIONER = "econcs-fork"
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
INLINE_BACKEND = "module://matplotlib_inline.backend_inline"  # what a kernel sets if MPLBACKEND is not set
LONGEST_ADDRESS = 107  # bytes, of a Unix socket's path


def available() -> bool:
    """Say whether kernels can be forked here: on Linux 5.3 or later."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True


@dataclass(frozen=True)
class KernelServer:
    """Where kernels come from.

    Attributes
    ----------
    address : str
        Path of the server's socket.
    threads : int
        Threads that a kernel's numerical libraries may use, 1 or more.
    pid : int or None
        The server's process, if it was started here.
    """

    address: str
    threads: int
    pid: int | None = None

    def environment(self) -> dict[str, str]:
        """Give the variables with which a process gets its kernels from here."""
        return {
            **_repeatable(self.threads),
            SERVER_VARIABLE: self.address,
            PROVISIONER_VARIABLE: PROVISIONER,
        }


@contextlib.contextmanager
def single_threaded(threads: int = 1) -> Iterator[None]:
    """Have ordinary kernels give the results of forked ones, with as many threads and the same hash seed.

    Parameters
    ----------
    threads
        Threads that a kernel's numerical libraries may use, 1 or more, unless the environment says already.
    """
    with environment_variables(_repeatable(threads)):
        yield


@contextlib.contextmanager
def kernel_server(threads: int = 1, log: Path | None = None, eager: bool = False) -> Iterator[KernelServer]:
    """Fork the kernels that are started in this context, and in processes that inherit its environment.

    A server that the environment names already and that lives is used. Otherwise one is started, without
    waiting for it: the first kernels do that. It and its kernels end with the context, or with this process
    whatever happens to it. Kernels that cannot be forked, or whose server has died, are started as usual.

    Parameters
    ----------
    threads
        Threads that a kernel's numerical libraries may use, 1 or more, unless the environment says already.
    log
        File for what the server has to say, by default the standard error stream.
    eager
        Have the server import the stack at once, for kernels that are sure to come, and not with the first of them.

    Yields
    ------
    KernelServer
        Its ``environment()`` is in ``os.environ`` for the duration.

    Raises
    ------
    OSError
        Kernels cannot be forked on this platform (see :func:`available`).
    """
    from jupyter_client.provisioning import KernelProvisionerFactory

    factory = KernelProvisionerFactory.instance()
    inherited = os.environ.get(SERVER_VARIABLE, "")
    serving = (
        contextlib.nullcontext(KernelServer(inherited, threads)) if _lives(inherited) else _started(threads, log, eager)
    )
    with serving as server, environment_variables(server.environment()):
        default = factory.default_provisioner_name  # it reads the variable once in a process's life
        factory.default_provisioner_name = PROVISIONER
        try:
            yield server
        finally:
            factory.default_provisioner_name = default


@contextlib.contextmanager
def _started(threads: int, log: Path | None, eager: bool) -> Iterator[KernelServer]:
    """Start a server on a socket that listens already, so that no client comes too early; end it afterwards."""
    if not available():
        raise OSError("kernels can be forked on Linux 5.3 or later only")
    folder = _private_folder()
    address = str(folder / "server")
    try:
        with contextlib.ExitStack() as opened:
            listener = opened.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
            listener.bind(address)
            listener.listen(socket.SOMAXCONN)
            server = subprocess.Popen(
                [
                    *(sys.executable, "-m", f"{__name__}.server", str(listener.fileno()), str(os.getpid())),
                    *(["--eager"] if eager else []),
                ],
                cwd=Path(__file__).parents[3],
                env=_server_environment(threads),
                pass_fds=[listener.fileno()],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=opened.enter_context(log.open("a")) if log else None,
                start_new_session=True,  # Ctrl-C is for this process, which ends the server when it is done
            )
        with server:  # closes its standard input, on which it ends, and waits for that
            yield KernelServer(address, threads, server.pid)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _private_folder() -> Path:
    """Make a folder for this user alone with a path short enough for a socket in it."""
    folder = Path(tempfile.mkdtemp(prefix="kernels-"))
    if len(os.fsencode(folder)) > LONGEST_ADDRESS - len("/server"):
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="kernels-", dir="/tmp"))
    return folder


def _server_environment(threads: int) -> dict[str, str]:
    """Give the environment that the server shares with its kernels; each of them sets its own search path."""
    environment = os.environ | _repeatable(threads)
    environment.pop("PYTHONPATH", None)
    # Both would start threads when they are loaded (the second is the allocator in pyarrow, which pandas imports).
    environment |= {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
    return environment | {"MPLBACKEND": INLINE_BACKEND, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


def _repeatable(threads: int) -> dict[str, str]:
    """Give the variables on which the results of a kernel depend, as the environment has them or by default."""
    if threads < 1:
        raise ValueError(f"threads = {threads}: must be 1 or more")
    defaults = dict.fromkeys(THREAD_VARIABLES, str(threads)) | {"PYTHONHASHSEED": "0"}
    return {name: os.environ.get(name, value) for name, value in defaults.items()}


def _lives(address: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        try:
            connection.connect(address)
        except OSError:
            return False
    return True


@contextlib.contextmanager
def environment_variables(values: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables of this process for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
