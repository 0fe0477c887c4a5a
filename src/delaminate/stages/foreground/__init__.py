"""Alpha → the colour of the thing itself."""
