"""What the tests on a real cluster share."""

from cluster_fixture import cluster, cluster_namespace, wire

__all__ = ["cluster", "cluster_namespace", "wire"]
