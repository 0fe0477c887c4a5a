"""Who may do what, and what it costs. Every module owns its tables and works on a connection it is handed."""
