"""Process 1 of every sandbox and pod: starts the work, reaps, records. Standard library only."""
