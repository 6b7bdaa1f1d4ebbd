"""What moves long-lived things from what they are to what is wished: level-triggered, safe to repeat."""
