"""What keeps long-running work alive: queues and workers, timers, schedules."""
