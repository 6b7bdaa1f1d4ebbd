"""What the tests on a real cluster share."""

from cluster_fixture import cluster, cluster_namespace, cluster_store, wire
from control_plane.conftest import fresh_database, home, hub
from installed_fixture import cluster_images, installed

__all__ = [
    "cluster",
    "cluster_images",
    "cluster_namespace",
    "cluster_store",
    "fresh_database",
    "home",
    "hub",
    "installed",
    "wire",
]
