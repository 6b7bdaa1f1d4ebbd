"""The control plane over real HTTP, a real SQLite and a hub that answers like JupyterHub's."""
