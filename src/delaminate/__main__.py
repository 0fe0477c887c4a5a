"""`python -m delaminate` is `delaminate`."""

from delaminate.cli import app

app(prog_name="delaminate")
