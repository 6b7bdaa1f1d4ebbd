"""What the first start fills the sample workspace with: a small real training and the data that it needs."""
