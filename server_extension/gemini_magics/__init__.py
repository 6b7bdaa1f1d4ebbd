"""The magics `%gemini` and `%%gemini`: training, state, logs and cost from a notebook."""
