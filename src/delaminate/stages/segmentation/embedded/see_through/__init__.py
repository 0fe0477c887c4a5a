"""See-through things: panes, bubbles, smoke. Each is found with its coverage and its own colour."""
