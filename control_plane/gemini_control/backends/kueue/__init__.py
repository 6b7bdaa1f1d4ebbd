"""A cluster's queue: the tree of queues as it should be, and who stands where in it."""
