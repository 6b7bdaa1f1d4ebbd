"""Managers: each reads the store, asks `gemini_core`, writes the store. One noun a file."""
