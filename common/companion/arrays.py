"""Arrays that a run records: how they travel in the executed notebook, and how they are called once they have left it.

A notebook shows an array by its shape and range. Its data travel in the metadata of that output only where
``COMPANION_ARRAYS`` is 1, as it is while a sweep runs: the store then takes them out into a file, so that the
notebook stays small, and the value becomes a reference to it.
"""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from common.companion.notebooks import METADATA_KEY

if TYPE_CHECKING:
    import numpy as np

#: A list of this many numbers is still a value of the run, and a list in the table of a sweep.
LONGEST_LIST = 1000


def as_array(value: Any, name: str) -> np.ndarray | None:
    """Return what `record` takes for an array, or None if the value is a plain one.

    Parameters
    ----------
    value
        Anything; an array (NumPy, torch, or with their ``ndim`` and ``shape``) has two or more dimensions, or one
        with more than `LONGEST_LIST` elements.
    name
        What it is recorded as, for the message.

    Raises
    ------
    TypeError
        If its elements are neither real numbers nor bools.
    """
    if not hasattr(value, "ndim") or not (value.ndim > 1 or (value.ndim == 1 and len(value) > LONGEST_LIST)):
        return None
    import numpy as np

    array = value.detach().cpu().numpy() if hasattr(value, "detach") else np.asarray(value)  # of torch, also on a GPU
    if array.dtype.kind not in "biuf":
        raise TypeError(f"record('{name}'): an array holds real numbers or bools, given dtype {array.dtype}")
    return array


def placeholder(array: np.ndarray) -> dict[str, Any]:
    """Return what stands among the recorded values instead of an array."""
    return {"array": None, "shape": list(array.shape), "dtype": str(array.dtype)}


def encode(arrays: Mapping[str, np.ndarray]) -> dict[str, dict[str, str]]:
    """Return the entry of an output's metadata that carries arrays: empty unless ``COMPANION_ARRAYS`` is 1."""
    if not arrays or os.environ.get("COMPANION_ARRAYS") != "1":
        return {}
    return {"arrays": {name: base64.b64encode(_as_npy(array)).decode() for name, array in arrays.items()}}


def _as_npy(array: np.ndarray) -> bytes:
    import numpy as np

    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


def describe(value: np.ndarray | Mapping[str, Any]) -> str:
    """Say in a line what an array is: ``array 3×4, float64, 0.5..2``.

    Parameters
    ----------
    value
        The array, or what stands for it among recorded values; the latter does not know its range.
    """
    if isinstance(value, Mapping):
        return f"array {'×'.join(map(str, value['shape']))}, {value['dtype']}"
    import numpy as np

    text = describe(placeholder(value))
    known = value[np.isfinite(value)]
    if known.size:
        text += f", {float(known.min()):.4g}..{float(known.max()):.4g}"
    return text if known.size == value.size else f"{text}, {value.size - known.size} undefined"


def take_arrays(notebook: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Remove the arrays from the outputs of an executed notebook and return them by name.

    Parameters
    ----------
    notebook
        Its content, which is changed. Of two arrays with one name the later one counts, as with other values.
    """
    import numpy as np

    carried = {name: text for metadata in _metadata(notebook) for name, text in metadata.pop("arrays", {}).items()}
    return {name: np.load(io.BytesIO(base64.b64decode(text)), allow_pickle=False) for name, text in carried.items()}


def _metadata(notebook: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            yield output.get("metadata", {}).get(METADATA_KEY, {})


def refer(values: Mapping[str, Any], file_name: str, arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return recorded values with each array as a reference to where its data are.

    Parameters
    ----------
    values
        As `common.companion.notebooks.recorded_values` returns them.
    file_name
        The ``.npz`` file that holds the arrays.
    arrays
        What `take_arrays` returned; an array that did not travel keeps its placeholder.
    """
    return {
        name: {**value, "array": file_name, "key": name} if isinstance(value, Mapping) and name in arrays else value
        for name, value in values.items()
    }
