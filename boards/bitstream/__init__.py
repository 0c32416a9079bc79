"""The files that go into chips, read back as the circuits that they configure."""
