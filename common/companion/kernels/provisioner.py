"""The Jupyter kernel provisioner that forks kernels where it can and starts them as usual where it cannot."""

import os
import tempfile
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner

from common.companion.kernels import SERVER_VARIABLE
from common.companion.kernels.process import UnavailableError, fork_kernel


class ForkProvisioner(LocalProvisioner):
    """Starts kernels like Jupyter's own provisioner, from a warm parent process if there is one.

    It is chosen by ``JUPYTER_DEFAULT_PROVISIONER_NAME=econcs-fork``, so that notebooks and kernelspecs stay as they
    are; the server is found through ``COMPANION_KERNEL_SERVER``. A kernel that cannot be forked (no server,
    another platform, another kernelspec, something a fork could not imitate) is started cold, with a debug message.
    """

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Prepare the launch; let kernel and client talk through sockets in a folder of their own.

        Ports are chosen before the kernel binds them, so that two kernels starting at once may get the same one.
        """
        manager, server = self.parent, os.environ.get(SERVER_VARIABLE, "")
        if manager and manager.transport == "tcp" and Path(server).is_socket():
            manager.ip = str(Path(tempfile.mkdtemp(prefix="k", dir=Path(server).parent), "c"))
            manager.transport, manager.cache_ports = "ipc", False
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Launch the kernel ``cmd``; see :meth:`jupyter_client.provisioning.KernelProvisionerBase.launch_kernel`."""
        address = os.environ.get(SERVER_VARIABLE)
        try:
            if not address:
                raise UnavailableError(f"{SERVER_VARIABLE} is not set")
            self.process = await fork_kernel(address, cmd, **self._scrub_kwargs(kwargs))
        except UnavailableError as reason:
            self.log.debug("starting a cold kernel: %s", reason)
            return await super().launch_kernel(cmd, **kwargs)
        # Without a process group, signals go through the process object, hence through the server.
        self.pid, self.pgid = self.process.pid, None
        self.cwd = kwargs.get("cwd") or Path.cwd()
        return self.connection_info
