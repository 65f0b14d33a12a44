"""Chinese, as the grammar of goals needs it: written without spaces."""
