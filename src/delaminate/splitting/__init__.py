"""From a picture to a stack: what to cut, and one thing after the other taken off."""
