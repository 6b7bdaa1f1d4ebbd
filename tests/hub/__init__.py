"""The whole backend for real: proxy, hub, control plane, sandboxes, runners, started by `gemini up`."""
