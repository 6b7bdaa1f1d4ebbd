"""What is measured: one module a subject, each with `measure(place)`, its figures."""
