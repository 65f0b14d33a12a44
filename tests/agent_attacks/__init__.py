"""An attack suite on agents: six environments, their users' tasks, what attackers want in them, and
a model that does whatever it reads.
"""
