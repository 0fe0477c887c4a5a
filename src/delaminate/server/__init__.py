"""The self-hosted service: Scenario's image-layers API, durable jobs, storage, accounts."""
