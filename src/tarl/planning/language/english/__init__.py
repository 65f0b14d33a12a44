"""English, as the grammar of goals needs it: one module for each group of families."""
