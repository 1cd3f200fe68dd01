"""The ledger of a paper: its artefacts, their checks, and the verdicts computed from recorded values.

``paper.yaml`` lists every figure, table, theorem and worked example. Nobody types a verdict: it follows
from what a run recorded and from the tolerance that the ledger states.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from common.companion.errors import LedgerError

Scale = Literal["smoke", "laptop", "paper"]
SCALES: tuple[Scale, ...] = ("smoke", "laptop", "paper")

#: Sources that prove: a theorem holds or it does not, so a miss is never merely "close".
EXACT_SOURCES = ("closed form", "bound", "independent solver", "proof")


class Verdict(StrEnum):
    """What the recorded values say about an artefact, from best to worst news."""

    REPRODUCED = "reproduced"
    VERIFIED = "verified"
    SUBSTITUTE = "substitute"
    CLOSE = "close"
    NOT_RUN = "not run at this scale"
    NOT_REPRODUCED = "not reproduced"


def _plain_number(value: Any) -> Any:
    if isinstance(value, str):  # YAML 1.1 reads 1e-6 as a string
        try:
            return float(value)
        except ValueError:
            return value
    return value


Number = Annotated[float, BeforeValidator(_plain_number), Field(allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tolerance(_Strict):
    """How far a value may be from its target: exactly one of the four.

    ``rel`` and ``abs`` are two-sided; ``at_least`` and ``at_most`` are limits on the value itself.
    """

    rel: Annotated[Number, Field(gt=0)] | None = None
    abs: Annotated[Number, Field(ge=0)] | None = None
    at_least: Number | None = None
    at_most: Number | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Tolerance:
        if sum(limit is not None for limit in (self.rel, self.abs, self.at_least, self.at_most)) != 1:
            raise ValueError("give exactly one of rel, abs, at_least, at_most")
        return self

    @property
    def is_limit(self) -> bool:
        """Whether this is a one-sided limit, which needs no target."""
        return self.at_least is not None or self.at_most is not None

    def met(self, value: float, target: float | None) -> bool:
        """Whether ``value`` is inside the tolerance around ``target`` (limits ignore the target)."""
        if not math.isfinite(value):
            return False
        if self.at_least is not None:
            return value >= self.at_least
        if self.at_most is not None:
            return value <= self.at_most
        assert target is not None
        allowed = self.abs if self.abs is not None else self.rel * abs(target)
        return abs(value - target) <= allowed

    def __str__(self) -> str:
        if self.at_least is not None:
            return f"≥ {self.at_least:g}"
        if self.at_most is not None:
            return f"≤ {self.at_most:g}"
        return f"± {self.abs:g}" if self.abs is not None else f"± {100 * self.rel:g} %"


class Check(_Strict):
    """One recorded number (or list of numbers) and what it is held against."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    published: Number | list[Number] | None = None
    expected: Number | list[Number] | None = None
    source: str = Field(min_length=3)
    within: Tolerance
    scale: Scale = "smoke"

    @model_validator(mode="after")
    def _one_target(self) -> Check:
        if self.published is not None and self.expected is not None:
            raise ValueError("give published or expected, never both: they are not the same claim")
        if self.target is None and not self.within.is_limit:
            raise ValueError("rel and abs need a published or an expected value")
        return self

    @property
    def target(self) -> float | list[float] | None:
        """The published or expected value, whichever the ledger has."""
        return self.published if self.published is not None else self.expected

    @property
    def is_exact(self) -> bool:
        """Whether the target is proved rather than measured, so that a miss is a failure."""
        return self.published is None and self.source.lower().startswith(EXACT_SOURCES)

    def verdict(self, value: Any) -> Verdict:
        """Hold a recorded value against the check.

        Parameters
        ----------
        value
            A number, a bool, or a sequence of numbers; a list target needs a list of the same length.
        """
        values = _as_list(value)
        targets = _as_list(self.target) if isinstance(self.target, list) else [self.target] * len(values)
        if not values or len(values) != len(targets):
            return Verdict.NOT_REPRODUCED
        pairs = list(zip(values, targets, strict=True))
        if all(self.within.met(v, t) for v, t in pairs):
            return Verdict.REPRODUCED if self.published is not None else Verdict.VERIFIED
        if not self.is_exact and all(
            self.within.met(v, t) or (t is not None and _same_sign_and_order(v, t)) for v, t in pairs
        ):
            return Verdict.CLOSE
        return Verdict.NOT_REPRODUCED


class Artefact(_Strict):
    """A figure, table, theorem or worked example of the paper."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    where: str
    claim: str = Field(min_length=10)
    notebook: str | None = None
    evidence: Literal["same-model", "same-data", "substitute", "theory", "none"]
    because: str | None = None
    checks: list[Check] = []

    @model_validator(mode="after")
    def _complete(self) -> Artefact:
        if self.evidence in ("substitute", "none") and not self.because:
            raise ValueError(f"evidence '{self.evidence}' needs 'because': what is missing, and why")
        if self.evidence == "none" and self.checks:
            raise ValueError("evidence 'none' has no checks")
        if self.evidence != "none" and (not self.checks or not self.notebook):
            raise ValueError(f"evidence '{self.evidence}' needs a notebook and at least one check")
        return self

    def verdict(self, values: Mapping[str, Any]) -> Verdict:
        """Compute the verdict from recorded values by check name (absent: not run at this scale)."""
        if self.evidence == "none":
            return Verdict.NOT_REPRODUCED
        found = [c.verdict(values[c.name]) if c.name in values else Verdict.NOT_RUN for c in self.checks]
        for bad in (Verdict.NOT_REPRODUCED, Verdict.CLOSE, Verdict.NOT_RUN):
            if bad in found:
                return bad
        if self.evidence == "substitute":
            return Verdict.SUBSTITUTE
        return Verdict.REPRODUCED if Verdict.REPRODUCED in found else Verdict.VERIFIED


class Ledger(_Strict):
    """The content of ``paper.yaml``: the citation, the question, the answer and the artefacts."""

    title: str
    authors: list[str] = Field(min_length=1)
    year: int
    arxiv: str = Field(pattern=r"^\d{4}\.\d{4,5}$")
    venue: str | None = None
    question: str
    answer: str
    sources: str = Field(description="what of the paper could be read, and how numbers are labelled")
    artefacts: list[Artefact]

    @model_validator(mode="after")
    def _unique(self) -> Ledger:
        for what, names in (
            ("artefact id", [a.id for a in self.artefacts]),
            ("check name", [c.name for a in self.artefacts for c in a.checks]),
        ):
            doubled = sorted({n for n in names if names.count(n) > 1})
            if doubled:
                raise ValueError(f"{what} used twice: {', '.join(doubled)}")
        return self

    @property
    def citation(self) -> str:
        """One line, as a notebook or a page cites the paper."""
        venue = f" {self.venue}." if self.venue else ""
        return f"{', '.join(self.authors)} ({self.year}). {self.title}.{venue} arXiv:{self.arxiv}"

    def check(self, name: str) -> tuple[Artefact, Check] | None:
        """Return the artefact and the check that ``record(name, ...)`` speaks to, or None."""
        return next(((a, c) for a in self.artefacts for c in a.checks if c.name == name), None)

    @property
    def check_names(self) -> list[str]:
        """Every name that a notebook of this paper is expected to record."""
        return [c.name for a in self.artefacts for c in a.checks]


def load_ledger(path: Path) -> Ledger:
    """Read and validate a ``paper.yaml``.

    Raises
    ------
    LedgerError
        If the file is missing, is no YAML, or breaks the schema; the message has one line a fault with
        file, artefact and field.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Ledger.model_validate(raw)
    except FileNotFoundError:
        raise LedgerError(f"{path.parent.name}/{path.name}: no such file") from None
    except yaml.YAMLError as error:
        raise LedgerError(f"{path.parent.name}/{path.name}: not YAML: {error}") from None
    except ValidationError as error:
        where = f"{path.parent.name}/{path.name}"
        lines = dict.fromkeys(f"{where}: {_place(raw, e['loc'])}: {_told(e)}" for e in error.errors())
        raise LedgerError("\n".join(lines)) from None


def _told(error: Mapping[str, Any]) -> str:
    given = error.get("input")
    shown = f" (given: {given!r})" if isinstance(given, str | int | float | bool) else ""
    return error["msg"].removeprefix("Value error, ") + shown


def _place(raw: Any, location: Sequence[str | int]) -> str:
    """Name artefact and check by their ids instead of their positions."""
    words, node = [], raw
    for step in location:
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            node = None
        if isinstance(step, int) and isinstance(node, dict):
            words.append(str(node.get("id") or node.get("name") or step))
        elif "[" not in str(step) and (step not in ("artefacts", "checks") or step == location[-1]):
            words.append(str(step))
    return " › ".join(words) or "the whole file"


def _as_list(value: Any) -> list[float]:
    items = value if isinstance(value, list | tuple) else [value]
    undefined = (type(None), Mapping)  # of an array, recorded under this name earlier, there is only a reference
    return [float("nan") if isinstance(v, undefined) else float(v) for v in items]


def _same_sign_and_order(value: float, target: float) -> bool:
    """Tell whether two numbers have the same sign and differ by less than a factor of ten."""
    return math.isfinite(value) and value * target > 0 and 0.1 < value / target < 10
