"""The parent process of forked kernels (a zygote): imports the common stack once, then forks.

Run as ``python -m common.companion.kernels.server LISTENER OWNER`` by
:func:`common.companion.kernels.kernel_server`: LISTENER is the number of an inherited listening socket, OWNER
the process that started this one, standard input a pipe from it. The process ends with either. It is
single-threaded and owns no event loop and no ZMQ context, because none of them survives a fork. It imports the
stack when the first kernel is wanted, which costs a program that never wants one nothing.

One connection is one kernel's lifetime. The client sends a launch request with its standard streams; the answer
is ``{"pid": n}`` or ``{"refused": reason}``. Later the client sends signal numbers, one byte each, and gets
``{"exit": status}`` when the kernel ends. If the client closes the connection, by dying or otherwise, the kernel
and its process group are killed. Only this process signals a kernel, and it is the one to reap it, so that a
process number taken over by a stranger is never signalled.
"""

import contextlib
import json
import os
import selectors
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from common.companion.kernels.process import MESSAGE_BYTES
from common.companion.kernels.stack import load

Job = Callable[[], object]


@dataclass(frozen=True)
class Kernel:
    """A forked child: its process number, a descriptor that becomes readable when it ends, and its client."""

    pid: int
    ended: int
    client: socket.socket

    def signal(self, signum: int) -> None:
        """Signal the process group that the kernel leads; not reaped yet, its number is still its own."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signum)

    def reap(self) -> int:
        """Kill what is left of the process group and answer the kernel's exit status, negative for a signal."""
        self.signal(signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class Zygote:
    """Answers launch requests until its owner goes; see the module's docstring.

    Parameters
    ----------
    listener
        Listening Unix socket of type ``SOCK_SEQPACKET``: one packet is one message.
    owner
        Process whose end ends this one.
    load
        Called before the first fork. It answers a function that is called in each child with what the request
        says and the standard ``streams``, and that answers the kernel to run or raises an exception.
    """

    def __init__(self, listener: socket.socket, owner: int, load: Callable[[], Callable[..., Job]]) -> None:
        self._load = cache(load)
        self._running = True
        self._kernels: dict[int, Kernel] = {}
        self._job: Job | None = None
        self._selector = selectors.PollSelector()
        self._watch(listener, self._accept)
        self._watch(0, self._stop)
        self._watch(os.pidfd_open(owner), self._stop)

    def warm(self) -> None:
        """Load what kernels need, before the first is asked for."""
        self._load()

    def serve(self) -> Job | None:
        """Serve until the owner goes and answer None; in a forked child, answer the kernel to run.

        The child returns from here so that nothing of this process stays on its stack.
        """
        while self._running:
            for key, _ in self._selector.select():
                if self._selector.get_map().get(key.fd) is key:  # not closed by the event before it
                    key.data(key.fileobj)
                if self._job is not None:
                    return self._job
        for kernel in self._kernels.values():
            kernel.reap()
        return None

    def _watch(self, source: socket.socket | int, react: Callable[[Any], None]) -> None:
        self._selector.register(source, selectors.EVENT_READ, react)

    def _close(self, source: socket.socket | int) -> None:
        self._selector.unregister(source)
        if isinstance(source, int):
            os.close(source)
        else:
            source.close()

    def _stop(self, _: int) -> None:
        self._running = False

    def _accept(self, listener: socket.socket) -> None:
        self._watch(listener.accept()[0], self._launch)

    def _launch(self, client: socket.socket) -> None:
        """Fork a kernel for the request that waits on a fresh connection."""
        request, descriptors, _, _ = socket.recv_fds(client, MESSAGE_BYTES, 3)
        if not request:  # somebody looked whether this process lives
            self._close(client)
            return
        prepare = self._load()
        verdict, report = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(verdict)
            for key in list(self._selector.get_map().values()):
                self._close(key.fileobj)
            self._job = _prepared(prepare, request, descriptors, report)
            return
        for descriptor in (report, *descriptors):
            os.close(descriptor)
        with os.fdopen(verdict) as pipe:
            refusal = pipe.read()  # ends when the child closes its end: it leads its own process group then
        kernel = Kernel(pid, os.pidfd_open(pid), client)
        self._kernels[kernel.ended] = kernel
        self._watch(kernel.ended, self._bury)
        self._selector.modify(client, selectors.EVENT_READ, partial(self._obey, kernel))
        self._answer(client, {"refused": refusal} if refusal else {"pid": pid})

    def _obey(self, kernel: Kernel, client: socket.socket) -> None:
        """Deliver the client's signals; without a client, kill the kernel."""
        try:
            signals = client.recv(MESSAGE_BYTES)
        except ConnectionError:
            signals = b""
        for signum in signals or [signal.SIGKILL]:
            kernel.signal(signum)
        if not signals:
            self._close(client)

    def _bury(self, ended: int) -> None:
        """Reap a kernel that has ended and tell its client."""
        kernel = self._kernels.pop(ended)
        self._close(ended)
        status = kernel.reap()
        if kernel.client.fileno() >= 0:
            self._answer(kernel.client, {"exit": status})
            self._close(kernel.client)

    @staticmethod
    def _answer(client: socket.socket, message: dict[str, Any]) -> None:
        with contextlib.suppress(ConnectionError):  # a client that went away is noticed by _obey
            client.send(json.dumps(message).encode())


def _prepared(prepare: Callable[..., Job], request: bytes, streams: list[int], report: int) -> Job:
    """In the child: take on what the request says, or report why not and end."""
    try:
        job = prepare(**json.loads(request), streams=streams)
    except Exception as error:
        os.write(report, f"{type(error).__name__}: {error}".encode())
        os._exit(1)
    os.close(report)
    return job


def main(listener: int, owner: int, eager: bool) -> None:
    """Serve kernels on an inherited listening socket as long as the process ``owner`` lives."""
    os.chdir("/")  # nothing is to be read from, or kept busy in, the folder this was started in
    entrance = socket.socket(fileno=listener)
    folder = Path(entrance.getsockname()).parent
    zygote = Zygote(entrance, owner, load)
    if eager:
        zygote.warm()
    kernel = zygote.serve()
    if kernel is not None:
        kernel()
    shutil.rmtree(folder, ignore_errors=True)  # the owner may not have come to it


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), "--eager" in sys.argv)
