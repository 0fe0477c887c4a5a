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


@contextmanager
def refusals() -> Iterator[None]:
    """Turn errors into a sentence and exit code 1."""
    try:
        yield
    except DelaminateError as error:
        say(str(error))
        raise typer.Exit(1) from error
    except BrokenPipeError:
        raise
    except OSError as error:
        say(f"{error.filename or 'a file'} cannot be used: {error.strerror or error}")
        raise typer.Exit(1) from error
    except MemoryError as error:
        say("there is not enough memory for this picture; scale it down or close other programs")
        raise typer.Exit(1) from error
