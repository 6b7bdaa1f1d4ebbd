"""What the tests on a real cluster share."""

from cluster_fixture import cluster, cluster_namespace, cluster_store, wire

__all__ = ["cluster", "cluster_namespace", "cluster_store", "wire"]
