"""What stages need to load models: weights, devices, hosted endpoints, caches."""
