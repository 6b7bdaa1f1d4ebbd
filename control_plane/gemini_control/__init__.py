"""The control plane: the hub service that knows projects, data, tasks, quota and money, and decides."""
