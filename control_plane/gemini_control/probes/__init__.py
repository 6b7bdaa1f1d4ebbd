"""What is seen of each part of the platform, now: one probe a part, each honest about what it could not see."""
