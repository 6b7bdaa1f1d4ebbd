"""The command `gemini`, its parts alone; the supervisor as a whole is in tests/hub."""
