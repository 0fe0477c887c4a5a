"""Mask → Alpha."""
