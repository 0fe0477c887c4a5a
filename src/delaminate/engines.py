"""The composition root: named sets of stages."""
