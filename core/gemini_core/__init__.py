"""Pure decisions of Gemini for Jupyter: standard library only, no I/O, no clock, no environment."""
