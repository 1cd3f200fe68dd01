"""Jupyter clients get forked kernels without noticing, and ordinary ones where a fork would not do."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient.exceptions import DeadKernelError

from common.companion.kernels import KernelServer, kernel_server, single_threaded

pytestmark = pytest.mark.usefixtures("server")


@pytest.fixture
def kernel():
    manager, client = start_new_kernel()
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def value(client, expression: str) -> str:
    reply = client.execute("", user_expressions={"it": expression}, reply=True, timeout=30)
    return reply["content"]["user_expressions"]["it"]["data"]["text/plain"]


def test_interrupt(kernel):
    manager, client = kernel
    request = client.execute("import time; print('running', flush=True)\nwhile True: time.sleep(0.01)")
    while client.get_iopub_msg(timeout=30)["msg_type"] != "stream":
        pass
    manager.interrupt_kernel()
    reply = client.get_shell_msg(timeout=30)
    assert reply["parent_header"]["msg_id"] == request
    assert reply["content"]["ename"] == "KeyboardInterrupt"


@pytest.mark.parametrize("now", [True, False])
def test_restart(kernel, now):
    manager, client = kernel
    first = value(client, "__import__('os').getpid()")
    manager.restart_kernel(now=now)
    client.wait_for_ready(timeout=30)
    assert value(client, "__import__('os').getpid()") != first
    assert "common.companion.kernels.server" in value(
        client, "open('/proc/%d/cmdline' % __import__('os').getppid()).read()"
    )


def test_death_is_noticed(run):
    with pytest.raises(DeadKernelError):
        run("import os; os._exit(3)")


def test_nbval(tmp_path):
    """It compares the output of a cell in a kernel that it starts itself."""
    path = tmp_path / "one.ipynb"
    stream = nbformat.v4.new_output("stream", name="stdout", text="True\n")
    cell = "import os; print('companion.kernels.server' in open(f'/proc/{os.getppid()}/cmdline').read())"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell, execution_count=1, outputs=[stream])])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--nbval",
        "-p",
        "no:cacheprovider",
        str(path),
        f"--rootdir={tmp_path}",
    ]
    outcome = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert "1 passed" in outcome.stdout, outcome.stdout


def test_forked_and_nested(is_forked, server):
    assert is_forked()
    with kernel_server() as inner:
        assert inner.address == server.address
        assert is_forked()


@pytest.mark.parametrize("address", ["", "/nowhere/server"])
def test_without_a_server(is_forked, monkeypatch, address):
    monkeypatch.setenv("COMPANION_KERNEL_SERVER", address)
    assert not is_forked()


def test_a_variable_that_is_read_at_the_start(run, is_forked, monkeypatch):
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    assert not is_forked()
    assert run("import sys; print(sys.flags.optimize)") == ["2\n"]


def test_a_variable_that_torch_sets_itself(is_forked, monkeypatch, tmp_path):
    """In every process that has built an optimiser: its kernels, and those of its children, were cold."""
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    assert is_forked()


@pytest.mark.parametrize("by_path", [True, False], ids=["PYTHONPATH", "working directory"])
def test_a_module_that_is_found_elsewhere(run, monkeypatch, tmp_path, by_path):
    (tmp_path / "networkx.py").write_text("HERE = True")
    if by_path:
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert run("import networkx; print(networkx.HERE)", cwd=None if by_path else tmp_path) == ["True\n"]


def test_a_matplotlibrc_in_the_working_directory(run, tmp_path):
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 7")
    assert run("import matplotlib; print(matplotlib.rcParams['lines.linewidth'])", cwd=tmp_path) == ["7.0\n"]


def test_another_kernelspec(is_forked, monkeypatch, tmp_path):
    folder = tmp_path / "kernels" / "python3"
    folder.mkdir(parents=True)
    command = [sys.executable, "-X", "utf8", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (folder / "kernel.json").write_text(json.dumps({"argv": command, "display_name": "x", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    assert not is_forked()


def test_streams_that_only_popen_has(kernel):
    manager, client = start_new_kernel(stdout=subprocess.PIPE)
    assert manager.provisioner.process.stdout is not None
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_environment_is_given_and_taken_back(monkeypatch):
    for name in ("OMP_NUM_THREADS", "PYTHONHASHSEED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    given = KernelServer("address", threads=2).environment()
    assert given["COMPANION_KERNEL_SERVER"] == "address"
    assert (given["OMP_NUM_THREADS"], given["OPENBLAS_NUM_THREADS"], given["PYTHONHASHSEED"]) == ("2", "3", "0")
    with single_threaded(2):
        assert given.items() - dict(os.environ).items() <= {("COMPANION_KERNEL_SERVER", "address")}
    assert "OMP_NUM_THREADS" not in os.environ


@pytest.mark.parametrize("threads", [0, -1])
def test_bad_thread_counts(threads):
    with pytest.raises(ValueError, match="threads = "), single_threaded(threads):
        pass
