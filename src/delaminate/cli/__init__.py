"""The command line; one file a command. Heavy libraries are imported inside the commands, so that help is instant."""

from __future__ import annotations

import atexit
import gc
import logging
import sys
from typing import Annotated

import typer

from delaminate.cli import models
from delaminate.cli.backup import backup, restore
from delaminate.cli.command import Command
from delaminate.cli.doctor import doctor
from delaminate.cli.evaluate import evaluate
from delaminate.cli.export import export
from delaminate.cli.flatten import flatten
from delaminate.cli.key import key
from delaminate.cli.plan import plan
from delaminate.cli.revise import revise
from delaminate.cli.serve import serve
from delaminate.cli.split import split
from delaminate.cli.studio import studio
from delaminate.cli.worker import worker
from delaminate.version import __version__

app = typer.Typer(
    help="Give it a picture and a sentence, get back named RGBA layers that add up to the picture again, bit for bit.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(cls=Command)(split)
app.command(cls=Command)(plan)
app.command(cls=Command)(studio)
app.command(cls=Command)(revise)
app.command(cls=Command)(flatten)
app.command(cls=Command)(serve)
app.command(cls=Command)(worker)
app.command(cls=Command)(backup)
app.command(cls=Command)(restore)
app.add_typer(key, name="key")
app.add_typer(models.app, name="models")
app.command(cls=Command)(doctor)
app.command(cls=Command)(evaluate)
app.command(cls=Command)(export)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"delaminate {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say on stderr what is being done.")] = False,
    _version_asked: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Set up logging for the package: warnings by default, everything with -v."""
    atexit.register(gc.freeze)  # nobody needs the garbage of a process that ends; looking for it takes 0.1 seconds
    # Remarks of the libraries below us about odd files are for whoever asks.
    logging.captureWarnings(True)
    handler: logging.Handler = logging.NullHandler()
    if verbose:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(relativeCreated)7.0f ms  %(name)s: %(message)s"))
    for name in ("delaminate", "py.warnings", "tifffile"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.setLevel(logging.DEBUG if verbose else logging.WARNING)
        logger.propagate = False
