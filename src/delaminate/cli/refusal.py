"""One sentence on stderr and exit code 1 for everything the package raises on purpose, and for what the
system refuses; never a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from delaminate.errors import DelaminateError


def say(sentence: str) -> None:
    """Print a sentence on stderr, marked as ours, on one line."""
    typer.echo(f"delaminate: {' '.join(sentence.split())}", err=True)


def sentence_of(error: BaseException) -> str | None:
    """What is said about an error; None for one that nobody foresaw."""
    match error:
        case DelaminateError():
            return str(error)
        case BrokenPipeError():
            return None
        case OSError():
            return f"{error.filename or 'a file'} cannot be used: {error.strerror or error}"
        case MemoryError():
            return "there is not enough memory for this picture; scale it down or close other programs"
    return None


@contextmanager
def refusals() -> Iterator[None]:
    """Turn errors into a sentence and exit code 1."""
    try:
        yield
    except Exception as error:
        sentence = sentence_of(error)
        if sentence is None:
            raise
        say(sentence)
        raise typer.Exit(1) from error
