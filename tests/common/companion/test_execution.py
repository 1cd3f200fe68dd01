import os
import signal
import threading
import time

import pytest

from common.companion.execution import (
    KERNEL_DIED,
    MEMORY_LIMIT,
    NOT_KEPT,
    NOTEBOOK_ERROR,
    STOPPED,
    TIME_LIMIT,
    Limits,
    execute_notebook,
)
from tests.conftest import write_notebook


@pytest.fixture
def execute(tmp_path):
    def run(code, limits=None, stop=None, **parameters):
        write_notebook(tmp_path / "a.ipynb", "# A", "n: int = 1", code)
        return execute_notebook(tmp_path / "a.ipynb", tmp_path / "out.ipynb", parameters, limits or Limits(), stop)

    return run


def test_time_and_memory_are_those_of_the_kernel(execute):
    busy = "import time\nblock = bytearray(300_000_000)\nwhile time.process_time() < 1.0: pass\ndel block"
    execution = execute(busy)
    assert (execution.reason, execution.error) == (None, None)
    assert 1.0 <= execution.cpu_seconds <= execution.seconds + 1
    assert execution.peak_memory > 3e8, "the high-water mark counts what was freed again"


def test_an_error_of_the_notebook(execute):
    execution = execute("1 / 0")
    assert (execution.reason, execution.error) == (NOTEBOOK_ERROR, "cell 2: ZeroDivisionError: division by zero")


def test_limits_kill_the_kernel(execute):
    assert execute("import time; time.sleep(1000)", Limits(seconds=1)).reason == TIME_LIMIT
    assert execute("import time; time.sleep(1000)", Limits(cell_seconds=1)).reason == TIME_LIMIT
    fat = execute("import time; time.sleep(1000)", Limits(memory=10 * 2**20))
    assert fat.reason == MEMORY_LIMIT
    assert "more than the 10 allowed" in fat.error


def test_it_can_be_stopped(execute):
    stop = threading.Event()
    stop.set()
    assert execute("import time; time.sleep(1000)", stop=stop).reason == STOPPED


def test_a_killed_kernel(execute, tmp_path):
    file = tmp_path / "pid"

    def kill():
        while not file.exists() or not file.read_text():
            time.sleep(0.01)
        os.kill(int(file.read_text()), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    execution = execute(f"import os, time\nopen({str(file)!r}, 'w').write(str(os.getpid()))\ntime.sleep(100)")
    killer.join()
    assert execution.reason == KERNEL_DIED


def test_what_cannot_be_written_is_told(tmp_path):
    write_notebook(tmp_path / "a.ipynb", "# A", "n: int = 1", "n")
    (tmp_path / "out.ipynb").mkdir()
    execution = execute_notebook(tmp_path / "a.ipynb", tmp_path / "out.ipynb", {}, Limits())
    assert execution.reason == NOT_KEPT
