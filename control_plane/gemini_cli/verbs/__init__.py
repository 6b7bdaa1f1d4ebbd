"""The verbs of the command line, one noun a file; each is imported when it is called."""
