"""Open and check an image file; encode one."""
