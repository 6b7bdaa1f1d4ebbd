"""Files of people on disk: paths that cannot lead out, uploads that appear whole, contents by hash."""
