"""Do the tests notice a wrong sign? One change at a time in the arithmetic that must be right.

    python benchmarks/mutants.py [--only exact] [--every 1] [--jobs 2] [--json FILE]

Changes are of one operator, comparison, constant or returned value. Each is tried in a process of its own, forked from
one that has the libraries loaded: the changed source takes the place of the module, and its tests run until one fails.
What survives is printed with its line; those that `SURVIVORS` explains change nothing that can be told.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

GUARDED = {
    "exact": ("delaminate.exact", ("tests/test_exact.py",)),
    "composite": ("delaminate.composite", ("tests/test_composite.py", "tests/test_exact.py")),
    "ledger": ("delaminate.server.accounts.ledger", ("tests/server/test_ledger.py",)),
}
"""Name → module, and the tests that must notice."""

SECONDS = 120
"""A change after which the tests take longer is noticed."""

_STRIPES = "how many rows are solved at a time changes no pixel"
_EQUAL = "where picture and ground are equal both branches ask for no alpha, and there is at least 1"
SURVIVORS: dict[str, str] = {
    "rows = max(1, (1 << 19) // max(1, alpha.shape[1]))": _STRIPES,
    "if where[0].size == 0:": _STRIPES,
    "_ALONE = 1 << 21": "how many threads flatten changes no pixel",
    "_STRIPE = 1 << 17": "how many rows are blended at a time changes no pixel",
    "rows = max(1, _STRIPE // max(1, source.shape[1]))": "the same",
    "return pixels.strides[1:] == (4 * pixels.itemsize, pixels.itemsize)": "the other core gives the same bytes",
    "stripe = np.ascontiguousarray(under[top : top + rows]).reshape(-1, 4)": "any negative number means the rest",
    "blend(np.ascontiguousarray(source[top : top + rows]).reshape(-1, 4), stripe)": "the same",
    "in_bands(band, stack.height, -(-area // _STRIPE), workers=None if area > _ALONE else 1)": (
        "how many bands and threads flatten changes no pixel"
    ),
    "return self.max_error == 0 and self.differing_pixels == 0": "both are 0, or none is",
    "if first < last:": "an empty part of a layer changes nothing",
    "if np.array_equal(part[..., :channels], wanted) and (channels == 4 or (part[..., 3] == levels(flat)).all()):": (
        "a short way: what it leaves out would be counted as 0"
    ),
    "need = np.where(picture > under, up, np.where(picture < under, down, 0))": _EQUAL,
    "bad: NDArray[np.intp] = np.flatnonzero(np.any(low > high, axis=1))": "one colour left is that colour in both ways",
    "colour = np.where(low <= high, np.clip(ideal, low, np.maximum(high, low)), np.clip(low, 0, full))": "the same",
}
"""Line → why no test can tell what survives there from the original."""

_OPERATORS: dict[type[Any], type[Any]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.RShift: ast.LShift,
    ast.LShift: ast.RShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.USub: ast.UAdd,
    ast.Not: ast.UAdd,
}


@dataclass(frozen=True)
class Mutant:
    """A changed module: what was changed, and its source as a tree."""

    name: str
    tree: ast.Module

    @property
    def line(self) -> str:
        """The line that was changed, as it was."""
        return self.name.partition(": ")[2]


def mutants(source: str, stem: str) -> Iterator[Mutant]:
    """Every change of one place in a source; annotations and docstrings are left alone."""
    tree = ast.parse(source)
    lines = source.splitlines()
    skipped = {id(inner) for node in ast.walk(tree) for inner in _said(node)}
    places = [node for node in ast.walk(tree) if id(node) not in skipped]
    for index, node in enumerate(places):
        for what in _changes(node):
            changed = copy.deepcopy(tree)
            twin = list(_same_order(tree, changed, skipped))[index]
            _change(twin, what)
            line = getattr(node, "lineno", 0)
            yield Mutant(
                f"{stem}:{line} {what}: {lines[line - 1].strip() if line else ''}", ast.fix_missing_locations(changed)
            )


def _said(node: ast.AST) -> Iterator[ast.AST]:
    """What is no computation: annotations and docstrings."""
    for field in ("annotation", "returns"):
        if (told := getattr(node, field, None)) is not None:
            yield from ast.walk(told)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value


def _same_order(tree: ast.AST, twin: ast.AST, skipped: set[int]) -> Iterator[ast.AST]:
    return (b for a, b in zip(ast.walk(tree), ast.walk(twin), strict=True) if id(a) not in skipped)


def _changes(node: ast.AST) -> list[str]:
    if isinstance(node, ast.BinOp | ast.AugAssign | ast.UnaryOp) and type(node.op) in _OPERATORS:
        return ["operator"]
    if isinstance(node, ast.BoolOp):
        return ["operator"]
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _OPERATORS:
        return ["comparison"]
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return ["constant"]
    return []


def _change(node: ast.AST, what: str) -> None:
    if isinstance(node, ast.Compare):
        node.ops[0] = _OPERATORS[type(node.ops[0])]()
    elif isinstance(node, ast.Constant):
        assert isinstance(node.value, int | float)
        node.value = node.value + 1
    elif isinstance(node, ast.BinOp | ast.AugAssign | ast.UnaryOp | ast.BoolOp):
        node.op = _OPERATORS[type(node.op)]()
    else:
        raise AssertionError(what)


def started(mutant: Mutant, module: str, tests: tuple[str, ...]) -> int:
    """A process in which the changed source is in the module's place and its tests run; it ends with 0 if all pass."""
    child = os.fork()
    if child:
        return child
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    try:
        exec(compile(mutant.tree, module, "exec"), importlib.import_module(module).__dict__)
        import pytest

        os._exit(0 if pytest.main(["-x", "-q", "-p", "no:xdist", *tests]) == 0 else 1)
    except BaseException:  # noqa: BLE001 - a module that cannot be loaded is noticed too
        os._exit(1)


def surviving(tried: Sequence[Mutant], module: str, tests: tuple[str, ...], jobs: int) -> Iterator[Mutant]:
    """Those that no test notices, `jobs` at a time; what does not end is noticed. Tells on stderr how far it is."""
    waiting, running, done = list(reversed(tried)), dict[int, tuple[Mutant, float]](), 0
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            running[started(mutant, module, tests)] = mutant, time.monotonic() + SECONDS
        for child, (mutant, ends) in list(running.items()):
            ended, status = os.waitpid(child, os.WNOHANG)
            if not ended and time.monotonic() > ends:
                os.kill(child, signal.SIGKILL)
                ended, status = os.waitpid(child, 0)
            if not ended:
                continue
            del running[child]
            done += 1
            if os.waitstatus_to_exitcode(status) == 0:
                yield mutant
            print(
                f"  {done} of {len(tried)} tried", end="\n" if done == len(tried) else "\r", file=sys.stderr, flush=True
            )
        time.sleep(0.01)


def main() -> int:
    """Try, count, and print what survived."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(GUARDED), help="names, comma-separated")
    parser.add_argument("--every", type=int, default=1, help="only every Nth change")
    parser.add_argument("--jobs", type=int, default=1, help="changes tried at a time")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    os.chdir(ROOT)
    import hypothesis
    import pytest  # noqa: F401 - loaded once, for all

    # What fails need not be made smaller, nor remembered for runs of the unchanged source.
    seen = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("mutants", database=None, derandomize=True, phases=seen)
    hypothesis.settings.load_profile("mutants")
    told, unexplained = {}, 0
    for name in options.only.split(","):
        module, tests = GUARDED[name]
        path = importlib.import_module(module).__file__
        assert path is not None
        tried = [
            one for n, one in enumerate(mutants(Path(path).read_text(encoding="utf-8"), name)) if n % options.every == 0
        ]
        survived = []
        for one in surviving(tried, module, tests, options.jobs):
            survived.append(one.name)
            print(f"  {one.name}  {SURVIVORS.get(one.line, 'NOT EXPLAINED')}", flush=True)
            unexplained += one.line not in SURVIVORS
        told[name] = {"tried": len(tried), "survived": survived}
        print(f"{name}: {len(tried) - len(survived)} of {len(tried)} changes were noticed", flush=True)
    if options.json:
        options.json.write_text(json.dumps(told, indent=1) + "\n")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
