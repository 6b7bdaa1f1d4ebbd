"""Figures of the platform on a cluster, by `make bench-cluster`."""
