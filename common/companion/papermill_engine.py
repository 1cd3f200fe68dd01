"""papermill's engine with the kernel's process in hand: it is measured, and held to its limits."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from typing import Any

from jupyter_client import AsyncKernelClient, AsyncKernelManager
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines

from common.companion.execution import Execution, Limits, watched

ENGINE = "companion"

#: Seconds between two looks whether a kernel has ended.
_POLL = 0.01

#: Seconds that outputs may take to arrive after their cell is done; on a loaded machine 4, the default, are too few.
_SILENCE = 120


class _PromptClient(AsyncKernelClient):
    """Knows by the kernel's answers that it is ready; the base class is silent for a fifth of a second to be sure."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers on the shell channel and its status arrives on the other.

        Raises
        ------
        RuntimeError
            If it does not within ``timeout`` seconds, or has ended.
        """
        deadline, asked = time.monotonic() + (timeout or float("inf")), set()
        while True:
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if time.monotonic() > deadline:
                raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")
            asked.add(self.kernel_info())
            with contextlib.suppress(queue.Empty):
                reply = await self.get_shell_msg(timeout=1)
                self._handle_kernel_info_reply(reply)
                while not self._is_idle(await self.get_iopub_msg(timeout=0.2), asked):
                    pass
                return

    @staticmethod
    def _is_idle(message: dict[str, Any], asked: set[str]) -> bool:
        idle = message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
        return idle and message["parent_header"].get("msg_id") in asked


class _Manager(AsyncKernelManager):
    """Ends a kernel that has nothing left to do without interrupting it, and sees its end at once.

    An interrupt takes time, and a kernel that is asked to end at the same moment complains of it on the terminal.
    """

    idle = False

    async def _async_interrupt_kernel(self) -> None:
        if not (self.idle and self.shutting_down):
            await super()._async_interrupt_kernel()

    async def _async_wait(self, pollinterval: float = 0.1) -> None:
        await super()._async_wait(pollinterval=min(pollinterval, _POLL))


class _Client(PapermillNotebookClient):
    """Executes cells while the kernel's process is watched."""

    def __init__(
        self,
        manager: NotebookExecutionManager,
        limits: Limits,
        execution: Execution,
        stop: threading.Event,
        **options: Any,
    ) -> None:
        super().__init__(manager, **options)
        self._watch = limits, execution, stop

    def create_kernel_manager(self) -> Any:
        """Create a manager that is prompt, and whose clients are."""
        self.kernel_manager_class = _Manager
        manager = super().create_kernel_manager()
        manager.client_factory = _PromptClient
        return manager

    def papermill_execute_cells(self) -> None:
        with watched(self.km.provisioner.pid, *self._watch):
            super().papermill_execute_cells()
        self.km.idle = True


class WatchedEngine(NBClientEngine):
    """The engine that papermill calls by the name `ENGINE`."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        limits: Limits,
        execution: Execution,
        stop: threading.Event,
        start_timeout: float = 60,
        execution_timeout: float | None = None,
        store_widget_state: bool = False,
        resources: dict[str, Any] | None = None,
        **unused: Any,
    ) -> Any:
        """Execute a notebook; see `execution.execute_notebook`."""
        return _Client(
            nb_man,
            limits,
            execution,
            stop,
            timeout=execution_timeout,
            iopub_timeout=_SILENCE,
            startup_timeout=start_timeout,
            kernel_name=kernel_name,
            store_widget_state=store_widget_state,
            resources=resources or {},
        ).execute()


# It warns of parameters whose annotation it does not understand (Literal); ours are checked before.
logging.getLogger("papermill").setLevel(logging.ERROR)
papermill_engines.register(ENGINE, WatchedEngine)
