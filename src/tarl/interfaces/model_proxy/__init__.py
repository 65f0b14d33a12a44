"""A proxy for models: any program that speaks OpenAI's chat completions is recorded, replayed,
bounded and permitted by changing its base URL.

workflow.py   a session: a durable run that is sent each request and asks the models
wires.py      what a model says, told to whoever waits while it is said
sessions.py   sessions by name: begun, taken up again, asked
answering.py  outcomes as HTTP: bodies, streams, errors
app.py        the service: its paths, and who may come in
offering.py   which models it offers: an endpoint's, those that code defines, a recording's
replaying.py  the workflow for who replays or looks at a session
command.py    tarl model-proxy
"""
