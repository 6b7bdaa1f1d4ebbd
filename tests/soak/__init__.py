"""The long run: what the platform's processes hold stays flat, however long they serve (`make soak`)."""
