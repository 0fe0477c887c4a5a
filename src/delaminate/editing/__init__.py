"""From a stack to another that adds up to the same picture: one file an edit."""
