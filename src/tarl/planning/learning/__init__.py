"""What the journal's own history says of devices: how long their programs take, and how much they
draw.

estimates.py   a figure with its error; the port ``Estimates``; a household that learned
durations.py   how long programs took, from what steps came to
profiles.py    how much they drew meanwhile, from what was read of them
history.py     a journal's events, read for both
"""
