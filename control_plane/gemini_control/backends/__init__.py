"""Where work is done: one class a kind of place (`base.Backend`), all else is shared."""
