"""The client of the control plane: the only place that spells its URLs."""
