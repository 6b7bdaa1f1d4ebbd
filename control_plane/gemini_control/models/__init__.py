"""The wire: pydantic models of what comes in and what goes out, one noun a file. They make the OpenAPI document."""
