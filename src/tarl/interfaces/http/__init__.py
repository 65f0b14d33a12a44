"""What every service over HTTP has in common.

guarding.py   who may come in: the token, the Host, the Origin, the size of a body
serving.py    an application on a port, started and stopped with a block
"""
