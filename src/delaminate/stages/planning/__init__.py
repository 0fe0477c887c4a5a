"""Instruction → Plan."""
