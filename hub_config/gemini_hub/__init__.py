"""Configuration of JupyterHub for Gemini."""
