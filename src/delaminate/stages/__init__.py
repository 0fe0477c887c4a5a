"""The stages of a split, one folder a role; a file is one method."""
