"""Whether a device may do something for a task, computed somewhere; and what that takes.

default.cedar  the policy that is shipped
questions.py   what the gate asks of policies, and the vocabulary in which they answer
ruling.py      what the gate says: approved or not, approval, consent, sandbox, redaction
permits.py     the gate of one household, as planning asks it
"""
