"""Fill the hole a layer leaves."""
