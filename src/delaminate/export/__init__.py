"""Writers of layer stacks, one file a format."""
