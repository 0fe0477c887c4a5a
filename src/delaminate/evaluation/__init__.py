"""How good a stack is: measures, scenes with known layers, the runs and their report."""
