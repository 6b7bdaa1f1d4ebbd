"""The command `gemini`."""
