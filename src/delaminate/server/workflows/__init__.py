"""Durable jobs: what a worker does for each kind of request, step by step."""
