"""Models: scripted, recorded, OpenAI-compatible and local ones, and a stub server for tests."""
