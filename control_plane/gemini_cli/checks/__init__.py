"""What `gemini doctor` looks at: the platform as it is reached from here, and the machine that it runs on."""
