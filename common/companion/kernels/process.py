"""A forked kernel as the process object that Jupyter expects, in place of :class:`subprocess.Popen`."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

MESSAGE_BYTES = 1 << 20
START_SECONDS = 60.0  # importing the stack takes 5 to 15 s on a loaded machine; the first kernels wait for it
Stream = int | IO[Any] | None


class UnavailableError(Exception):
    """No kernel can be forked for this request; the message says why."""


class ForkedProcess:
    """A kernel that the server has forked, held by the connection to it: closing that kills the kernel.

    Parameters
    ----------
    connection
        Connected socket on which the launch was confirmed.
    pid
        The kernel's process number, also of its process group.

    Attributes
    ----------
    returncode : int or None
        Exit status once the kernel was seen to have ended, negative for a signal.
    """

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket, pid: int) -> None:
        self._connection = connection
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Look whether the kernel has ended; its exit status, or None while it runs."""
        if self.returncode is None:
            self._connection.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                self._read_status()
        return self.returncode

    def wait(self) -> int:
        """Wait until the kernel has ended; its exit status."""
        if self.returncode is None:
            self._connection.setblocking(True)
            self._read_status()
        return self.returncode

    def send_signal(self, signum: int) -> None:
        """Signal the kernel's process group, if the kernel runs."""
        if self.poll() is None:
            with contextlib.suppress(ConnectionError):
                self._connection.send(bytes([signum]))

    def terminate(self) -> None:
        """Ask the kernel to end (SIGTERM)."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the kernel (SIGKILL)."""
        self.send_signal(signal.SIGKILL)

    def _read_status(self) -> None:
        try:
            message = self._connection.recv(MESSAGE_BYTES)
        except ConnectionError:
            message = b""
        if message:
            self.returncode = json.loads(message)["exit"]
        else:  # the server is gone, and the kernel with it, but not what the kernel had started
            self.returncode = -signal.SIGKILL
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        self._connection.close()


async def fork_kernel(
    address: str,
    command: Sequence[str],
    env: Mapping[str, str],
    cwd: str | None = None,
    stdin: Stream = None,
    stdout: Stream = None,
    stderr: Stream = None,
    **options: Any,
) -> ForkedProcess:
    """Have the server at ``address`` fork a kernel, waiting until the server is ready.

    Parameters
    ----------
    address
        Path of the server's socket.
    command, env, cwd, stdin, stdout, stderr
        As in :class:`subprocess.Popen`; standard input is empty by default, as Jupyter has it.
    options
        What else Popen was to be called with.

    Raises
    ------
    UnavailableError
        There is no such server, it refuses, or the request has something that only Popen can do.
    """
    if options or subprocess.PIPE in (stdin, stdout, stderr):
        raise UnavailableError(f"a forked kernel has no pipes and no options {sorted(options)}")
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        connection.connect(address)
        message = {"command": command, "env": env, "cwd": str(Path(cwd or "").absolute())}
        _request(connection, message, stdin, stdout, stderr)
        connection.setblocking(False)
        receive = asyncio.get_running_loop().sock_recv(connection, MESSAGE_BYTES)
        answer = json.loads(await asyncio.wait_for(receive, START_SECONDS) or "{}")
        if "pid" not in answer:
            raise UnavailableError(answer.get("refused", "the server has gone"))
        return ForkedProcess(connection, answer["pid"])
    except BaseException as error:
        connection.close()
        if isinstance(error, OSError):  # also a time-out
            raise UnavailableError(f"no kernel server at {address}: {error}") from error
        raise


def _request(connection: socket.socket, message: dict[str, Any], *streams: Stream) -> None:
    """Send a launch request with the standard input, output and error that Popen would have used."""
    with Path(os.devnull).open("r+b") as null:
        defaults = (null.fileno(), 1, 2)
        descriptors: list[int] = []
        for stream, default in zip(streams, defaults, strict=True):
            if stream is None:
                descriptors.append(default)
            elif stream == subprocess.DEVNULL:
                descriptors.append(null.fileno())
            elif stream == subprocess.STDOUT:
                descriptors.append(descriptors[1])
            else:
                descriptors.append(stream if isinstance(stream, int) else stream.fileno())
        socket.send_fds(connection, [json.dumps(message).encode()], descriptors)
