"""Pure decisions, by tables and properties."""
