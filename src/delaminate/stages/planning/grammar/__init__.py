"""The planner that reads instructions without a model."""
