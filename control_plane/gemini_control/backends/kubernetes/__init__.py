"""A Kubernetes cluster as a place of work: one client, watches that survive, and the backend over both."""
