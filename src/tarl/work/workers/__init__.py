"""What carries tasks out: handlers by their wire name, in tasks, threads and processes."""
