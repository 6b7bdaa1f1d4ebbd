"""The hands of Gemini inside a person's Jupyter server."""
