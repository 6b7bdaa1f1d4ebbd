"""How fast the platform is, measured beside what people would otherwise use, in the same run on the same machine."""
