"""The embedded sandbox: root file system, namespaces, network, OCI runtime."""
