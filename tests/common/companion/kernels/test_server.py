"""Nothing outlives the process that wanted it: kernels, what they started, the server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

# Starts a kernel that starts a process and is then busy, and names all three and the server.
CLIENT = """
import os, sys, time
from jupyter_client.manager import start_new_kernel
from common.companion.kernels import kernel_server

with kernel_server() as server:
    manager, client = start_new_kernel()
    told = []
    client.execute_interactive(
        "import os, subprocess; print(os.getpid(), os.getppid(), subprocess.Popen(['sleep', '300']).pid)",
        output_hook=lambda message: told.append(message["content"].get("text", "")),
    )
    client.execute("while True: pass")
    print(*told, end="", flush=True)
    while manager.is_alive():
        time.sleep(0.1)
    told.clear()
    manager, client = start_new_kernel()
    client.execute_interactive(
        "import os; print(os.getppid())", output_hook=lambda message: told.append(message["content"].get("text", ""))
    )
    manager.shutdown_kernel()
    print(int("".join(told)) == os.getpid(), flush=True)
"""


@contextmanager
def client(own_server: bool, **variables: str) -> Iterator[tuple[subprocess.Popen, list[psutil.Process]]]:
    """Run the client; give it and the processes kernel, server, started by the kernel."""
    environment = {k: v for k, v in os.environ.items() if own_server is False or k != "COMPANION_KERNEL_SERVER"}
    environment |= variables
    process = subprocess.Popen(
        [sys.executable, "-c", CLIENT], env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        yield process, [psutil.Process(int(pid)) for pid in process.stdout.readline().split()]
    finally:
        process.kill()
        process.communicate()


def survivors(processes: list[psutil.Process]) -> list[psutil.Process]:
    return psutil.wait_procs(processes, timeout=10)[1]


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGINT], ids=["kill", "ctrl-c"])
def test_end_of_the_owner_ends_everything(signum):
    with tempfile.TemporaryDirectory() as folder:  # of its own: other tests start servers beside this one
        with client(own_server=True, TMPDIR=folder) as (process, started):
            assert list(Path(folder).glob("kernels-*"))
            os.killpg(process.pid, signum)
            assert survivors(started) == []
        assert list(Path(folder).glob("kernels-*")) == []


@pytest.mark.usefixtures("server")
def test_end_of_a_client_ends_its_kernel_alone():
    with client(own_server=False) as (process, (kernel, server, grandchild)):
        process.kill()
        assert survivors([kernel, grandchild]) == []
        assert server.is_running()


def test_end_of_the_server_ends_its_kernels_and_the_next_is_cold():
    with client(own_server=True) as (process, (kernel, server, grandchild)):
        server.kill()
        assert survivors([kernel, server, grandchild]) == []
        assert process.stdout.readline().strip() == "True"
        assert process.wait(timeout=30) == 0
