"""The HTTP side: one router a resource, thin over the tables, the store and the queue."""
