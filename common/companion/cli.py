"""The command line: ``companion list | show | run | report | record | verify | site | doctor | new-paper``.

The commands of sweeps are in ``cli_sweeps``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from common.companion.catalogue import (
    all_papers,
    find_artefact,
    find_notebooks,
    find_paper,
    repository_root,
)
from common.companion.cli_sweeps import RESULTS, is_sweep, record_target, relative, results, status, sweep, sweep_table
from common.companion.errors import CompanionError, ParameterError, UnknownNameError
from common.companion.ledger import SCALES, Scale

_SCALE = click.option(
    "--scale", type=click.Choice(SCALES), default="smoke", show_default=True, help="Size of the parameters."
)


class _Group(click.Group):
    """Turn the project's own errors into one plain message and exit status 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CompanionError as error:
            click.secho(f"error: {error}", fg="red", err=True)
            ctx.exit(2)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple:
        from common.companion.catalogue import nearest

        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            ctx.fail(f"no command '{args[0]}': {nearest(args[0], self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="econcs-companion")
def main() -> None:
    """Re-run, check and browse the companion to ten papers."""


@main.command("list")
@click.argument("paper", required=False)
def list_command(paper: str | None) -> None:
    """List the papers, or the notebooks, artefacts and sweeps of one PAPER."""
    from rich.markup import escape
    from rich.table import Table

    from common.companion.console import console, duration, report_table
    from common.companion.report import artefact_rows, seconds_of

    root = repository_root()
    papers = [find_paper(root, paper)] if paper else all_papers(root)
    table = Table("notebook", "title", *SCALES, title="Notebooks and what they cost", title_justify="left")
    for notebook in (notebook for each in papers for notebook in each.notebooks):
        table.add_row(notebook.id, escape(notebook.title), *(duration(seconds_of(root, notebook, s)) for s in SCALES))
    if not paper:
        overview = Table("paper", "arXiv", "title", "artefacts", title="Papers", title_justify="left")
        for each in papers:
            overview.add_row(each.slug, each.ledger.arxiv, escape(each.ledger.title), str(len(each.ledger.artefacts)))
        console.print(overview)
    console.print(table)
    if paper and (rows := artefact_rows(root, papers[0])):
        console.print(report_table(rows))
    if sweeps := sweep_table(papers):
        console.print(sweeps)


@main.command()
@click.argument("artefact", metavar="PAPER/ARTEFACT")
def show(artefact: str) -> None:
    """Show one artefact: claim, command, target, our value, tolerance, verdict and cost."""
    from rich.markup import escape
    from rich.table import Table

    from common.companion.console import console, duration, report_table, verdict_text
    from common.companion.report import artefact_rows, seconds_of

    root = repository_root()
    paper, found = find_artefact(root, artefact)
    row = next(r for r in artefact_rows(root, paper) if r.artefact.id == found.id)
    stem = (found.notebook or "").removesuffix(".ipynb")
    scale = max((c.scale for c in found.checks), key=SCALES.index, default="smoke")
    notebook = next((n for n in paper.notebooks if n.path.name == found.notebook), None)
    cost = seconds_of(root, notebook, scale) if notebook else None
    facts = {
        "claim": found.claim,
        "where": f"{found.where}, {paper.ledger.citation}",
        "evidence": found.evidence + (f": {found.because}" if found.because else ""),
        "command": f"companion run {paper.slug}/{stem} --scale {scale}" if stem else "–",
        "cost": duration(cost) + (" when it last ran" if cost else ", never recorded at this scale"),
        "verdict": verdict_text(row.verdict),
    }
    table = Table.grid(padding=(0, 2))
    for key, value in facts.items():
        table.add_row(f"[bold]{key}[/]", value if key == "verdict" else escape(value))
    console.print(f"[bold]{paper.slug}/{found.id}[/]", table)
    console.print(report_table([row], sources=True))


@main.command()
@click.argument("targets", nargs=-1, metavar="[PAPER|NOTEBOOK ...]")
@_SCALE
@click.option("--artefact", help="Only the notebooks that regenerate this artefact.")
@click.option(
    "-p", "parameters", nargs=2, multiple=True, metavar="NAME VALUE", help="Set a parameter of the notebooks."
)
@click.option(
    "-f",
    "parameter_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Parameters as YAML.",
)
@click.option("--jobs", type=click.IntRange(1, 256), help="Runs side by side.  [default: one a core]")
@click.option("--force", is_flag=True, help="Run again what is finished already.")
@click.option("--cold", is_flag=True, help="Ordinary kernels instead of forked warm ones.")
@click.option("--timeout", type=click.FloatRange(min=1), help="Seconds allowed for one cell.  [default: no limit]")
@click.option("--in-place", is_flag=True, help="Also write the executed smoke notebooks back into papers/.")
def run(
    targets: Sequence[str],
    scale: Scale,
    artefact: str | None,
    parameters: Sequence[tuple[str, str]],
    parameter_file: Path | None,
    jobs: int | None,
    force: bool,
    cold: bool,
    timeout: float | None,
    in_place: bool,
) -> None:
    """Execute notebooks into build/; what is finished already is not done again."""
    from common.companion.runs import parse_overrides, plan

    root = repository_root()
    overrides = parse_overrides(parameters, _yaml_mapping(parameter_file))
    if in_place and (scale != "smoke" or overrides):
        raise click.UsageError("--in-place is for the smoke scale without -p and -f")
    if artefact and "/" in artefact:
        if targets:
            raise click.UsageError("--artefact PAPER/ARTEFACT names its notebook already: leave the other names out")
        paper, found = find_artefact(root, artefact)
        targets, artefact = [paper.slug], found.id
    notebooks = find_notebooks(root, targets, artefact)
    if not notebooks:
        raise UnknownNameError("no notebook to run: papers/ holds none")
    runs = [plan(root, notebook, scale, overrides) for notebook in notebooks]
    ok = _execute(runs, jobs, force, cold, timeout)
    if in_place:
        _write_back([r for r in runs if r.done])
    sys.exit(0 if ok else 1)


@main.command()
@click.argument("paper", required=False)
def report(paper: str | None) -> None:
    """Show the ledger with computed verdicts, and write build/report.json and build/report.html."""
    from common.companion.console import console, report_table, verdict_counts
    from common.companion.report import artefact_rows, write_report
    from common.companion.runs import scratch_folder

    root = repository_root()
    if paper:
        find_paper(root, paper)  # a wrong name is refused before anything is written
    rows = [artefact_rows(root, each) for each in all_papers(root)]
    for each in rows:
        if each and paper in (None, each[0].paper.slug):
            console.print(report_table(each), verdict_counts(each))
    with scratch_folder(root) as scratch:
        paths = write_report(root, rows, scratch)
    if any(not c.evidence.current for r in rows for row in r for c in row.checks if c.evidence):
        console.print("* recorded with an earlier state of the code")
    console.print(f"written: {', '.join(str(p.relative_to(root)) for p in paths)}")
    failed = [row for each in rows for row in each if row.failure]
    sys.exit(1 if failed else 0)


@main.command("record")
@click.argument("targets", nargs=-1, metavar="[PAPER|NOTEBOOK|SWEEP ...]")
@click.option("--scale", type=click.Choice(SCALES[1:]), help="Of the notebooks' runs; a sweep has its own.")
@click.option("--partial", is_flag=True, help="Record a sweep though runs of it failed; the file lists them.")
@RESULTS
def record_command(targets: Sequence[str], scale: Scale | None, partial: bool, location: str | None) -> None:
    """Keep finished laptop or paper runs, or a finished sweep, in the papers' results/ folders, to be committed."""
    root = repository_root()
    sweeps = [target for target in targets if is_sweep(root, target)]
    others = [target for target in targets if target not in sweeps]
    if scale is None and (others or not targets):
        raise click.UsageError("--scale is needed to record the runs of notebooks")
    if scale is not None and (others or not targets):
        _record_runs(root, others, scale)
    for target in sweeps:
        click.echo(f"written: {relative(record_target(target, partial, location))}")


@main.command()
@click.argument("artefact", metavar="PAPER/ARTEFACT")
@click.option("--scale", type=click.Choice(SCALES), help="[default: the largest recorded scale]")
@click.option("--cold", is_flag=True, help="Ordinary kernels instead of forked warm ones.")
def verify(artefact: str, scale: Scale | None, cold: bool) -> None:
    """Run an artefact's notebook again as recorded, and say what moved and by how much."""
    from common.companion.verify import verify_artefact

    root = repository_root()
    paper, found = find_artefact(root, artefact)
    sys.exit(0 if verify_artefact(root, paper, found, scale, cold) else 1)


@main.command()
@click.option("--open", "open_it", is_flag=True, help="Open it in a browser.")
def site(open_it: bool) -> None:
    """Build the gallery of executed notebooks as a static site in build/site/."""
    from common.companion.site import build_site

    index = build_site(repository_root())
    click.echo(f"gallery: {index.relative_to(repository_root())}")
    if open_it:
        click.launch(str(index))


@main.command()
def doctor() -> None:
    """Check Python, versions, cores, threads, GPU, endpoint and disk, each with its cure."""
    from common.companion.doctor import examine

    sys.exit(0 if examine(repository_root()) else 1)


@main.command("new-paper")
@click.argument("slug")
def new_paper(slug: str) -> None:
    """Start the folder of a paper: a skeleton that passes the tests."""
    from common.companion.scaffold import scaffold

    folder = scaffold(repository_root(), slug)
    click.echo(f"started {folder.relative_to(repository_root())}; CONTRIBUTING.md has the next steps")


for command in (sweep, results, status):
    main.add_command(command)


def _record_runs(root: Path, targets: Sequence[str], scale: Scale) -> None:
    import json

    from common.companion.runs import plan, results_file, scratch_folder, write_atomically

    runs = [plan(root, notebook, scale) for notebook in find_notebooks(root, targets)]
    if missing := [r for r in runs if not r.done]:
        raise click.ClickException(f"not finished: {', '.join(r.label for r in missing)}; run it first")
    with scratch_folder(root) as scratch:
        for each in runs:
            path = results_file(each.notebook.paper, each.notebook.stem, scale)
            write_atomically(path, json.dumps(each.record(), indent=1) + "\n", scratch)
            click.echo(f"written: {path.relative_to(root)}")


def _yaml_mapping(path: Path | None) -> dict[str, Any]:
    import yaml

    if path is None:
        return {}
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ParameterError(f"-f {path.name}: not YAML: {error}") from None
    if not isinstance(content, dict):
        raise ParameterError(f"-f {path.name}: a mapping of parameter names to values is needed")
    return content


def _execute(runs: Sequence, jobs: int | None, force: bool, cold: bool, timeout: float | None) -> bool:
    """Say what it will cost, do what is not done, and say what came of it."""
    from common.companion.console import RunProgress, console
    from common.companion.engine import default_jobs, execute_all
    from common.companion.report import seconds_of
    from common.companion.runs import scratch_folder

    todo = [r for r in runs if force or not r.done]
    if not todo:
        with suppress(CompanionError), scratch_folder(runs[0].root):
            pass  # a command that was killed after its last run has left its own
        console.print(f"nothing to do: all {len(runs)} runs are finished already (--force runs them again)")
        return True
    jobs = jobs or min(default_jobs(), len(todo))
    known = [seconds_of(r.root, r.notebook, r.scale) for r in todo]
    finished = len(runs) - len(todo)
    console.print(f"{len(runs)} runs: {finished} finished already, {len(todo)} to do, {_cost(known, jobs)}")
    with RunProgress(len(todo), len(runs) - len(todo)) as progress:
        outcomes = execute_all(todo, jobs, cold, force, timeout, progress.start, progress.finish)
    failed = [o for o in outcomes if not o.ok]
    for each in (r for r in runs if r.label in {o.label for o in failed}):
        console.print(f"[red]failed[/]: {each.label}; kept up to the failing cell: {relative(each.failed_output)}")
    return not failed


def _cost(known: Sequence[float | None], jobs: int) -> str:
    """Say how long runs will take, from what they took before (None: never recorded)."""
    from common.companion.console import duration
    from common.companion.engine import default_jobs

    seconds = [s for s in known if s is not None]
    if not seconds:
        return "of unknown length: none was recorded at this scale"
    side_by_side = min(jobs, default_jobs(), len(known))
    unknown = f", and {known.count(None)} of unknown length" if None in known else ""
    return f"about {duration(max(sum(seconds) / side_by_side, *seconds))} on {side_by_side} of the cores{unknown}"


def _write_back(runs: Sequence) -> None:
    from common.companion.runs import scratch_folder, write_atomically

    with scratch_folder(repository_root()) as scratch:
        for each in runs:
            write_atomically(each.notebook.path, each.output.read_text(encoding="utf-8"), scratch)
            click.echo(f"written: {relative(each.notebook.path)}")
