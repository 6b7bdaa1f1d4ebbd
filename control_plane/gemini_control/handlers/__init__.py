"""Handlers: authorise, parse, call one manager method, serialise. One noun a file, its routes at the end."""
