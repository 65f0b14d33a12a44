"""French, as the grammar of goals needs it."""
