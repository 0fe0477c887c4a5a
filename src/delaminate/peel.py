"""The main thing: image + instruction → LayerStack and report; the only peel loop."""
