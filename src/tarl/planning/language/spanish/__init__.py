"""Spanish, as the grammar of goals needs it."""
