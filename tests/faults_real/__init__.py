"""Every process of a real platform killed in every state of an environment and of a task (`make faults`)."""
