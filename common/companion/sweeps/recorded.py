"""A recorded sweep, as a notebook reads it and shows where it comes from.

There is no call that takes a local sweep where there is one and the recorded one elsewhere: such a notebook would
show another result on every machine, and its committed outputs would say nothing. A notebook that is committed reads
the recorded sweep; the table of a local one, `common.companion.load_results`, is for exploring.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from common.companion.catalogue import find_paper, nearest, repository_root
from common.companion.errors import UnknownNameError
from common.companion.records import paper_folder_here, shown
from common.companion.sweeps.columns import typed_column
from common.companion.sweeps.recording import ENDING
from common.companion.sweeps.table import FIXED

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class RecordedSweep:
    """A sweep that is kept under ``results/``; it shows itself by its provenance.

    Attributes
    ----------
    name
        The sweep's name in its paper.
    notebook
        The notebook of its runs, ``slug/stem``.
    scale
        The base of its parameters.
    table
        A row a finished run: ``run``, the swept parameters, ``seed``, ``repeat``, the recorded values, ``seconds``;
        typed as in `common.companion.load_results`, with the same ``attrs``, without arrays.
    parameters
        Those that were the same in every run.
    varying
        The columns of the swept ones.
    failures
        For each failed run its swept parameters, the reason and the error.
    provenance
        Commits, versions, machines, times of all the runs, how many were ``planned``.
    """

    name: str
    notebook: str
    scale: str
    table: pd.DataFrame
    parameters: Mapping[str, Any]
    varying: Sequence[str]
    failures: Sequence[Mapping[str, Any]]
    provenance: Mapping[str, Any]

    @property
    def label(self) -> str:
        """What a legend or a caption says of it."""
        told = self.provenance
        runs = (
            f"{told['runs']} runs" if told["runs"] == told["planned"] else f"{told['runs']} of {told['planned']} runs"
        )
        stem, date = self.notebook.partition("/")[2], told["last_finished"][:10]
        return f"recorded sweep '{self.name}': {runs} of {stem}, {self.scale} scale, {date}"

    def _rows(self) -> dict[str, str]:
        told = self.provenance
        dirty = ", with changes that were not committed" if told["dirty"] else ""
        versions = {"python": told["python"], **told["versions"]}
        rows = {
            "swept": ", ".join(self.varying) or "nothing, the runs are repeats",
            "the same in all": ", ".join(f"{k} = {shown(v)}" for k, v in self.parameters.items()) or "nothing",
            "commit": ", ".join(told["commits"]) + dirty,
            "versions": ", ".join(f"{name} {' and '.join(found)}" for name, found in versions.items()),
            "machine": "; ".join(told["machines"]),
            "finished": f"{told['first_finished']} to {told['last_finished']}",
            "CPU time": f"{told['cpu_seconds']:.0f} s",
        }
        if self.failures:
            rows["failed"] = f"{len(self.failures)} ({', '.join(sorted({f['reason'] for f in self.failures}))})"
        return rows

    def __str__(self) -> str:
        return "\n".join([self.label, *(f"  {what}: {told}" for what, told in self._rows().items())])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th style="text-align:left">{html.escape(what)}</th>'
            f'<td style="text-align:left">{html.escape(told)}</td></tr>'
            for what, told in self._rows().items()
        )
        return f"<table><caption>{html.escape(self.label)}</caption><tbody>{rows}</tbody></table>"


def recorded_sweep(name: str, paper: str | None = None) -> RecordedSweep:
    """Return a sweep that ``companion record`` has put into the paper's ``results/``.

    Parameters
    ----------
    name
        The sweep's name in its paper, e.g. ``gap`` for ``params/sweep_gap.yaml``. Write it in quotes: a run's name
        depends on the recorded sweeps that its notebook or code names.
    paper
        The paper's slug; by default the paper in whose folder the notebook is.

    Returns
    -------
    RecordedSweep
        Its table and where that comes from.

    Raises
    ------
    UnknownNameError
        If there is no such paper, or it has no such recorded sweep; the message has the nearest one.
    """
    import pandas as pd

    folder = find_paper(repository_root(), paper).folder if paper else paper_folder_here()
    if folder is None:
        raise UnknownNameError(f"the working folder is in no paper: recorded_sweep('{name}', paper=...)")
    known = {path.name.removesuffix(ENDING): path for path in sorted((folder / "results").glob(f"*{ENDING}"))}
    if name not in known:
        raise UnknownNameError(f"{folder.name} has no recorded sweep '{name}': {nearest(name, known)}")
    content = json.loads(known[name].read_text(encoding="utf-8"))
    table = pd.DataFrame({key: typed_column(values, FIXED.get(key)) for key, values in content["columns"].items()})
    table.attrs = {key: content[key] for key in ("sweep", "notebook", "scale", "fingerprint", "varying", "values")}
    return RecordedSweep(
        name, content["notebook"], content["scale"], table, content["parameters"], content["varying"],
        content["failures"], content["provenance"],
    )  # fmt: skip
